// The LibTorch plug-in: operators reach the trace, another build is left alone, and the trace shows no
// request of the plug-in's own. Built only where LibTorch is.
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace memo;
using memo::test::TracedRun;

namespace {

constexpr std::uint64_t kMatrixBytes = std::uint64_t{97} * 97 * 4;

bool has_note(const Trace& trace, const std::string& text) {
    return std::ranges::any_of(trace.notes,
                               [&](const auto& note) { return note.find(text) != std::string::npos; });
}

// The tags of the results of mm and relu, in order.
std::vector<std::string> tags_of_matrices(const Trace& trace) {
    ElfSymbols symbols(trace);
    const OpTags tags = test::op_tags_of(trace, symbols);
    std::vector<std::string> result;
    for (const Event& event : test::requests_of(trace, kMatrixBytes)) result.push_back(tags.tag_of(event));
    return result;
}

// A copy of the tracer in a directory of its own, with a plug-in made from the real one, or none.
class TracerCopy {
  public:
    TracerCopy()
        : directory_(std::filesystem::temp_directory_path() / ("memo-tags-" + std::to_string(getpid()))) {
        std::filesystem::create_directories(directory_ / "memo/tags");
        std::filesystem::copy(MEMO_TEST_TRACER, library());
    }
    ~TracerCopy() { std::filesystem::remove_all(directory_); }
    TracerCopy(const TracerCopy&) = delete;
    TracerCopy& operator=(const TracerCopy&) = delete;

    [[nodiscard]] std::string library() const { return directory_ / "libmemotrace.so"; }

    // The plug-in, with the build id that it was built for changed.
    void add_plugin_for_another_build(const std::string& build_id) const {
        std::ifstream in(MEMO_TEST_TORCH_TAGS, std::ios::binary);
        std::string bytes(std::istreambuf_iterator<char>(in), {});
        const std::size_t at = bytes.find(build_id);
        REQUIRE(at != std::string::npos);
        bytes[at] = bytes[at] == '0' ? '1' : '0';
        const auto name = std::filesystem::path(MEMO_TEST_TORCH_TAGS).filename();
        std::ofstream(directory_ / "memo/tags" / name, std::ios::binary) << bytes;
    }

  private:
    std::filesystem::path directory_;
};

std::string torch_build_id(const Trace& trace) {
    const auto found = std::ranges::find_if(trace.modules, [](const Module& module) {
        return module.path.find("libtorch_cpu.so") != std::string::npos;
    });
    REQUIRE(found != trace.modules.end());
    return found->build_id;
}

}  // namespace

TEST_CASE(
    "LibTorch's operators are op tags, through the plug-in or the call stack, and the requests are the "
    "same") {
    const std::vector<std::string> expected = {"aten::ones", "aten::mm", "aten::relu", "aten::mm",
                                               "aten::relu", "aten::mm", "aten::relu"};
    const TracedRun with({MEMO_TEST_TORCH_SUBJECT});
    REQUIRE(with.exit_code() == 0);
    const Trace tagged = with.trace();
    CHECK(has_note(tagged, "op-tag plug-in loaded"));
    CHECK_FALSE(tagged.contexts.empty());
    CHECK(tags_of_matrices(tagged) == expected);

    const TracerCopy copy;
    const TracedRun without({MEMO_TEST_TORCH_SUBJECT}, {{"LD_PRELOAD", copy.library()}});
    REQUIRE(without.exit_code() == 0);
    const Trace plain = without.trace();
    CHECK(has_note(plain, "no op-tag plug-in"));
    CHECK(plain.contexts.empty());
    CHECK(tags_of_matrices(plain) == expected);

    // From the first matrix on, both asked for the same sizes in the same order.
    const auto sizes_of = [](const Trace& trace) {
        std::vector<std::uint64_t> sizes;
        bool begun = false;
        for (const Event& event : trace.events) {
            if (event.kind != EventKind::allocate) continue;
            begun = begun || event.size == kMatrixBytes;
            if (begun) sizes.push_back(event.size);
        }
        return sizes;
    };
    CHECK(sizes_of(tagged) == sizes_of(plain));

    SECTION("a plug-in for another build steps aside") {
        copy.add_plugin_for_another_build(torch_build_id(plain));
        const TracedRun aside({MEMO_TEST_TORCH_SUBJECT}, {{"LD_PRELOAD", copy.library()}});
        REQUIRE(aside.exit_code() == 0);
        const Trace trace = aside.trace();
        CHECK(has_note(trace, "steps aside"));
        CHECK(trace.contexts.empty());
        CHECK(tags_of_matrices(trace) == expected);
    }
}
