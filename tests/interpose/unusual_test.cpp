// Unusual circumstances: misbehaving programs, libraries that take our symbols away, scarce address space, no
// stderr.
#include "child.h"

#include <catch2/catch.hpp>

#include <algorithm>

using memo::test::Ending;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::probe;
using memo::test::run;
using memo::test::Scratch;

namespace {

[[nodiscard]] std::string with_preload(const std::string& more) {
    std::string words = kPreload;
    return words += more;
}

// The command in a shell that prepares something first; `variables` are for the command alone, not for the
// shell.
[[nodiscard]] std::vector<std::string> in_shell(const std::string& preparation, const std::string& variables,
                                                const std::vector<std::string>& command) {
    return {"/bin/sh", "-c", preparation + " exec env " + variables + ' ' + command[0] + ' ' + command[1]};
}

[[nodiscard]] long lines_in(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("a bad free of a planned block aborts with one line", "[interpose]") {
    const auto [name, line] = GENERATE(table<std::string, std::string>({
        {"free_twice", "memomalloc: double free of a planned block at 0x"},
        {"realloc_after_free", "memomalloc: double free of a planned block at 0x"},
        {"free_inside", ", inside a live planned block, which starts 16 bytes before: slot "},
    }));
    const auto command = probe("blocks", name);
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    CHECK(run(command, {kPreload, plan}) == Ending{0, "", ""});

    const Ending ending = run(command, {kPreload, plan, "PROBE_MISBEHAVE=1"});
    CHECK(ending.code == 128 + 6);
    CHECK(lines_in(ending.err) == 1);
    CHECK(ending.err.find(line) != std::string::npos);
    CHECK(ending.err.find(", 5000 bytes, allocated at the program+0x") != std::string::npos);
    CHECK(ending.err.find(", freed ") != std::string::npos);
}

TEST_CASE("a signal handler may allocate while a block is being served", "[interpose]") {
    const auto command = probe("processes", "signals_while_serving");
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);  // recorded without signals
    const std::string statistics = scratch.file("statistics.json");
    const std::string both = "LD_PRELOAD=" MEMO_MALLOC ":" MEMO_PROBES "/plugins/libplain.so";
    CHECK(run(command, {both, plan, "PROBE_SIGNALS=1", "MEMO_STATS=" + statistics}) == Ending{0, "", ""});
    CHECK(number_in(statistics, "hits") > 600);
}

TEST_CASE("nothing is served once a library cannot see our free", "[interpose]") {
    const std::string name = GENERATE(as<std::string>{}, "deep_binding", "other_namespace");
    const auto command = probe("loading", name);
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    const std::string statistics = scratch.file("statistics.json");
    CHECK(run(command, {kPreload, plan, "MEMO_STATS=" + statistics}) == Ending{0, "", ""});
    // Ten rounds of twenty before the load, less a few for the start; ten rounds after it.
    CHECK(number_in(statistics, "hits") >= 180);
    CHECK(number_in(statistics, "hits") <= 202);
}

TEST_CASE("the allocator loads under an audit library", "[interpose]") {
    const auto command = probe("operators", "containers");
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_for(command, scratch);
    const std::string audit = "LD_AUDIT=" MEMO_PROBES "/plugins/libaudit.so";
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {audit});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {audit, kPreload, plan, "MEMO_STATS=" + statistics}) == alone);
    CHECK(number_in(statistics, "hits") > 5000);
    CHECK(run(command, {audit, "LD_PRELOAD=" MEMO_TRACE, "MEMO_TRACE_FILE=" + scratch.file("trace")}) ==
          alone);
}

TEST_CASE("a static program ignores the preloads", "[interpose]") {
    const std::vector<std::string> command = {MEMO_PROBES "/probe_still"};
    const Ending alone = run(command);
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, "MEMO_STATS=1"}) == alone);
    CHECK(run(command, {"LD_PRELOAD=" MEMO_TRACE}) == alone);
}

TEST_CASE("scarce address space costs the plan, not the program", "[interpose]") {
    const std::string kilobytes =
        GENERATE(as<std::string>{}, "2000000", "300000", "100000", "50000", "30000");
    CAPTURE(kilobytes);
    const auto command = probe("operators", "containers");
    const Scratch scratch;
    const std::string plan = plan_for(command, scratch);
    const std::string limit = "ulimit -v " + kilobytes + ";";
    const Ending alone = run(in_shell(limit, "", command));
    REQUIRE(alone.code == 0);

    const Ending with_plan = run(in_shell(limit, with_preload(" MEMO_PLAN=" + plan), command));
    CHECK(with_plan.code == 0);
    CHECK(with_plan.out == alone.out);
    if (!with_plan.err.empty()) {
        CHECK(lines_in(with_plan.err) == 1);
        CHECK(with_plan.err.find("no addresses for an arena") != std::string::npos);
    }
}

TEST_CASE("a closed stderr is left alone", "[interpose]") {
    const auto command = probe("operators", "containers");
    const Scratch scratch;
    const bool with_plan = GENERATE(true, false);
    const std::string plan = with_plan ? plan_for(command, scratch) : "/no/such/plan";
    const std::string close_it = "exec 2>&-;";
    const Ending alone = run(in_shell(close_it, "", command));
    REQUIRE(alone.code == 0);
    CHECK(run(in_shell(close_it, with_preload(" MEMO_STATS=1 MEMO_PLAN=" + plan), command)) == alone);
    CHECK(run(in_shell(close_it, "LD_PRELOAD=" MEMO_TRACE " MEMO_TRACE_FILE=/no/such/directory/trace",
                       command)) == alone);
}

TEST_CASE("realloc keeps the bytes where the next allocator cannot tell a block's size", "[interpose]") {
    // Found by reading: with a next allocator that has no malloc_usable_size, a block that moved from it into
    // the arena arrived empty.
    const auto command = probe("blocks", "realloc_every_way");
    const Scratch scratch;
    const std::string both = "LD_PRELOAD=" MEMO_MALLOC ":" MEMO_PROBES "/plugins/libplain.so";
    const std::string statistics = scratch.file("statistics.json");
    CHECK(run(command, {both, "MEMO_PLAN=" + plan_for(command, scratch), "MEMO_STATS=" + statistics}) ==
          Ending{0, "", ""});
    CHECK(number_in(statistics, "hits") >= 30);
    CHECK(memo::test::read_file(statistics).find("libplain") != std::string::npos);
}
