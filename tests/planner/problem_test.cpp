// Validity of problems, the max load, and the loads it is made of.
#include "planner/problem.h"

#include "planner/loads.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

std::string complaint(const Problem& problem) {
    const auto error = validate(problem);
    return error ? error->message : "";
}

Bytes load_at(const Problem& problem, std::uint64_t moment) {
    Bytes load;
    for (const Block& b : problem.blocks) {
        if (b.life.lower.value <= moment && moment < b.life.upper.value) load += b.size;
    }
    return load;
}

TEST_CASE("a valid problem draws no complaint") {
    CHECK(complaint({}).empty());
    CHECK(complaint({{block(1, 0, 1), block(2, 0, 5, 3)}, {}}).empty());
    CHECK(complaint({{block(1, 0, 1), block(2, 0, 5)}, {"a", "b"}}).empty());
}

TEST_CASE("the complaint names the block and what is wrong with it") {
    CHECK(complaint({{block(1, 0, 1), block(1, 4, 4)}, {}}) == "block 1: its lifetime [4, 4) is empty");
    CHECK(complaint({{block(1, 5, 4)}, {"x"}}) == "block 0 \"x\": its lifetime [5, 4) is empty");
    CHECK(complaint({{block(0, 0, 1)}, {}}) == "block 0: its size is 0");
    CHECK(complaint({{block(1, 0, 1, 0)}, {}}) == "block 0: its alignment is 0");
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1)}, {"a"}}) == "1 ids for 2 blocks");
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1), block(1, 0, 1)}, {"a", "b", "a"}}) ==
          "block 2 \"a\": the id is that of block 0 too");
}

TEST_CASE("sums that a height could overflow are refused at the exact byte") {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 62;
    const std::string expected = "block 1: the sizes so far add up to more than 2^63 - 1 bytes";
    CHECK(complaint({{block(kHalf, 0, 1), block(kHalf - 1, 2, 3)}, {}}).empty());
    CHECK(complaint({{block(kHalf, 0, 1), block(kHalf, 2, 3)}, {}}) == expected);
    CHECK(complaint({{block(kHalf, 0, 1), block(1, 0, 1, kHalf - 1)}, {}}).empty());
    CHECK(complaint({{block(kHalf, 0, 1), block(1, 0, 1, kHalf)}, {}}) == expected);
    CHECK(complaint({{block(1, 0, 1), block(UINT64_MAX, 0, 1)}, {}}) == expected);
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1, UINT64_MAX)}, {}}) == expected);
}

TEST_CASE("max load counts what lives together, half-open") {
    CHECK(max_load({}) == Bytes{0});
    CHECK(max_load({{block(3, 0, 5), block(4, 5, 9)}, {}}) == Bytes{4});
    CHECK(max_load({{block(3, 0, 6), block(4, 5, 9)}, {}}) == Bytes{7});
    CHECK(max_load({{block(3, 2, 6), block(4, 2, 3), block(5, 3, 4)}, {}}) == Bytes{8});
}

TEST_CASE("max load and peak loads agree with a look at every moment") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t blocks = testing::draw(random, 1, 30);
        const std::uint64_t moments = testing::draw(random, 1, 40);
        const Problem problem = testing::random_problem(random, {blocks, moments, 100, false});
        Bytes peak;
        for (std::uint64_t moment = 0; moment < moments; ++moment) {
            peak = std::max(peak, load_at(problem, moment));
        }
        REQUIRE(max_load(problem) == peak);

        const std::vector<Bytes> peaks = peak_loads(problem);
        REQUIRE(peaks.size() == blocks);
        for (std::size_t b = 0; b < blocks; ++b) {
            const Lifetime& life = problem.blocks[b].life;
            Bytes own;
            for (std::uint64_t moment = life.lower.value; moment < life.upper.value; ++moment) {
                own = std::max(own, load_at(problem, moment));
            }
            REQUIRE(peaks[b] == own);
        }
    }
}

}  // namespace
}  // namespace memo::planner
