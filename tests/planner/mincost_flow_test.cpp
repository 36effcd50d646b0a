// Shared objects: valid, real objects, and as cheap as the cheapest assignment by exhaustion.
#include "planner/mincost_flow.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

namespace memo::planner {
namespace {

// The least that handing objects on can cost, over all ways to do it: block `next` takes a new object, or the
// one of a block that is dead by then and has no heir yet. Blocks are in order of birth.
std::uint64_t cheapest(const std::vector<Block>& blocks, std::vector<bool>& given, std::size_t next) {
    if (next == blocks.size()) return 0;
    const std::uint64_t size = blocks[next].size.value;
    std::uint64_t least = size + cheapest(blocks, given, next + 1);
    for (std::size_t giver = 0; giver < next; ++giver) {
        if (given[giver] || blocks[giver].life.upper > blocks[next].life.lower) continue;
        given[giver] = true;
        const std::uint64_t growth = size - std::min(size, blocks[giver].size.value);
        least = std::min(least, growth + cheapest(blocks, given, next + 1));
        given[giver] = false;
    }
    return least;
}

Packing flow_of(const Problem& problem) {
    auto packing = mincost_flow(problem, {});
    REQUIRE(packing.ok());
    return *std::move(packing);
}

TEST_CASE("objects cost no more than the cheapest assignment") {
    std::mt19937_64 random(31);
    int shared = 0;
    for (int round = 0; round < 2000; ++round) {
        Problem problem =
            testing::random_problem(random, {testing::draw(random, 1, 8), testing::draw(random, 3, 16), 9});
        for (Block& block : problem.blocks) {
            block.life.upper = {std::min(block.life.upper.value, block.life.lower.value + 4)};
        }
        auto& blocks = problem.blocks;
        std::sort(blocks.begin(), blocks.end(),
                  [](const Block& a, const Block& b) { return a.life.lower < b.life.lower; });
        const Packing packing = flow_of(problem);
        INFO("round " << round);
        REQUIRE(testing::valid_by_definition(problem, packing));
        std::vector<bool> given(blocks.size(), false);
        REQUIRE(packing.height.value <= cheapest(blocks, given, 0));
        REQUIRE(packing.height >= max_load(problem));
        // Blocks that share bytes are in one object: at alignment 1 they begin together.
        for (std::size_t a = 0; a < blocks.size(); ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                const bool share = packing.offsets[a] < packing.offsets[b] + blocks[b].size &&
                                   packing.offsets[b] < packing.offsets[a] + blocks[a].size;
                if (!share) continue;
                REQUIRE(packing.offsets[a] == packing.offsets[b]);
                ++shared;
            }
        }
    }
    CHECK(shared > 0);
}

TEST_CASE("an earlier hand-over is taken back where that is cheaper") {
    // In order of birth, 9 bytes are first handed to the block of 8, then wanted by the one of 9: the 8 bytes
    // of another that is dead by now suit the first as well.
    Problem problem;
    problem.blocks = {
        {{9}, {1}, {{0}, {1}}}, {{8}, {1}, {{0}, {1}}}, {{8}, {1}, {{1}, {3}}}, {{9}, {1}, {{2}, {3}}}};
    const Packing packing = flow_of(problem);
    CHECK(packing.height == Bytes{17});
    CHECK(packing.offsets[2] == packing.offsets[1]);
    CHECK(packing.offsets[3] == packing.offsets[0]);
}

TEST_CASE("blocks of one object keep their own alignments") {
    std::mt19937_64 random(32);
    for (int round = 0; round < 1000; ++round) {
        const Problem problem = testing::random_problem(random, {testing::draw(random, 0, 40), 30, 50, true});
        REQUIRE(testing::valid_by_definition(problem, flow_of(problem)));
    }
}

TEST_CASE("without time every block has an object of its own") {
    std::mt19937_64 random(33);
    const Problem problem = testing::random_problem(random, {20, 50, 9});
    Budget spent;
    spent.deadline = std::chrono::steady_clock::now();
    const auto packing = mincost_flow(problem, spent);
    REQUIRE(packing.ok());
    CHECK(testing::valid_by_definition(problem, *packing));
    std::uint64_t sum = 0;
    for (const Block& block : problem.blocks) sum += block.size.value;
    CHECK(packing->height == Bytes{sum});
}

TEST_CASE("sizes close to the bound do not overflow the flow's sums") {
    constexpr std::uint64_t kHuge = INT64_MAX / 3;
    Problem problem;
    problem.blocks = {{{kHuge}, {1}, {{0}, {1}}}, {{kHuge - 5}, {1}, {{1}, {2}}}, {{kHuge}, {1}, {{2}, {3}}}};
    CHECK(flow_of(problem).height == Bytes{kHuge});
}

TEST_CASE("too many blocks are refused in one line") {
    std::mt19937_64 random(34);
    const auto packing = mincost_flow(testing::random_problem(random, {2001, 5000, 9}), {});
    REQUIRE_FALSE(packing.ok());
    CHECK(packing.error() == "mincost-flow takes at most 2000 blocks, and this problem has 2001");
}

}  // namespace
}  // namespace memo::planner
