// The table of allocators (cli/bench_rows.h).
#include "cli/bench_rows.h"

#include "cli/libraries.h"
#include "cli/output.h"

#include <fmt/core.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>

namespace memo::cli {

namespace {

struct Allocator {
    const char* name;
    const char* libraries;  // file names, the first that the loader finds; separated by spaces; empty: glibc
    const char* variable;   // to set, or nullptr
    const char* value;
};

constexpr std::array kAllocators = {
    Allocator{"glibc", "", nullptr, nullptr},
    Allocator{"glibc-tuned", "", "GLIBC_TUNABLES",
              "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296:"
              "glibc.malloc.top_pad=67108864"},
    Allocator{"glibc-tuned-huge", "", "GLIBC_TUNABLES",
              "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296:"
              "glibc.malloc.top_pad=67108864:glibc.malloc.hugetlb=1"},
    Allocator{"jemalloc", "libjemalloc.so.2", nullptr, nullptr},
    Allocator{"jemalloc-tuned", "libjemalloc.so.2", "MALLOC_CONF",
              "oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1"},
    Allocator{"mimalloc", "libmimalloc.so.2 libmimalloc.so.2.0", nullptr, nullptr},
    Allocator{"tcmalloc", "libtcmalloc_minimal.so.4", nullptr, nullptr},
};

// The path that the loader takes for a library's name, by its own search; empty if it finds none.
[[nodiscard]] std::string loader_finds(std::string_view name) {
    const std::string command =
        fmt::format("LD_TRACE_LOADED_OBJECTS=1 LD_PRELOAD={} {} 2>/dev/null", name, shell_word(own_path()));
    const std::unique_ptr<FILE, int (*)(FILE*)> list(popen(command.c_str(), "r"), pclose);
    if (list == nullptr) return {};
    std::string path;
    std::array<char, 4096> line = {};
    while (std::fgets(line.data(), line.size(), list.get()) != nullptr) {
        // "\tlibjemalloc.so.2 => /lib/x86_64-linux-gnu/libjemalloc.so.2 (0x00007f...)"
        std::string_view text(line.data());
        const std::string start = fmt::format("\t{} => ", name);
        if (!text.starts_with(start)) continue;
        text.remove_prefix(start.size());
        path = text.substr(0, text.find(" ("));
    }
    return path.starts_with('/') ? path : std::string();
}

[[nodiscard]] BenchRow clean_row(const std::string& name) {
    BenchRow row{name, "", {}};
    for (const char* variable :
         {"GLIBC_TUNABLES", "MALLOC_CONF", "MEMO_PLAN", "MEMO_STATS", "MEMO_ROOT_PID", "MEMO_LEARN",
          "MEMO_SAVE_PLAN", "MEMO_STATS_SIGNAL", "MEMO_METRICS", "MEMO_RUN_REPORT"}) {
        row.environment.emplace_back(variable, std::nullopt);
    }
    return row;
}

}  // namespace

const std::vector<std::string>& bench_row_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        all.reserve(std::size(kAllocators) + 1);
        for (const Allocator& allocator : kAllocators) all.emplace_back(allocator.name);
        all.emplace_back(kOwnRow);
        all.emplace_back(kLearningRow);
        return all;
    }();
    return names;
}

Result<BenchRow> bench_row(const std::string& name, const std::string& plan) {
    BenchRow row = clean_row(name);
    if (name == kOwnRow || name == kLearningRow) {
        auto library = find_library(kAllocatorLibrary);
        if (!library) return Error{library.error()};
        row.preload = *std::move(library);
        if (name == kOwnRow) row.environment.emplace_back("MEMO_PLAN", plan);
        return row;
    }
    for (const Allocator& allocator : kAllocators) {
        if (name != allocator.name) continue;
        if (allocator.variable != nullptr) row.environment.emplace_back(allocator.variable, allocator.value);
        std::string_view libraries = allocator.libraries;
        if (libraries.empty()) return row;
        while (!libraries.empty() && row.preload.empty()) {
            const std::size_t space = std::min(libraries.find(' '), libraries.size());
            row.preload = loader_finds(libraries.substr(0, space));
            libraries.remove_prefix(std::min(space + 1, libraries.size()));
        }
        if (row.preload.empty()) return Error{"the loader finds no " + std::string(allocator.libraries)};
        return row;
    }
    return Error{"there is no row of that name"};
}

}  // namespace memo::cli
