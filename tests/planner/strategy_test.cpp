// Every strategy of the table gives a valid packing between the optimum and the sum of all sizes, or says why
// it cannot; and what the greedy ones mean by their orders and gaps.
#include "planner/strategy.h"

#include "planner/greedy.h"
#include "planner/verifier.h"
#include "tests/planner/every_order.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

Problem problem_of(std::vector<Block> blocks) {
    Problem problem;
    problem.blocks = std::move(blocks);
    return problem;
}

// All but the one that needs a program from outside, and about as much time for one problem as the others for
// a thousand: it has tests of its own.
std::vector<Strategy> quick_strategies() {
    std::vector<Strategy> quick;
    for (const Strategy& strategy : strategies()) {
        if (strategy.name != "mip") quick.push_back(strategy);
    }
    return quick;
}

Packing placed(const Problem& problem, const Strategy& strategy) {
    auto packing = strategy.place(problem, {});
    INFO(strategy.name << (packing ? "" : ": " + packing.error()));
    REQUIRE(packing.ok());
    return *std::move(packing);
}

Packing placed(const Problem& problem, std::string_view name) {
    const Strategy* strategy = find_strategy(name);
    REQUIRE(strategy != nullptr);
    return placed(problem, *strategy);
}

TEST_CASE("the table has the strategies of the literature by their names") {
    std::set<std::string_view> names;
    for (const Strategy& strategy : strategies()) {
        CHECK(names.insert(strategy.name).second);
        CHECK(find_strategy(strategy.name) == &strategy);
        CHECK_FALSE(strategy.summary.empty());
    }
    CHECK(names ==
          std::set<std::string_view>{"bump", "linear-scan", "linear-scan-best", "greedy-by-size",
                                     "greedy-by-size-best", "greedy-by-lifetime", "greedy-by-lifetime-best",
                                     "greedy-by-breadth", "greedy-by-breadth-best", "greedy-by-area",
                                     "greedy-by-area-best", "gergov", "mincost-flow", "mip", "hill-climb"});
    CHECK(find_strategy("magic") == nullptr);
}

TEST_CASE("every strategy is valid and never below the optimum") {
    const bool aligned = GENERATE(false, true);
    std::mt19937_64 random(aligned ? 3 : 4);
    std::set<std::string_view> suboptimal;
    for (int round = 0; round < 400; ++round) {
        const testing::Shape shape{testing::draw(random, 1, 6), testing::draw(random, 2, 12), 9, aligned};
        const Problem problem = testing::random_problem(random, shape);
        const Bytes lowest = testing::lowest_of_every_order(problem);
        for (const Strategy& strategy : quick_strategies()) {
            const Packing packing = placed(problem, strategy);
            INFO("round " << round << ", " << strategy.name);
            REQUIRE(testing::valid_by_definition(problem, packing));
            REQUIRE_FALSE(find_conflict(problem, packing));
            REQUIRE(packing.height >= lowest);
            if (packing.height > lowest) suboptimal.insert(strategy.name);
        }
    }
    CHECK(suboptimal.count("bump") == 1);  // else these problems are too easy to tell anything
    CHECK(suboptimal.size() > 5);
}

TEST_CASE("every strategy is valid on larger crowds, and does the same twice") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 4; ++round) {
        const Problem problem = testing::random_problem(random, {150, 80, 1000, round % 2 == 0});
        for (const Strategy& strategy : quick_strategies()) {
            const Packing packing = placed(problem, strategy);
            INFO("round " << round << ", " << strategy.name);
            REQUIRE(testing::valid_by_definition(problem, packing));
            Bytes highest;
            for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
                highest = std::max(highest, Bytes{packing.offsets[b].value} + problem.blocks[b].size);
            }
            REQUIRE(packing.height == highest);
            REQUIRE(placed(problem, strategy) == packing);
        }
    }
}

