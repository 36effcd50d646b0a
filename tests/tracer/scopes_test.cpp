// Modules of eager PyTorch as scopes: what a module allocates is in the scope of its path, however it is
// called. Needs Python with PyTorch.
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>

using namespace memo;
using memo::test::TracedRun;

namespace {

constexpr const char* kPython = "/usr/bin/python3";
using Texts = std::vector<std::string>;

bool has_torch() {
    return std::system((std::string(kPython) + " -c 'import torch' 2>/dev/null").c_str()) == 0;
}

Texts scopes_of(const Trace& trace, std::uint64_t size) {
    Texts scopes;
    for (const Event& event : test::requests_of(trace, size))
        scopes.push_back(test::path_of_context(trace, event.context));
    return scopes;
}

}  // namespace

TEST_CASE("modules of eager PyTorch are scopes by their paths") {
    if (!has_torch()) {
        WARN("skip modules of eager PyTorch: there is no Python with PyTorch");
        return;
    }
    const std::string signal = std::to_string(SIGUSR2);
    const TracedRun run({kPython, "-W", "ignore", MEMO_TEST_SCOPES_NET}, {{"MEMO_TRACE_SCOPES", "1"},
                                                                          {"MEMO_TRACE_PAUSED", "1"},
                                                                          {"MEMO_TRACE_SIGNAL", signal},
                                                                          {"PYTHONPATH", MEMO_TEST_PYTHON}});
    INFO(run.errors());
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    const std::string net = "nn::Net/";
    CHECK(scopes_of(trace, 7120001) ==
          Texts{net + "nn::features/nn::features.0", "nn::features/nn::features.0"});
    CHECK(scopes_of(trace, 7120002) == Texts{net + "nn::features/nn::features.1/nn::features.1.1",
                                             "nn::features/nn::features.1/nn::features.1.1"});
    // An exception ends the scope that it leaves.
    CHECK(scopes_of(trace, 7120003) == Texts{net + "nn::raises", "nn::Raises"});
    CHECK(scopes_of(trace, 7120005) == Texts{"nn::Net"});
    // A generator's module is called where it is gone on with.
    CHECK(scopes_of(trace, 7120004) ==
          Texts{net + "nn::yields.inner", net + "nn::yields.inner", "nn::yields.inner", "nn::yields.inner"});
    CHECK(scopes_of(trace, 7120006) == Texts(2, "nn::Net"));
    CHECK(scopes_of(trace, 7120008) == Texts(2, ""));
    CHECK(scopes_of(trace, 7120007) == Texts{net + "nn::Asks"});
    CHECK(scopes_of(trace, 7120009) == Texts{net + "nn::added"});
    CHECK(scopes_of(trace, 7120010) == Texts{""});

    // TorchScript names what is below what Python calls; operators are the tags.
    constexpr std::uint64_t kResult = std::uint64_t{5} * 101 * 101 * 4;
    ElfSymbols symbols(trace);
    const OpTags tags = test::op_tags_of(trace, symbols);
    Texts scopes;
    for (const Event& event : test::requests_of(trace, kResult)) {
        CHECK(tags.tag_of(event) == "aten::conv2d");
        scopes.push_back(test::path_of_context(trace, event.context));
    }
    REQUIRE(scopes.size() == 4);
    CHECK(scopes[0].starts_with("nn::Scripted/torchscript::forward/torchscript::convolution/aten::conv2d"));
    CHECK(scopes[3].starts_with("nn::Scripted/nn::convolution/aten::conv2d"));
}
