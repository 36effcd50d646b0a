// What the preloaded libraries look like to the loader: nothing exported but the family, nothing needed but
// libc, and TLS that a library under LD_AUDIT can still have.
#include "child.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <sstream>

using memo::test::run;

namespace {

const std::set<std::string> kFamily = {
    "malloc", "calloc", "realloc", "reallocarray", "free", "cfree", "free_sized", "free_aligned_sized",
    "memalign", "posix_memalign", "aligned_alloc", "valloc", "pvalloc", "malloc_usable_size", "__libc_malloc",
    "__libc_calloc", "__libc_realloc", "__libc_reallocarray", "__libc_free", "__libc_memalign",
    "__libc_valloc", "__libc_pvalloc",
    // new, new[], each plain, nothrow, aligned, aligned nothrow
    "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t",
    "_ZnamSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
    // delete, delete[], each plain, nothrow, sized, aligned, aligned nothrow, sized aligned
    "_ZdlPv", "_ZdaPv", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t", "_ZdlPvm", "_ZdaPvm",
    "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t", "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t"};

// What the tracer exports beyond the family and what both libraries do: the moments at which modules and
// whole programs go, mappings, and its entry points for labels and plug-ins, which begin with memo_.
const std::set<std::string> kTraced = {"dlclose", "execve", "execv",  "execvp", "execvpe",
                                       "fexecve", "mmap",   "mmap64", "munmap"};

// Where a program limits the addresses that the allocator has reserved.
const std::set<std::string> kLimits = {"setrlimit", "setrlimit64", "prlimit", "prlimit64"};

[[nodiscard]] bool may_export(const std::string& library, const std::string& symbol) {
    if (kFamily.count(symbol) != 0) return true;
    if (symbol == "dlopen" || symbol == "dlmopen" || symbol == "_exit" || symbol == "_Exit") return true;
    if (library == MEMO_MALLOC) return symbol == "memo_live" || kLimits.count(symbol) != 0;
    return kTraced.count(symbol) != 0 || symbol.rfind("memo_", 0) == 0;
}

// The output of a tool, as lines of words.
[[nodiscard]] std::vector<std::vector<std::string>> lines_of(const std::vector<std::string>& command) {
    const auto ending = run(command);
    REQUIRE(ending.code == 0);
    std::vector<std::vector<std::string>> lines;
    std::istringstream text(ending.out);
    for (std::string line; std::getline(text, line);) {
        std::istringstream words(line);
        lines.emplace_back();
        for (std::string word; words >> word;) lines.back().push_back(word);
    }
    return lines;
}

[[nodiscard]] bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

[[nodiscard]] std::string without_version(const std::string& symbol) {
    return symbol.substr(0, symbol.find('@'));
}

}  // namespace

TEST_CASE("the library needs nothing but the C library", "[interpose]") {
    const std::string library = GENERATE(as<std::string>{}, MEMO_MALLOC, MEMO_TRACE);
    CAPTURE(library);
    for (const auto& words : lines_of({"/usr/bin/readelf", "-dW", library})) {
        if (!contains(words, "(NEEDED)")) continue;
        const bool is_c_library = words.back() == "[libc.so.6]" || words.back() == "[ld-linux-x86-64.so.2]";
        CHECK(is_c_library);
        CAPTURE(words.back());
    }
}

TEST_CASE("the library exports the family and nothing else", "[interpose]") {
    const std::string library = GENERATE(as<std::string>{}, MEMO_MALLOC, MEMO_TRACE);
    CAPTURE(library);
    std::set<std::string> exported;
    for (const auto& words : lines_of({"/usr/bin/readelf", "--dyn-syms", "-W", library})) {
        if (words.size() < 8 || words[6] == "UND" || words[0] == "Num:") continue;
        const std::string symbol = without_version(words[7]);
        exported.insert(symbol);
        CAPTURE(symbol);
        CHECK(may_export(library, symbol));
    }
    for (const std::string& symbol : kFamily) {
        CAPTURE(symbol);
        CHECK(exported.count(symbol) == 1);
    }
}

TEST_CASE("thread-local storage is small and initial-exec", "[interpose]") {
    // A function-local static once linked in libstdc++'s exceptions, and with them __tls_get_addr.
    const std::string library = GENERATE(as<std::string>{}, MEMO_MALLOC, MEMO_TRACE);
    CAPTURE(library);
    for (const auto& words : lines_of({"/usr/bin/readelf", "-lW", library})) {
        if (words.empty() || words[0] != "TLS") continue;
        CHECK(std::stoul(words.at(5), nullptr, 16) <= 80);
    }
    for (const auto& words : lines_of({"/usr/bin/readelf", "-rW", library})) {
        for (const std::string& word : words) {
            if (word.rfind("R_X86_64_", 0) != 0) continue;
            const bool dynamic_tls = word.find("DTPMOD") != std::string::npos ||
                                     word.find("DTPOFF") != std::string::npos ||
                                     word.find("TLSDESC") != std::string::npos;
            CHECK_FALSE(dynamic_tls);
        }
    }
    for (const auto& words : lines_of({"/usr/bin/readelf", "--dyn-syms", "-W", library})) {
        if (words.size() >= 8) CHECK(without_version(words[7]) != "__tls_get_addr");
    }
}

TEST_CASE("what the library writes to begins as zero", "[interpose]") {
    // One member that began as something else once put all tables of the service into the file, and, as the
    // kernel maps files sixteen pages at a time, into memory.
    for (const auto& words : lines_of({"/usr/bin/readelf", "-lW", MEMO_MALLOC})) {
        if (words.size() < 8 || words[0] != "LOAD" || words[6] != "RW") continue;
        CHECK(std::stoul(words[4], nullptr, 16) < 64 * 1024);
        CHECK(std::stoul(words[5], nullptr, 16) > 512 * 1024);
    }
}

TEST_CASE("the allocator reads no variable that a privileged program would not show it", "[interpose]") {
    for (const auto& words : lines_of({"/usr/bin/readelf", "--dyn-syms", "-W", MEMO_MALLOC})) {
        if (words.size() >= 8) CHECK(without_version(words[7]) != "getenv");
    }
}

TEST_CASE("the loader's wrappers end in a jump", "[interpose]") {
    // The loader finds its caller's RUNPATH and namespace by the return address: a call would make that ours.
    const std::string function = GENERATE(as<std::string>{}, "dlopen", "dlmopen");
    CAPTURE(function);
    int jumps_away = 0;
    int returns = 0;
    for (const auto& words : lines_of(
             {"/usr/bin/objdump", "-d", "--no-show-raw-insn", "--disassemble=" + function, MEMO_MALLOC})) {
        if (words.size() < 2) continue;
        if (words[1] == "ret") ++returns;
        if (words[1] == "jmp" && words.at(2)[0] == '*') ++jumps_away;
    }
    CHECK(jumps_away > 0);
    CHECK(returns == 0);
}
