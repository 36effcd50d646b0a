// Every probe behaves under every preload as it does alone: same exit code, same answers, nothing on stderr.
#include "child.h"

#include <catch2/catch.hpp>

using memo::test::Ending;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::require_same;
using memo::test::run;
using memo::test::Scratch;

namespace {

constexpr long kEndsWithoutStatistics = -1;  // by _exit, which runs no destructors
constexpr long kAnswersOnly = -2;  // of the next allocator alone: not all of them keep errno as a plan does

struct Probe {
    std::vector<std::string> command;
    long
        least_hits;  // a plan of its own requests must serve so many; a few less than it makes, for the start
};

[[nodiscard]] Probe probe(const std::string& program, const std::string& name, long least_hits) {
    return {memo::test::probe(program, name), least_hits};
}

[[nodiscard]] std::vector<Probe> all_probes() {
    return {
        probe("family", "every_entry", 900),
        probe("family", "odd_requests", 20),
        probe("family", "alignment_beyond_32_bits", 30),
        probe("family", "free_keeps_errno", 60),
        probe("operators", "every_operator", 1000),
        probe("operators", "out_of_memory", 1),
        probe("operators", "containers", 5000),
        probe("blocks", "calloc_zeroes_recycled_blocks", 90),
        probe("blocks", "realloc_every_way", 50),
        probe("blocks", "usable_size_is_usable", 1900),
        probe("blocks", "free_from_another_thread", 4900),
        probe("blocks", "thread_ends_holding_blocks", 90000),
        probe("blocks", "more_threads_than_arenas", 10000),
        probe("processes", "fork_among_threads", 1000),
        probe("processes", "fork_from_threads", 2000),
        probe("processes", "vfork_and_exec", 500),
        probe("processes", "keys_of_threads", 7000),
        probe("processes", "exit_while_threads_serve", 100),
        probe("processes", "title_over_environment", 590),
        probe("processes", "signals_while_serving", 600),
        probe("loading", "load_and_unload", 2000),
        probe("loading", "caller_runpath", 1),
        probe("loading", "deep_binding", 190),
        probe("loading", "other_namespace", 190),
        probe("loading", "plugin_runs_out_of_memory", 1),
        {{"/bin/sh", "-c", "i=0; while [ $i -lt 300 ]; do (true); i=$((i+1)); done; echo $i"},
         kEndsWithoutStatistics},
    };
}

struct Preload {
    std::string name;
    std::vector<std::string> environment;
};

}  // namespace

TEST_CASE("programs behave under the preloads as they do alone", "[interpose]") {
    const Probe tested = GENERATE(from_range(all_probes()));
    CAPTURE(tested.command);
    const Ending bare = run(tested.command);
    REQUIRE(bare.code == 0);
    const Scratch scratch;

    {
        INFO("under the recorder, the smallest policy");
        require_same(
            bare, run(tested.command, {"LD_PRELOAD=" MEMO_RECORDER, "MEMO_RECORD=" + scratch.file("alone")}));
    }
    {
        INFO("under the allocator without a plan");
        require_same(bare, run(tested.command, {kPreload}));
        require_same(bare, run(tested.command, {kPreload, "LD_BIND_NOW=1"}));
    }
    {
        INFO("under the allocator with a plan of its own requests");
        const std::string plan = "MEMO_PLAN=" + plan_for(tested.command, scratch);
        const std::string statistics = scratch.file("statistics.json");
        require_same(bare, run(tested.command, {kPreload, plan, "MEMO_STATS=" + statistics}));
        CHECK(number_in(statistics, "hits") >= tested.least_hits);
        require_same(bare, run(tested.command, {kPreload, plan, "LD_BIND_NOW=1"}));
    }
    {
        INFO("under the tracer");
        const std::string file = "MEMO_TRACE_FILE=" + scratch.file("trace");
        require_same(bare, run(tested.command, {"LD_PRELOAD=" MEMO_TRACE, file}));
        require_same(bare, run(tested.command, {"LD_PRELOAD=" MEMO_TRACE, file, "LD_BIND_NOW=1"}));
    }
}

TEST_CASE("other allocators behind us answer as they do alone", "[interpose]") {
    const std::string next =
        GENERATE(as<std::string>{}, "libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4");
    const std::string preload = GENERATE(as<std::string>{}, MEMO_MALLOC, MEMO_TRACE);
    const Probe tested = GENERATE(
        probe("family", "odd_requests", kAnswersOnly), probe("blocks", "usable_size_is_usable", 1900),
        probe("operators", "every_operator", 500), probe("processes", "keys_of_threads", 4000),
        probe("blocks", "free_from_another_thread", 4900));
    CAPTURE(next, preload, tested.command);
    const Ending alone = run(tested.command, {"LD_PRELOAD=" + next});
    if (alone.err.find("cannot be preloaded") != std::string::npos) {
        WARN(next << " is not installed: skipped");
        return;
    }

    const Scratch scratch;
    const std::string both = "LD_PRELOAD=" + preload + ":" + next;
    require_same(alone, run(tested.command, {both, "MEMO_TRACE_FILE=" + scratch.file("trace")}));
    if (preload != MEMO_MALLOC || tested.least_hits == kAnswersOnly) return;
    const std::string statistics = scratch.file("statistics.json");
    require_same(alone, run(tested.command, {both, "MEMO_PLAN=" + plan_for(tested.command, scratch),
                                             "MEMO_STATS=" + statistics}));
    CHECK(number_in(statistics, "hits") >= tested.least_hits);
    CHECK(memo::test::read_file(statistics).find(next.substr(0, next.find(".so"))) != std::string::npos);
}
