// The front door: bounds and verdicts are true, every option is honoured, and bad problems are refused.
#include "planner/solve.h"

#include "planner/verifier.h"
#include "tests/planner/brute_force.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

namespace memo::planner {
namespace {

using testing::draw;

Problem problem_of(std::vector<Block> blocks) {
    Problem problem;
    problem.blocks = std::move(blocks);
    return problem;
}

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper) {
    return {{size}, Bytes{1}, {{lower}, {upper}}};
}

// Solved, verified, and with its facts in order.
Outcome solved(const Problem& problem, const SolveOptions& options) {
    auto outcome = solve(problem, options);
    INFO((outcome ? "" : outcome.error()));
    REQUIRE(outcome.ok());
    const auto conflict = find_conflict(problem, outcome->packing);
    INFO(outcome->strategy << ": " << (conflict ? conflict->message : ""));
    REQUIRE_FALSE(conflict);
    CHECK(outcome->packing.height == outcome->height);
    CHECK(outcome->max_load == max_load(problem));
    CHECK(outcome->lower_bound >= outcome->max_load);
    CHECK(outcome->height >= outcome->lower_bound);
    CHECK(outcome->proven_optimal == (outcome->height == outcome->lower_bound));
    return *std::move(outcome);
}

TEST_CASE("small problems are solved to the proven optimum", "[threads]") {
    std::mt19937_64 random(20261123);
    for (int round = 0; round < 400; ++round) {
        const bool aligned = round % 2 == 0;
        const Problem problem = testing::random_problem(random, {.blocks = 6, .aligned = aligned});
        SolveOptions options;
        options.seed = draw(random, 1, 9);
        options.threads = static_cast<unsigned>(draw(random, 1, 2));
        options.strategy = round % 3 == 0 ? "exact" : kPortfolio;
        const Outcome outcome = solved(problem, options);
        CHECK(outcome.proven_optimal);
        CHECK(testing::least_height(problem) == outcome.height);
    }
}

TEST_CASE("an optimum above the max load is found, and proven") {
    std::mt19937_64 random(7);
    for (const testing::Planted& core : testing::planted_cores(random, 12)) {
        for (const testing::Planted& planted : {core, testing::enlarged(random, core)}) {
            const Outcome outcome = solved(planted.problem, {.time_limit = 60});
            CHECK(outcome.height == planted.optimum);
            CHECK(outcome.proven_optimal);
            CHECK(outcome.gap > 0);
        }
    }
}

TEST_CASE("a capacity is decided, both ways", "[threads]") {
    std::mt19937_64 random(8);
    for (const testing::Planted& core : testing::planted_cores(random, 8)) {
        const testing::Planted planted = testing::enlarged(random, core);
        SolveOptions options;
        options.time_limit = 60;
        options.capacity = planted.optimum;
        CHECK(solved(planted.problem, options).verdict == Verdict::fits);
        options.capacity = planted.optimum - Bytes{1};
        CHECK(solved(planted.problem, options).verdict == Verdict::impossible);
        options.capacity = max_load(planted.problem) - Bytes{1};
        CHECK(solved(planted.problem, options).verdict == Verdict::impossible);
    }
}

TEST_CASE("problems of every kind get a verified plan, and their arenas are kept apart") {
    std::mt19937_64 random(9);
    for (int round = 0; round < 300; ++round) {
        const Problem problem = testing::mixed_problem(random, {.blocks = 6});
        const Outcome outcome = solved(problem, {.time_limit = 5});
        const auto least = testing::least_height(problem);
        if (least) CHECK(outcome.height >= *least);
        if (least && outcome.proven_optimal) CHECK(outcome.height == *least);
    }
}

TEST_CASE("the same seed and the same number of threads give the same plan", "[threads]") {
    std::mt19937_64 random(10);
    for (const unsigned threads : {1U, 2U, 3U}) {
        const Problem problem =
            testing::random_problem(random, {.blocks = 60, .moments = 40, .max_size = 1000});
        SolveOptions options;
        options.threads = threads;
        options.seed = 5;
        const Outcome once = solved(problem, options);
        if (!once.proven_optimal) continue;  // cut short by time
        for (int again = 0; again < 3; ++again) CHECK(solved(problem, options).packing == once.packing);
    }
}

TEST_CASE("no time, and a stop before the start, still give a plan of everything") {
    std::mt19937_64 random(11);
    const Problem problem =
        testing::random_problem(random, {.blocks = 300, .moments = 100, .max_size = 1000});
    CHECK(solved(problem, {.time_limit = 0}).packing.offsets.size() == 300);
    const std::atomic<bool> stop{true};
    CHECK(solved(problem, {.stop = &stop}).packing.offsets.size() == 300);
    SolveOptions decide;
    decide.capacity = max_load(problem);
    decide.stop = &stop;
    CHECK(solved(problem, decide).verdict != Verdict::impossible);
}

TEST_CASE("progress only ever gets better") {
    std::mt19937_64 random(12);
    const Problem problem = testing::random_problem(random, {.blocks = 200, .moments = 60, .max_size = 1000});
    std::vector<Incumbent> seen;
    SolveOptions options;
    options.time_limit = 0.5;
    options.progress = [&](const Incumbent& best) { seen.push_back(best); };
    const Outcome outcome = solved(problem, options);
    REQUIRE_FALSE(seen.empty());
    for (std::size_t i = 1; i < seen.size(); ++i) {
        CHECK(seen[i].height <= seen[i - 1].height);
        CHECK(seen[i].lower_bound >= seen[i - 1].lower_bound);
    }
    CHECK(seen.back().height >= outcome.height);
}

TEST_CASE("thousands of blocks meet their max load") {
    std::mt19937_64 random(13);
    Problem problem;
    for (std::uint64_t i = 0; i < 20000; ++i) {
        const std::uint64_t length = draw(random, 0, 20) == 0 ? draw(random, 50, 400) : draw(random, 1, 6);
        problem.blocks.push_back(block(64 * draw(random, 1, 4096), i / 2, i / 2 + length));
    }
    const Outcome outcome = solved(problem, {.time_limit = 60, .threads = 2});
    CHECK(outcome.height == outcome.max_load);
}

TEST_CASE("hints are followed where that costs no height") {
    Problem problem = problem_of({block(4, 0, 2), block(4, 1, 3), block(2, 4, 6)});
    problem.hints = {Offset{4}, Offset{0}, Offset{5}};
    const Outcome outcome = solved(problem, {});
    CHECK(outcome.height == Bytes{8});
    CHECK(outcome.packing.offsets == std::vector<Offset>{{4}, {0}, {5}});
    problem.hints[0] = Offset{100};
    CHECK(solved(problem, {}).height == Bytes{8});
}

TEST_CASE("a locality pass keeps the height") {
    std::mt19937_64 random(14);
    for (int round = 0; round < 20; ++round) {
        const Problem problem =
            testing::random_problem(random, {.blocks = 40, .moments = 30, .max_size = 100});
        SolveOptions options;
        options.time_limit = 0.2;
        options.capacity = Bytes{2 * max_load(problem).value};
        CHECK(solved(problem, options).height <= *options.capacity);
    }
}

TEST_CASE("what cannot be solved is said in one line") {
    const auto error = [](const Problem& problem, const SolveOptions& options) {
        const auto outcome = solve(problem, options);
        REQUIRE_FALSE(outcome.ok());
        CHECK(outcome.error().find('\n') == std::string::npos);
        return outcome.error();
    };
    const Problem good = problem_of({block(4, 0, 2)});
    CHECK(error(good, {.strategy = "magic"})
              .starts_with("unknown strategy 'magic'; there are portfolio, exact"));
    CHECK(error(problem_of({block(0, 0, 2)}), {}).find("size") != std::string::npos);
    CHECK(error(problem_of({block(4, 2, 2)}), {}).find("empty") != std::string::npos);
    Problem fixed = good;
    fixed.fixed = {Offset{8}};
    CHECK(error(fixed, {.strategy = "gergov"}) == "gergov cannot place fixed offsets");
    CHECK(solved(fixed, {}).height == Bytes{12});
}

TEST_CASE("no blocks need no bytes") {
    const Outcome outcome = solved({}, {});
    CHECK(outcome.height == Bytes{});
    CHECK(outcome.proven_optimal);
    CHECK(outcome.gap == 0);
}

}  // namespace
}  // namespace memo::planner
