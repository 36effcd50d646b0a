// Op tags against PyTorch's own profiler: the same inference, recorded by both, allocation by allocation.
// Needs Python with PyTorch and torchvision.
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace memo;
using memo::test::TracedRun;

namespace {

constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kScript = MEMO_TEST_SCRIPTS "/op_tags_net.py";
constexpr std::uint64_t kMark = 7'654'321;  // MARK in the script, around each of three inferences

using Allocations = std::vector<std::pair<std::string, std::uint64_t>>;  // operator and bytes, in order

bool has_torch() {
    return std::system((std::string(kPython) + " -c 'import torch, torchvision' 2>/dev/null").c_str()) == 0;
}

Allocations profiled(const std::string& mode) {
    const auto file = std::filesystem::temp_directory_path() / ("memo-profile-" + std::to_string(getpid()));
    const std::string command =
        std::string(kPython) + " -W ignore " + kScript + " " + mode + " " + file.string();
    REQUIRE(std::system(command.c_str()) == 0);
    Allocations result;
    std::ifstream in(file);
    for (const auto& entry : nlohmann::json::parse(in)) result.emplace_back(entry[0], entry[1]);
    std::filesystem::remove(file);
    return result;
}

// What the last inference asked of c10::alloc_cpu, which is all that the profiler sees.
Allocations traced(const Trace& trace) {
    ElfSymbols symbols(trace);
    const OpTags tags = test::op_tags_of(trace, symbols);
    const auto from_torch = [&](const Event& event) {
        const Frame caller = trace.sites.frames(event.site).front();
        const auto name =
            caller.module == kNone ? std::nullopt : symbols.function_at(caller.module, caller.offset - 1);
        return name && name->starts_with("c10::alloc_cpu");
    };
    int marks = 0;
    Allocations result;
    for (const Event& event : trace.events) {
        if (event.kind != EventKind::allocate) continue;
        if (event.size == kMark) ++marks;
        if (marks == 3 && event.site != kNone && from_torch(event))
            result.emplace_back(tags.tag_of(event), event.size);
    }
    REQUIRE(marks == 4);
    return result;
}

}  // namespace

TEST_CASE("each allocation of PyTorch's has the operator that torch.profiler gives it", "[torch]") {
    if (!has_torch()) {
        WARN("skip " << kPython << " has no torch and torchvision");
        return;
    }
    for (const std::string mode : {"eager", "scripted"}) {
        const TracedRun run({kPython, "-W", "ignore", kScript, mode},
                            {{"MEMO_TRACE_PAUSED", "1"}, {"MEMO_TRACE_SIGNAL", std::to_string(SIGUSR2)}});
        REQUIRE(run.exit_code() == 0);
        const Allocations ours = traced(run.trace());
        const Allocations theirs = profiled(mode);
        INFO(mode);
        REQUIRE(theirs.size() > 200);
        CHECK(ours == theirs);
    }
}

TEST_CASE("operators of TorchScript lie in the scopes of their modules, if that is asked for", "[torch]") {
    if (!has_torch()) {
        WARN("skip " << kPython << " has no torch and torchvision");
        return;
    }
    const TracedRun run({kPython, "-W", "ignore", kScript, "scripted"},
                        {{"MEMO_TRACE_PAUSED", "1"},
                         {"MEMO_TRACE_SIGNAL", std::to_string(SIGUSR2)},
                         {"MEMO_TRACE_SCOPES", "1"}});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    const auto has_path = [&](const std::string& part) {
        for (std::uint32_t id = 0; id < trace.contexts.size(); ++id) {
            if (test::path_of_context(trace, id).find(part) != std::string::npos) return true;
        }
        return false;
    };
    CHECK(has_path("torchscript::features.0.0/aten::conv2d/aten::convolution"));
    CHECK(has_path("torchscript::features.0.1/aten::batch_norm/"));
    CHECK(has_path("torchscript::classifier.1/aten::linear"));
    CHECK_FALSE(has_path("aten::conv2d/torchscript::"));
    // The same tags as without, and no request of the plug-in's own.
    CHECK(traced(trace) == profiled("scripted"));
}