TEST_CASE("first takes the lowest gap that fits, best the smallest") {
    // Three walls leave gaps of 6 and 4 bytes below the last block of 3.
    const Problem problem = problem_of(
        {block(2, 0, 9), block(6, 0, 1), block(2, 0, 9), block(4, 0, 1), block(2, 0, 9), block(3, 2, 9)});
    const std::vector<std::uint32_t> as_given{0, 1, 2, 3, 4, 5};
    CHECK(place_in_order(problem, as_given, GapRule::first).offsets[5] == Offset{2});
    CHECK(place_in_order(problem, as_given, GapRule::best).offsets[5] == Offset{10});
    CHECK(place_in_order(problem, as_given, GapRule::best).height == Bytes{16});
}

TEST_CASE("a gap counts only from its first aligned byte") {
    // The gap [2, 8) has 4 bytes from the first multiple of 4 on.
    const auto with_size = [](std::uint64_t size) {
        return problem_of({block(2, 0, 9), block(6, 0, 1), block(2, 0, 9), block(size, 2, 9, 4)});
    };
    const std::vector<std::uint32_t> as_given{0, 1, 2, 3};
    for (const GapRule rule : {GapRule::first, GapRule::best}) {
        CHECK(place_in_order(with_size(4), as_given, rule).offsets[3] == Offset{4});
        CHECK(place_in_order(with_size(5), as_given, rule).offsets[3] == Offset{12});
    }
}

TEST_CASE("orders sort by what they are named after, and by index at last") {
    const Problem problem = problem_of({block(4, 5, 6), block(4, 0, 3), block(9, 1, 2), block(4, 5, 6)});
    CHECK(placement_order(problem, Order::size) == std::vector<std::uint32_t>{2, 1, 0, 3});
    CHECK(placement_order(problem, Order::lifetime) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::area) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::birth) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::breadth) == std::vector<std::uint32_t>{2, 1, 0, 3});
}

TEST_CASE("bump gives every block its own aligned bytes") {
    const Packing packing = placed(problem_of({block(3, 0, 1), block(5, 2, 3, 8), block(1, 4, 5)}), "bump");
    CHECK(packing.offsets == std::vector<Offset>{{0}, {8}, {13}});
    CHECK(packing.height == Bytes{14});
}

TEST_CASE("a problem without blocks has a plan of height 0") {
    for (const Strategy& strategy : strategies()) CHECK(placed({}, strategy).height == Bytes{0});
}

TEST_CASE("sizes close to the bound neither wrap nor collide") {
    constexpr std::uint64_t kThird = INT64_MAX / 3;
    const Problem problem = problem_of({block(kThird, 0, 9), block(kThird, 0, 9), block(kThird, 0, 9)});
    for (const Strategy& strategy : quick_strategies()) {
        const Packing packing = placed(problem, strategy);
        CHECK(packing.height == Bytes{3 * kThird});
        CHECK(testing::valid_by_definition(problem, packing));
    }
}

TEST_CASE("strategies for plain problems say what they cannot place") {
    const Problem plain = problem_of({block(3, 0, 2), block(5, 1, 3)});
    Problem fixed = plain;
    fixed.fixed = {Offset{0}, std::nullopt};
    Problem aliased = plain;
    aliased.aliases = {0, 0};
    Problem with_gap = plain;
    with_gap.gaps = {{{{{0}, {1}}, {0}, {0}}}, {}};
    Problem two_arenas = plain;
    two_arenas.arena_of = {0, 1};
    two_arenas.arenas = {"fast", "slow"};
    for (const std::string name : {"bump", "gergov", "mincost-flow", "mip", "hill-climb"}) {
        const auto refusal = [&](const Problem& problem) {
            const auto packing = find_strategy(name)->place(problem, {});
            return packing ? "placed" : packing.error();
        };
        CHECK(refusal(fixed) == name + " cannot place fixed offsets");
        CHECK(refusal(aliased) == name + " cannot place aliases");
        CHECK(refusal(with_gap) == name + " cannot place gaps");
        CHECK(refusal(two_arenas) == name + " cannot place blocks of several arenas");
    }
}

}  // namespace
}  // namespace memo::planner
