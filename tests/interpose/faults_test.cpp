// Faults injected while a program is served: what it computes stays the same, and once they stop it is served
// as before.
#include "child.h"
#include "common/plan_view.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

using memo::test::Ending;
using memo::test::kLearn;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::read_file;
using memo::test::run;
using memo::test::Scratch;

namespace {

constexpr long kSlots = 24;  // of a round

[[nodiscard]] std::vector<std::string> probe(const std::string& name) {
    return {MEMO_PROBES "/probe_disturbed", name};
}

[[nodiscard]] bool is_sound_plan(const std::string& bytes) {
    std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t) + 1);
    bytes.copy(reinterpret_cast<char*>(words.data()), bytes.size());
    std::vector<std::uint64_t> scratch(memo::plan_check_scratch_words(words.data(), bytes.size()));
    return memo::check_plan(words.data(), bytes.size(), scratch) == nullptr;
}

}  // namespace

TEST_CASE("whatever disturbs a program, it computes the same, and is served again afterwards",
          "[interpose]") {
    const std::string name = GENERATE(as<std::string>{}, "noisy", "mispredicted", "cancelled", "leaking");
    const std::string canaries = GENERATE(as<std::string>{}, "0", "1");
    const auto command = probe(name);
    CAPTURE(name, canaries);
    constexpr long kCalm = 20000;
    const std::string rounds = "PROBE_ROUNDS=" + std::to_string(kCalm);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, "MEMO_PLAN=" + plan_for(command, scratch), rounds,
                        "MEMO_STATS=" + statistics, "MEMO_CANARIES=" + canaries}) == alone);
    // All but what came before and, in places, a twentieth of what comes after. Threads that were cancelled
    // have hits of their own.
    CHECK(number_in(statistics, "hits") >= kCalm * kSlots * 19 / 20);
}

TEST_CASE("a million rounds, some of them disturbed, take no memory", "[interpose]") {
    const auto command = probe("endless");
    constexpr long kRounds = 1'000'000;
    const std::string rounds = "PROBE_ROUNDS=" + std::to_string(kRounds);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending served = run(
        command, {kPreload, "MEMO_PLAN=" + plan_for(command, scratch), rounds, "MEMO_STATS=" + statistics});
    CHECK(served.code == 0);
    CHECK(served.err.empty());
    CHECK(number_in(statistics, "hits") >= kRounds * kSlots * 9 / 10);
}

TEST_CASE("a learnt plan is served with canaries too, and saved without", "[interpose]") {
    const auto command = probe("learnable");
    const std::string rounds = "PROBE_ROUNDS=50000";
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    const std::string canaries = GENERATE(as<std::string>{}, "0", "1");
    CAPTURE(canaries);
    CHECK(run(command, {kPreload, kLearn, rounds, "MEMO_STATS=" + statistics, "MEMO_CANARIES=" + canaries,
                        "MEMO_SAVE_PLAN=" + scratch.file("plan")}) == alone);
    CHECK(number_in(statistics, "hits") >= 100 * kSlots);
    const std::string saved = read_file(scratch.file("plan"));
    REQUIRE(is_sound_plan(saved));
    // The same plan serves without.
    CHECK(run(command, {kPreload, rounds, "MEMO_STATS=" + statistics, "MEMO_PLAN=" + scratch.file("plan")}) ==
          alone);
    CHECK(number_in(statistics, "hits") >= 49000 * kSlots);
}

TEST_CASE("a process killed while it saves a plan leaves a whole one or none", "[interpose]") {
    constexpr int kTries = 10;
    int saved = 0;
    for (int k = 0; k < kTries; ++k) {
        const Scratch scratch;
        const std::string plan = scratch.file("plan");
        // Killed at the first sight of a file, finished or not; every other time when its name is right.
        const std::string sight = k % 2 == 0 ? plan + "*" : plan;
        const std::string line = "PROBE_ROUNDS=100000000 MEMO_LEARN=always MEMO_SAVE_PLAN=" + plan + " " +
                                 kPreload + " " + probe("learnable")[0] +
                                 " learnable & set -- ''; until [ -e \"$1\" ]; do set -- " + sight +
                                 "; done; kill -9 $!; wait";
        REQUIRE(run({"/bin/sh", "-c", line}).code == 0);
        if (!std::filesystem::exists(plan)) continue;
        ++saved;
        CHECK(is_sound_plan(read_file(plan)));
    }
    CHECK(saved >= kTries / 2);
}

