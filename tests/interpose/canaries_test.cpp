// MEMO_CANARIES=1: programs behave as they do without, and one that writes past a planned block's end is
// ended with a line that names the block.
#include "child.h"

#include <catch2/catch.hpp>

#include <algorithm>

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using memo::test::Ending;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::probe;
using memo::test::run;
using memo::test::Scratch;

namespace {

constexpr const char* kCanaries = "MEMO_CANARIES=1";

}  // namespace

TEST_CASE("with canaries programs behave as they do without", "[interpose]") {
    struct Row {
        std::string program, name;
        long least_hits;
    };
    const auto row = GENERATE(values<Row>({
        {"family", "every_entry", 900},
        {"family", "odd_requests", 20},
        {"family", "free_keeps_errno", 60},
        {"operators", "every_operator", 1000},
        {"operators", "containers", 5000},
        {"blocks", "calloc_zeroes_recycled_blocks", 90},
        {"blocks", "realloc_every_way", 50},
        {"blocks", "usable_size_is_usable", 1900},
        {"blocks", "free_from_another_thread", 4900},
        {"blocks", "thread_ends_holding_blocks", 90000},
        {"blocks", "more_threads_than_arenas", 10000},
        {"processes", "fork_among_threads", 1000},
        {"processes", "signals_while_serving", 600},
        {"overruns", "overrun", 300},
        {"overruns", "overrun_kept", 300},
    }));
    const auto command = probe(row.program, row.name);
    CAPTURE(command);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending ending = run(command, {kPreload, kCanaries, "MEMO_PLAN=" + plan_for(command, scratch),
                                        "MEMO_STATS=" + statistics});
    CHECK(ending == run(command));
    CHECK(ending.code == 0);
    CHECK(number_in(statistics, "hits") >= row.least_hits);
}

TEST_CASE("a write past a planned block's end is found when the block is freed", "[interpose]") {
    const auto [bytes, far] = GENERATE(table<std::string, std::string>(
        {{"1", "; 1 bytes"}, {"7", "; 7 bytes"}, {"15", "; 15 bytes"}, {"16", "; at least 16 bytes"}}));
    const auto command = probe("overruns", "overrun");
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    const Ending ending = run(command, {kPreload, kCanaries, plan, "PROBE_OVERRUN=" + bytes});
    CHECK(ending.code == 128 + 6);
    CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
    CHECK_THAT(ending.err, StartsWith("memomalloc: write past the end of a planned block at 0x"));
    CHECK_THAT(ending.err, Contains(": slot "));
    CHECK_THAT(ending.err, Contains(", 5600 bytes, allocated at the program+0x"));
    CHECK_THAT(ending.err, Contains(far + " too far, seen when it was freed\n"));
}

TEST_CASE("a write past the end of a block that lives on is found at the round's end", "[interpose]") {
    // A plan of one round, whose end lies between the write and the free.
    const Scratch scratch;
    const auto command = probe("overruns", "overrun_kept");
    REQUIRE(setenv("PROBE_ROUNDS", "1", 1) == 0);
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    REQUIRE(unsetenv("PROBE_ROUNDS") == 0);
    const Ending ending = run(command, {kPreload, kCanaries, plan, "PROBE_OVERRUN=9"});
    CHECK(ending.code == 128 + 6);
    CHECK_THAT(ending.err, Contains("; 9 bytes too far, seen at the end of a round\n"));
}

TEST_CASE("a bad free is told with canaries too", "[interpose]") {
    const auto [name, line] = GENERATE(table<std::string, std::string>({
        {"free_twice", "double free of a planned block at 0x"},
        {"free_inside", ", inside a live planned block, which starts 16 bytes before: slot "},
    }));
    const auto command = probe("blocks", name);
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    const Ending ending = run(command, {kPreload, kCanaries, plan, "PROBE_MISBEHAVE=1"});
    CHECK(ending.code == 128 + 6);
    CHECK_THAT(ending.err, Contains(line));
    CHECK_THAT(ending.err, Contains(", 5000 bytes, allocated at "));
}
