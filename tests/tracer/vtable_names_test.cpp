// Functions of a stripped library by its virtual tables, and the op tags that come of them.
#include "cli/vtable_names.h"

#include "cli/symbols.h"
#include "common/op_tags.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

using namespace memo;
using memo::test::TracedRun;

namespace {

// The names of the functions on the call stack of the n-th request of that size.
std::set<std::string> functions_of(const Trace& trace, std::uint64_t size, std::size_t n = 0) {
    ElfSymbols symbols(trace);
    std::set<std::string> names;
    const auto requests = test::requests_of(trace, size);
    REQUIRE(requests.size() > n);
    for (const Frame frame : trace.sites.frames(requests[n].site)) {
        if (frame.module == kNone) continue;
        if (auto name = symbols.function_at(frame.module, frame.offset - 1)) names.insert(*name);
    }
    return names;
}

std::vector<char> bytes_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Asks a file, as it lies in memory, for a function every few bytes; how many had a name.
std::size_t ask_everywhere(std::vector<char> bytes) {
    elf_version(EV_CURRENT);
    Elf* elf = elf_memory(bytes.data(), bytes.size());
    if (elf == nullptr) return 0;
    const VtableNames names(elf);
    std::size_t found = 0;
    for (std::uint64_t at = 0; at < bytes.size() + 4096; at += 16) {
        if (names.function_at(at)) ++found;
    }
    elf_end(elf);
    return found;
}

}  // namespace

TEST_CASE("functions of a stripped library are named by the virtual tables that hold them") {
    const TracedRun run({"reload", MEMO_TEST_STRIPPED_LIBRARY});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    const std::string root = " of onnxruntime::OpKernel";
    CHECK(functions_of(trace, 7610).contains("onnxruntime::Conv<float>::virtual 2" + root));
    CHECK(functions_of(trace, 7614).contains("onnxruntime::FusedConv::virtual 3" + root));
    CHECK(functions_of(trace, 7613).contains("onnxruntime::If::virtual 2" + root));
    const auto nested = functions_of(trace, 7612, 1);
    CHECK(nested.contains("onnxruntime::Upsample::virtual 2" + root));
    CHECK(nested.contains("onnxruntime::Resize::virtual 2" + root));
    for (const std::string& name : functions_of(trace, 7615)) {
        CHECK(name.find("virtual") == std::string::npos);
    }

    CHECK(functions_of(trace, 7616).contains("OrtApi::Run"));

    ElfSymbols symbols(trace);
    const OpTags tags = test::op_tags_of(trace, symbols);
    const auto tags_of = [&](std::uint64_t size) {
        std::vector<std::string> result;
        for (const Event& event : test::requests_of(trace, size)) result.push_back(tags.tag_of(event));
        return result;
    };
    CHECK(tags_of(7610) == std::vector<std::string>{"ort::Conv", "ort::Conv", "ort::Conv"});
    CHECK(tags_of(7611) == std::vector<std::string>{"ort::Relu"});
    CHECK(tags_of(7612) == std::vector<std::string>{"ort::Upsample", "ort::Resize"});
    CHECK(tags_of(7613) == std::vector<std::string>{"ort::If"});
    CHECK(tags_of(7614) == std::vector<std::string>{"ort::FusedConv"});
    CHECK(tags_of(7615) == std::vector<std::string>{""});
    CHECK(tags_of(7616) == std::vector<std::string>{"ort::Run"});
}

TEST_CASE("damaged libraries give fewer names, and nothing else") {
    const std::vector<char> whole = bytes_of(MEMO_TEST_STRIPPED_LIBRARY);
    const std::size_t all = ask_everywhere(whole);
    REQUIRE(all > 10);
    std::mt19937 random(1);
    for (std::size_t cut = 0; cut < whole.size(); cut += whole.size() / 97) {
        (void)ask_everywhere(
            std::vector<char>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)));
    }
    std::size_t fewer = 0;
    for (int i = 0; i < 2000; ++i) {
        std::vector<char> damaged = whole;
        for (int k = 0; k < 20; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
        if (ask_everywhere(std::move(damaged)) != all) ++fewer;
    }
    CHECK(fewer > 0);
}
