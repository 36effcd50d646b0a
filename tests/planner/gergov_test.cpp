// The claims that Gergov's bound is made of, each checked from its definition on random problems.
#include "planner/gergov.h"

#include "planner/verifier.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

namespace memo::planner {
namespace {

using testing::draw;

// Mixes of long and short, large and small, from a handful of blocks to a hundred.
Problem varied_problem(std::mt19937_64& random) {
    const std::uint64_t moments = draw(random, 2, 60);
    Problem problem = testing::random_problem(random, {draw(random, 1, 100), moments, draw(random, 1, 50)});
    for (Block& block : problem.blocks) {
        const std::uint64_t longest = draw(random, 0, 2) == 0 ? moments : 5;
        const std::uint64_t length = block.life.upper.value - block.life.lower.value;
        block.life.upper = {block.life.lower.value + std::min(length, longest)};
    }
    return problem;
}

bool share_a_byte(const Problem& problem, const TwoAllocation& raw, std::size_t a, std::size_t b) {
    const auto& blocks = problem.blocks;
    return blocks[a].life.overlaps(blocks[b].life) && raw.offsets[a] < raw.offsets[b] + blocks[b].size &&
           raw.offsets[b] < raw.offsets[a] + blocks[a].size;
}

TEST_CASE("a 2-allocation is no higher than the max load, and no byte has three owners") {
    std::mt19937_64 random(21);
    int shared = 0;
    for (int round = 0; round < 1500; ++round) {
        const Problem problem = varied_problem(random);
        const TwoAllocation raw = two_allocation(problem);
        INFO("round " << round);
        const std::uint64_t load = max_load(problem).value;
        std::vector<std::vector<int>> owners(60, std::vector<int>(load, 0));
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            const auto& [size, alignment, life] = problem.blocks[b];
            REQUIRE(raw.offsets[b].value + size.value <= load);
            for (std::uint64_t moment = life.lower.value; moment < life.upper.value; ++moment) {
                for (std::uint64_t byte = 0; byte < size.value; ++byte) {
                    const int now = ++owners[moment][raw.offsets[b].value + byte];
                    if (now > 2) FAIL("three owners");
                    shared += now == 2 ? 1 : 0;
                }
            }
        }
    }
    CHECK(shared > 0);  // else a 2-allocation is not put to the test
}

TEST_CASE("three colours tell all blocks apart that share a byte") {
    std::mt19937_64 random(22);
    int third_colours = 0;
    for (int round = 0; round < 3000; ++round) {
        const Problem problem = varied_problem(random);
        const TwoAllocation raw = two_allocation(problem);
        for (std::size_t a = 0; a < problem.blocks.size(); ++a) {
            INFO("round " << round << ", block " << a);
            REQUIRE(raw.colours[a] <= 2);
            third_colours += raw.colours[a] == 2 ? 1 : 0;
            for (std::size_t b = 0; b < a; ++b) {
                if (raw.colours[a] == raw.colours[b]) REQUIRE_FALSE(share_a_byte(problem, raw, a, b));
            }
        }
    }
    CHECK(third_colours > 0);
}

TEST_CASE("Gergov's plan is valid, within its bands, and at most three times the max load") {
    const std::uint64_t alignment = GENERATE(1U, 16U);
    std::mt19937_64 random(23);
    int above_load = 0;
    for (int round = 0; round < 2000; ++round) {
        Problem problem = varied_problem(random);
        Problem rounded = problem;
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            problem.blocks[b].alignment = {alignment};
            rounded.blocks[b].size = {round_up(problem.blocks[b].size.value, alignment)};
        }
        const Packing packing = gergov(problem);
        const TwoAllocation raw = two_allocation(problem);
        const std::uint64_t load = max_load(rounded).value;
        INFO("round " << round);
        REQUIRE(testing::valid_by_definition(problem, packing));
        REQUIRE(packing.height.value <= 3 * load);
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            REQUIRE(packing.offsets[b].value <= raw.colours[b] * load + raw.offsets[b].value);
        }
        above_load += packing.height.value > load ? 1 : 0;
    }
    CHECK(above_load > 0);
}

TEST_CASE("Gergov's plan keeps mixed alignments") {
    std::mt19937_64 random(24);
    for (int round = 0; round < 1000; ++round) {
        const Problem problem =
            testing::random_problem(random, {draw(random, 0, 30), draw(random, 2, 20), 30, true});
        REQUIRE(testing::valid_by_definition(problem, gergov(problem)));
    }
}

TEST_CASE("thousands of blocks stay within three times the max load") {
    std::mt19937_64 random(25);
    const Problem problem = testing::random_problem(random, {5000, 3000, 100'000});
    const Packing packing = gergov(problem);
    CHECK_FALSE(find_conflict(problem, packing));
    CHECK(packing.height.value <= 3 * max_load(problem).value);
}

}  // namespace
}  // namespace memo::planner
