// Whatever the options, the greedy packings of items are valid by definition and no lower than the bounds;
// and on plain problems they are those of the plain greedy.
#include "planner/general_greedy.h"

#include "planner/verifier.h"
#include "tests/planner/brute_force.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::planner {
namespace {

constexpr Order kOrders[] = {Order::size, Order::lifetime, Order::area, Order::birth, Order::breadth};

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

Bytes highest_end(const Problem& problem, const Packing& packing) {
    Offset top;
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        top = std::max(top, packing.offsets[b] + problem.blocks[b].size);
    }
    return top - Offset{};
}

TEST_CASE("every order, gap rule and use of hints gives a valid packing of mixed problems") {
    std::mt19937_64 random(41);
    for (int round = 0; round < 3000; ++round) {
        const Problem problem = testing::mixed_problem(
            random, {testing::draw(random, 1, 12), testing::draw(random, 1, 12), 9, round % 2 == 0});
        REQUIRE_FALSE(validate(problem));
        const Bytes load = max_load(problem);
        for (const Order order : kOrders) {
            for (const GapRule rule : {GapRule::first, GapRule::best}) {
                const auto hints = round % 3 == 0 ? std::optional<Bytes>{{20}} : std::nullopt;
                const Packing packing = place_general(problem, order, {rule, hints});
                REQUIRE(testing::valid_by_definition(problem, packing));
                REQUIRE_FALSE(find_conflict(problem, packing));
                REQUIRE(packing.height == highest_end(problem, packing));
                REQUIRE(packing.height >= load);
            }
        }
    }
}

TEST_CASE("no packing is below the least height, and the max load is not above it") {
    std::mt19937_64 random(42);
    int optimal = 0;
    int above_load = 0;
    for (int round = 0; round < 2000; ++round) {
        const Problem problem =
            testing::mixed_problem(random, {testing::draw(random, 1, 6), 8, 7, round % 2 == 0});
        const auto least = testing::least_height(problem);
        REQUIRE(least);
        REQUIRE(max_load(problem) <= *least);
        above_load += max_load(problem) < *least ? 1 : 0;
        Bytes best{UINT64_MAX};
        for (const Order order : kOrders) best = std::min(best, place_general(problem, order).height);
        REQUIRE(best >= *least);
        optimal += best == *least ? 1 : 0;
    }
    CHECK(optimal > 1000);
    CHECK(above_load > 100);
}

TEST_CASE("on plain problems the packings are those of the plain greedy") {
    std::mt19937_64 random(43);
    for (int round = 0; round < 500; ++round) {
        const Problem problem =
            testing::random_problem(random, {testing::draw(random, 1, 40), 30, 50, round % 2 == 0});
        for (const Order order : kOrders) {
            const auto blocks = placement_order(problem, order);
            const auto items = make_items(problem);
            REQUIRE(item_order(items, order) == blocks);
            for (const GapRule rule : {GapRule::first, GapRule::best}) {
                REQUIRE(place_items(items, blocks, {rule, {}}) == place_in_order(problem, blocks, rule));
            }
        }
    }
}

TEST_CASE("a block slips into the gap of another, and under what it keeps") {
    Problem problem{{block(8, 0, 9), block(8, 3, 5), block(4, 6, 7)}, {}};
    problem.gaps = {{{{{3}, {5}}, {0}, {0}}, {{{6}, {7}}, {4}, {8}}}, {}, {}};
    CHECK(place_general(problem, Order::size) == Packing{{{0}, {0}, {0}}, {8}});
}

TEST_CASE("a hint is followed where it is free, aligned and low enough") {
    Problem problem{{block(4, 0, 9), block(4, 0, 9, 4)}, {}};
    const auto with_hints = [&](std::optional<Offset> first, std::optional<Offset> second,
                                std::uint64_t below) {
        problem.hints = {first, second};
        return place_general(problem, Order::birth, {GapRule::first, Bytes{below}}).offsets;
    };
    using Offsets = std::vector<Offset>;
    CHECK(with_hints(Offset{4}, {}, 8) == Offsets{{4}, {0}});
    CHECK(with_hints(Offset{5}, {}, 8) == Offsets{{0}, {4}});   // too high
    CHECK(with_hints({}, Offset{6}, 16) == Offsets{{0}, {4}});  // not aligned
    CHECK(with_hints({}, Offset{0}, 16) == Offsets{{0}, {4}});  // taken
    CHECK(with_hints(Offset{UINT64_MAX}, Offset{8}, 12) == Offsets{{0}, {8}});
    CHECK(place_general(problem, Order::birth).offsets == Offsets{{0}, {4}});  // hints not asked for
}

TEST_CASE("planted problems are valid, above their max load, and no packing is below their optimum") {
    std::mt19937_64 random(44);
    for (const auto& core : testing::planted_cores(random, 40)) {
        REQUIRE(max_load(core.problem) < core.optimum);
        for (int k = 0; k < 20; ++k) {
            const auto planted = testing::enlarged(random, core);
            REQUIRE_FALSE(validate(planted.problem));
            REQUIRE(max_load(planted.problem) < planted.optimum);
            for (const Order order : kOrders) {
                REQUIRE(place_general(planted.problem, order).height >= planted.optimum);
            }
        }
    }
}

}  // namespace
}  // namespace memo::planner
