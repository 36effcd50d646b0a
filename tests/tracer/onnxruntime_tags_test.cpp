// The plug-in for ONNX Runtime: nodes are scopes around what their kernels allocate, versions that it does
// not know are left alone, and no call stack shows that it is there.
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace memo;
using memo::test::TracedRun;

namespace {

constexpr int kCodes = 36;  // five statuses of 7, and an exception

bool has_note(const Trace& trace, const std::string& text) {
    return std::ranges::any_of(trace.notes,
                               [&](const auto& note) { return note.find(text) != std::string::npos; });
}

std::vector<std::string> scopes_of(const Trace& trace, std::uint64_t size) {
    std::vector<std::string> scopes;
    for (const Event& event : test::requests_of(trace, size))
        scopes.push_back(test::path_of_context(trace, event.context));
    return scopes;
}

std::vector<std::string> tags_of(const Trace& trace, std::uint64_t size) {
    ElfSymbols symbols(trace);
    const OpTags tags = test::op_tags_of(trace, symbols);
    std::vector<std::string> result;
    for (const Event& event : test::requests_of(trace, size)) result.push_back(tags.tag_of(event));
    return result;
}

using Texts = std::vector<std::string>;

void check_nodes(const Trace& trace) {
    CHECK(has_note(trace, "op-tag plug-in loaded"));
    // A name that is too long, or none, gives way to the first output's.
    CHECK(scopes_of(trace, 7710) ==
          Texts{"onnx::first", "onnx::z", "", "onnx::output", "onnx::outer/onnx::inner"});
    CHECK(scopes_of(trace, 7713) == Texts{"onnx::outer"});
    CHECK(scopes_of(trace, 7714) == Texts{"onnx::outer"});
    CHECK(scopes_of(trace, 7712) == Texts{"onnx::broken"});
    CHECK(scopes_of(trace, 7715) == Texts{""});
    CHECK(tags_of(trace, 7710) == Texts(5, "ort::Conv"));
    CHECK(tags_of(trace, 7713) == Texts{"ort::If"});
}

// The call stacks of all requests, by module and offset.
std::vector<std::vector<std::pair<std::string, std::uint64_t>>> stacks_of(const Trace& trace) {
    std::vector<std::vector<std::pair<std::string, std::uint64_t>>> stacks;
    for (std::uint64_t size = 7710; size <= 7715; ++size) {
        for (const Event& event : test::requests_of(trace, size)) {
            auto& stack = stacks.emplace_back();
            for (const Frame frame : trace.sites.frames(event.site))
                stack.emplace_back(frame.module == kNone ? "" : trace.modules[frame.module].path,
                                   frame.offset);
        }
    }
    return stacks;
}

}  // namespace

TEST_CASE("what a kernel of ONNX Runtime allocates is in the scope of its node, also after exceptions") {
    const TracedRun run({MEMO_TEST_ORT_SUBJECT});
    REQUIRE(run.exit_code() == kCodes);
    check_nodes(run.trace());
}

TEST_CASE("nodes have names too where ONNX Runtime is loaded while the program runs") {
    const TracedRun run({"reload", MEMO_TEST_ORT_LIBRARY});
    REQUIRE(run.exit_code() == 0);
    check_nodes(run.trace());
}

TEST_CASE("a version of ONNX Runtime that is not known is left alone, and call stacks are the same") {
    const TracedRun known({MEMO_TEST_ORT_SUBJECT});
    const auto stacks = stacks_of(known.trace());
    CHECK(stacks.size() == 9);
    for (const char* version : {"1.14.1", "1.99.0", "2.21.0", "nonsense"}) {
        INFO(version);
        const TracedRun run({MEMO_TEST_ORT_SUBJECT}, {{"FAKE_ORT_VERSION", version}});
        REQUIRE(run.exit_code() == kCodes);
        const Trace trace = run.trace();
        CHECK(has_note(trace, "steps aside"));
        CHECK(trace.contexts.empty());
        CHECK(tags_of(trace, 7710) == Texts(5, "ort::Conv"));
        CHECK(stacks_of(trace) == stacks);
    }
}