TEST_CASE("a round of any length is learnt and served by the place of its requests", "[interpose]") {
    const auto command = probe("varying");
    const std::string rounds = "PROBE_ROUNDS=20000";
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    const std::string canaries = GENERATE(as<std::string>{}, "0", "1");
    CAPTURE(canaries);
    CHECK(run(command, {kPreload, kLearn, rounds, "MEMO_STATS=" + statistics, "MEMO_CANARIES=" + canaries,
                        "MEMO_SAVE_PLAN=" + scratch.file("plan")}) == alone);
    CHECK(number_in(statistics, "hits") >= 10000 * kSlots);
    CHECK(number_in(statistics, "plans") == 1);
    REQUIRE(is_sound_plan(read_file(scratch.file("plan"))));
    CHECK(run(command, {kPreload, rounds, "MEMO_STATS=" + statistics, "MEMO_PLAN=" + scratch.file("plan")}) ==
          alone);
    CHECK(number_in(statistics, "hits") >= 19000 * kSlots);
}

TEST_CASE("where layers look alike, a thread enters its plan where the round begins", "[interpose]") {
    const auto command = probe("layered");
    const std::string rounds = "PROBE_ROUNDS=3000";
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, kLearn, rounds, "MEMO_STATS=" + statistics}) == alone);
    CHECK(number_in(statistics, "hits") >= 1000 * 61);
    // Whoever enters in the middle of a round, or takes one layer for another, passes slots unserved.
    CHECK(number_in(statistics, "skipped") == 0);
    CHECK(number_in(statistics, "occupied") == 0);
}

TEST_CASE("plans that nobody uses any more make room for others", "[interpose]") {
    const auto command = probe("many_shapes");
    const std::string rounds = "PROBE_ROUNDS=1000";
    const std::string limit = GENERATE(as<std::string>{}, "1G", "8M");
    CAPTURE(limit);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, kLearn, rounds, "MEMO_STATS=" + statistics, "MEMO_PLAN_LIMIT=" + limit}) ==
          alone);
    CHECK(number_in(statistics, "plans") <= (limit == "8M" ? 7 : 16));
    // Fewer than there are shapes, where the learner gets little time.
    CHECK(number_in(statistics, "plans_dropped") >= (limit == "8M" ? 6 : 1));
    CHECK(number_in(statistics, "hits") >= 24 * 300 * kSlots);
}

TEST_CASE("a plan of which little is served any more is left, and what repeats afterwards is served again",
          "[interpose]") {
    const auto command = probe("worsening");
    const std::string rounds = "PROBE_ROUNDS=40000";
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, kLearn, rounds, "MEMO_STATS=" + statistics}) == alone);
    // Of the quarter of the rounds in which everything is in the way, few were tried.
    CHECK(number_in(statistics, "occupied") < 40000 / 4 * kSlots / 4);
    // A quarter of the rounds before, and most of the half of them afterwards: by the same plan, or by
    // another one where all threads had found that one outdated.
    CHECK(number_in(statistics, "hits") >= 40000 / 2 * kSlots);
}

TEST_CASE("a limit that is no number of bytes is said, and the program runs", "[interpose]") {
    const auto command = probe("learnable");
    const Ending served = run(command, {kPreload, "PROBE_ROUNDS=10", "MEMO_PLAN_LIMIT=lots"});
    CHECK(served.code == 0);
    CHECK(served.err.find("MEMO_PLAN_LIMIT=lots: no number of bytes") != std::string::npos);
}

TEST_CASE("a program that leaves out much of a round, or goes back in it, is served where it is",
          "[interpose]") {
    const auto command = probe("losing_place");
    constexpr long kRounds = 3000;
    const std::string rounds = "PROBE_ROUNDS=" + std::to_string(kRounds);
    const std::string canaries = GENERATE(as<std::string>{}, "0", "1");
    CAPTURE(canaries);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const Ending alone = run(command, {rounds});
    REQUIRE(alone.code == 0);
    CHECK(run(command, {kPreload, "MEMO_PLAN=" + plan_for(command, scratch), rounds,
                        "MEMO_STATS=" + statistics, "MEMO_CANARIES=" + canaries}) == alone);
    // 200, 100 and 280 requests in three rounds, of which 7 go by until the place is found.
    CHECK(number_in(statistics, "hits") >= kRounds / 3 * (580 - 2 * 10));
    CHECK(number_in(statistics, "resyncs") >= kRounds / 3 * 2 - 10);
}
