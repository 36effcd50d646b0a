// What an attempt says is true: a packing within the aim is one, and what is impossible is so for all.
#include "planner/peaks_first.h"

#include "planner/verifier.h"
#include "tests/planner/brute_force.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

namespace memo::planner {
namespace {

using Result = PeaksFirst::Result;

TEST_CASE("what an attempt says of a height is so") {
    std::mt19937_64 random(3);
    std::size_t impossible = 0;
    for (const testing::Planted& core : testing::planted_cores(random, 10)) {
        const testing::Planted planted = testing::enlarged(random, core);
        const Problem& problem = planted.problem;
        PeaksFirst peaks(problem, 2);
        const Bytes unit = peaks.unit();
        const auto check = [&](Bytes aim, const PeaksFirst::Attempt& attempt) {
            if (attempt.result == Result::fits) CHECK(aim >= planted.optimum);
            if (attempt.result == Result::impossible) CHECK(aim < planted.optimum);
            if (attempt.packing.offsets.empty()) return;
            CHECK_FALSE(find_conflict(problem, attempt.packing));
            if (attempt.result == Result::fits) CHECK(attempt.packing.height <= aim);
        };
        for (const Bytes aim : {max_load(problem), planted.optimum - unit, planted.optimum,
                                planted.optimum + unit, planted.optimum + planted.optimum}) {
            constexpr std::size_t kEffort = 200;
            check(aim, peaks.attempt(aim, kEffort, {}));
            const auto whole = peaks.attempt_exact(aim, kEffort, {});
            check(aim, whole);
            impossible += whole.result == Result::impossible ? 1 : 0;
            if (aim >= planted.optimum) CHECK(whole.result == Result::fits);
        }
    }
    CHECK(impossible > 0);
}

TEST_CASE("a round that repeats is planned once and laid out again and again") {
    std::mt19937_64 random(5);
    const testing::Planted core = testing::planted_cores(random, 1).front();
    Problem problem;
    constexpr std::uint64_t kRounds = 5000;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
        for (Block block : core.problem.blocks) {
            block.life.lower.value += 100 * round;
            block.life.upper.value += 100 * round;
            problem.blocks.push_back(block);
        }
    }
    PeaksFirst peaks(problem, 1);
    const auto attempt = peaks.attempt_exact(core.optimum, 1000, {});
    REQUIRE(attempt.result == Result::fits);
    CHECK_FALSE(find_conflict(problem, attempt.packing));
    const std::size_t size = core.problem.blocks.size();
    for (std::size_t i = size; i < problem.blocks.size(); ++i) {
        REQUIRE(attempt.packing.offsets[i] == attempt.packing.offsets[i - size]);
    }
    CHECK(peaks.attempt_exact(core.optimum - peaks.unit(), 1000, {}).result == Result::impossible);
}

TEST_CASE("an aim below the max load is impossible at once") {
    std::mt19937_64 random(4);
    const Problem problem = testing::random_problem(random, {.blocks = 50, .moments = 20, .max_size = 100});
    PeaksFirst peaks(problem, 1);
    const auto attempt = peaks.attempt(max_load(problem) - Bytes{1}, 1, {});
    CHECK(attempt.result == PeaksFirst::Result::impossible);
}

}  // namespace
}  // namespace memo::planner
