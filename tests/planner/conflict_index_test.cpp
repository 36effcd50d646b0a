// The conflict index gives exactly the placed blocks that live at the same time.
#include "planner/conflict_index.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

namespace memo::planner {
namespace {

std::vector<std::uint32_t> answers(const ConflictIndex& index, const Lifetime& life) {
    std::vector<std::uint32_t> found;
    index.for_each_overlapping(life, [&](std::uint32_t block) { found.push_back(block); });
    std::sort(found.begin(), found.end());
    return found;
}

TEST_CASE("an index with nothing placed answers nothing") {
    CHECK(answers(ConflictIndex({}), {{0}, {9}}).empty());
    const std::vector<Block> blocks{{{1}, {1}, {{0}, {9}}}};
    CHECK(answers(ConflictIndex(blocks), {{0}, {9}}).empty());
}

TEST_CASE("the index answers like a look at all placed blocks") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 300; ++round) {
        const std::size_t count = testing::draw(random, 1, 40);
        const Problem problem =
            testing::random_problem(random, {count, testing::draw(random, 1, 60), 8, false});
        std::vector<std::uint32_t> order(count);
        std::iota(order.begin(), order.end(), 0U);
        std::shuffle(order.begin(), order.end(), random);

        ConflictIndex index(problem.blocks);
        std::vector<std::uint32_t> placed;
        for (const std::uint32_t next : order) {
            const Lifetime& life = problem.blocks[next].life;
            std::vector<std::uint32_t> expected;
            for (const std::uint32_t other : placed) {
                if (problem.blocks[other].life.overlaps(life)) expected.push_back(other);
            }
            std::sort(expected.begin(), expected.end());
            REQUIRE(answers(index, life) == expected);
            index.place(next);
            placed.push_back(next);
        }
    }
}

}  // namespace
}  // namespace memo::planner
