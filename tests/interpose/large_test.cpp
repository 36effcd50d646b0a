// Large blocks come from the pool in every program, plan or not: each probe of them behaves as it does alone.
#include "child.h"

#include <catch2/catch.hpp>

#include <algorithm>

using memo::test::Ending;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::probe;
using memo::test::require_same;
using memo::test::run;
using memo::test::Scratch;

namespace {

constexpr long kNoStatistics = -1;  // it may not write them

struct Probe {
    std::vector<std::string> command;
    long least_blocks;  // from the pool
    // Not on a plan, whose arenas keep their addresses, and which cannot be recorded without descriptors; nor
    // under the tracer, which needs a thread.
    bool pool_only = false;
};

[[nodiscard]] std::vector<Probe> all_probes() {
    return {
        {probe("large", "realloc_up_and_down"), 5L * 7 * 2},
        {probe("large", "failing_realloc_leaves_the_block"), 1},
        {probe("large", "calloc_gives_zeros"), 20L * 7},
        {probe("large", "usable_to_the_end"), 5L * 7},
        {probe("large", "aligned_requests"), 4L * 7 * 3},
        {probe("large", "other_names"), 7},
        {probe("large", "as_much_as_there_is"), 1},
        {probe("large", "limits_its_addresses"), 2, true},
        {probe("large", "misbehaves"), 1},
        {probe("storms", "fork_under_load"), 60},
        {probe("storms", "children_in_our_memory"), 20L * 8},
        {probe("storms", "keys_of_threads"), 1000},
        {probe("storms", "tiny_stacks"), 50},
        {probe("storms", "cancelled_threads"), 60},
        {probe("storms", "exit_with_live_threads"), 10L * 8},
        {probe("storms", "main_thread_ends_first"), 10L * 8},
        {probe("storms", "contexts_take_turns"), 3L * 20},
        {probe("storms", "signals_while_serving"), 8},
        {probe("storms", "no_descriptors"), 20L * 8, true},
        {probe("storms", "one_thread_only"), 8},
        {probe("storms", "sandbox"), kNoStatistics, true},
        {probe("loading", "deep_binding_large"), 40},
        {probe("loading", "other_namespace_large"), 40},
    };
}

}  // namespace

TEST_CASE("programs with large blocks behave as they do alone", "[interpose][large]") {
    const Probe tested = GENERATE(from_range(all_probes()));
    CAPTURE(tested.command);
    const Ending bare = run(tested.command);
    INFO(bare);
    REQUIRE(bare.code == 0);
    const Scratch scratch;
    {
        INFO("as it is started");
        const std::string statistics = scratch.file("statistics.json");
        const bool counted = tested.least_blocks != kNoStatistics;
        require_same(bare, run(tested.command, {kPreload, counted ? "MEMO_STATS=" + statistics : "X=y"}));
        CHECK(number_in(statistics, "blocks") >= tested.least_blocks);
    }
    {
        INFO("with a keeper that is always there, and one that never wakes");
        require_same(bare, run(tested.command, {kPreload, "MEMO_IDLE_PURGE_MS=1"}));
        require_same(bare, run(tested.command, {kPreload, "MEMO_IDLE_PURGE_MS=86400000"}));
    }
    {
        INFO("without a pool, and beside an auditor");
        require_same(bare, run(tested.command, {kPreload, "MEMO_POOL=0"}));
        const std::string audit = "LD_AUDIT=" MEMO_PROBES "/plugins/libaudit.so";
        require_same(run(tested.command, {audit}), run(tested.command, {audit, kPreload}));
    }
    if (tested.pool_only) return;
    {
        INFO("on a plan of its own requests");
        require_same(bare, run(tested.command, {kPreload, "MEMO_PLAN=" + plan_for(tested.command, scratch)}));
    }
    {
        INFO("under the tracer");
        require_same(bare, run(tested.command,
                               {"LD_PRELOAD=" MEMO_TRACE, "MEMO_TRACE_FILE=" + scratch.file("trace")}));
    }
}

TEST_CASE("with a plan given, the pool serves nobody who is not in it", "[interpose][large]") {
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(probe("large", "usable_to_the_end"), scratch);
    const auto blocks_of = [&](const std::string& name, std::vector<std::string> environment) {
        const std::string statistics = scratch.file(name + ".json");
        environment.insert(environment.end(), {kPreload, "MEMO_STATS=" + statistics});
        CHECK(run(probe("large", name), environment).code == 0);
        return number_in(statistics, "blocks");
    };
    CHECK(blocks_of("aligned_requests", {}) > 0);
    CHECK(blocks_of("aligned_requests", {plan}) == 0);
}

TEST_CASE("a signal handler may allocate large blocks while one is being served", "[interpose][large]") {
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const std::string purge = GENERATE(as<std::string>{}, "MEMO_IDLE_PURGE_MS=1", "MEMO_IDLE_PURGE_MS=0");
    CHECK(run(probe("storms", "signals_while_serving"),
              {kPreload, purge, "PROBE_SIGNALS=1", "MEMO_STATS=" + statistics}) == Ending{0, "", ""});
    CHECK(number_in(statistics, "blocks") > 3000);
    CHECK(number_in(statistics, "live_bytes") == 0);
}

TEST_CASE("a bad free of a pooled block aborts with one line", "[interpose][large]") {
    const auto [how, line] = GENERATE(table<std::string, std::string>({
        {"twice", "memomalloc: double free of a pooled block at 0x"},
        {"resize after", "memomalloc: double free of a pooled block at 0x"},
        {"inside", "which is inside the pool but is not the start of a block"},
        {"resize inside", "memomalloc: double free of a pooled block at 0x"},
    }));
    CAPTURE(how);
    const Ending ending = run(probe("large", "misbehaves"), {kPreload, "PROBE_MISBEHAVE=" + how});
    CHECK(ending.code == 128 + 6);
    CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
    CHECK(ending.err.find(line) != std::string::npos);
}
