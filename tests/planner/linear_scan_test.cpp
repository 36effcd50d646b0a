// Linear scan gives what the greedy placement in order of birth gives, from a free list alone.
#include "planner/linear_scan.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

namespace memo::planner {
namespace {

Problem problem_of(std::vector<Block> blocks) {
    Problem problem;
    problem.blocks = std::move(blocks);
    return problem;
}

TEST_CASE("linear scan is greedy placement in order of birth") {
    const GapRule rule = GENERATE(GapRule::first, GapRule::best);
    const bool aligned = GENERATE(false, true);
    std::mt19937_64 random(11);
    for (int round = 0; round < 2000; ++round) {
        const testing::Shape shape{testing::draw(random, 0, 40), testing::draw(random, 2, 30),
                                   testing::draw(random, 1, 200), aligned};
        Problem problem = testing::random_problem(random, shape);
        // One alignment for all, or multiples of one, have a way of their own.
        if (round % 4 == 1) {
            for (Block& block : problem.blocks) block.alignment = {block.alignment.value * 6};
        }
        const Packing packing = linear_scan(problem, rule);
        INFO("round " << round);
        REQUIRE(testing::valid_by_definition(problem, packing));
        REQUIRE(packing == place_in_order(problem, placement_order(problem, Order::birth), rule));
    }
}

TEST_CASE("and so it is in a crowd with sizes of all magnitudes") {
    const GapRule rule = GENERATE(GapRule::first, GapRule::best);
    std::mt19937_64 random(12);
    Problem problem = testing::random_problem(random, {3000, 500, 1, true});
    for (Block& block : problem.blocks) block.size = {1 + random() % (1ULL << testing::draw(random, 0, 40))};
    CHECK(linear_scan(problem, rule) ==
          place_in_order(problem, placement_order(problem, Order::birth), rule));
}

TEST_CASE("gaps that meet become one") {
    // Three neighbours die in the order left, right, middle; what comes then needs all of their bytes.
    const Problem problem = problem_of({{{8}, {1}, {{0}, {5}}},
                                        {{7}, {1}, {{0}, {7}}},
                                        {{6}, {1}, {{0}, {6}}},
                                        {{5}, {1}, {{0}, {9}}},
                                        {{21}, {1}, {{7}, {9}}}});
    for (const GapRule rule : {GapRule::first, GapRule::best}) {
        const Packing packing = linear_scan(problem, rule);
        CHECK(packing.offsets == std::vector<Offset>{{0}, {8}, {15}, {21}, {0}});
        CHECK(packing.height == Bytes{26});
    }
}

TEST_CASE("the smallest gap is measured from its first aligned byte") {
    // At moment 2 the gaps are [0, 10) and [13, 20). Of the second, 4 bytes at a multiple of 4, 5 or 7 can
    // have 4, 5 or 6; at a multiple of 9 they do not fit there. Of the first they can have 10.
    const auto with_alignment = [](std::uint64_t alignment) {
        return linear_scan(problem_of({{{10}, {1}, {{0}, {2}}},
                                       {{3}, {1}, {{0}, {9}}},
                                       {{7}, {1}, {{1}, {2}}},
                                       {{1}, {1}, {{1}, {9}}},
                                       {{4}, {alignment}, {{2}, {9}}}}),
                           GapRule::best);
    };
    CHECK(with_alignment(4).offsets == std::vector<Offset>{{0}, {10}, {13}, {20}, {16}});
    CHECK(with_alignment(5).offsets[4] == Offset{15});
    CHECK(with_alignment(7).offsets[4] == Offset{14});
    CHECK(with_alignment(9).offsets[4] == Offset{0});
}

}  // namespace
}  // namespace memo::planner
