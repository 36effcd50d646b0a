// The climb never ends above its start, often below it, and in the same place for the same seed.
#include "planner/hill_climb.h"

#include "planner/greedy.h"
#include "tests/planner/every_order.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>

namespace memo::planner {
namespace {

Bytes greedy_height(const Problem& problem) {
    return place_in_order(problem, placement_order(problem, Order::size), GapRule::first).height;
}

TEST_CASE("climbing from greedy by size ends lower, and on small problems mostly at the optimum") {
    const bool aligned = GENERATE(false, true);
    std::mt19937_64 random(41);
    int improvable = 0;
    int improved = 0;
    int optimal = 0;
    for (int round = 0; round < 500; ++round) {
        const Problem problem =
            testing::random_problem(random, {6, testing::draw(random, 3, 12), 9, aligned});
        const Packing packing = hill_climb(problem, {});
        const Bytes start = greedy_height(problem);
        const Bytes lowest = testing::lowest_of_every_order(problem);
        INFO("round " << round);
        REQUIRE(testing::valid_by_definition(problem, packing));
        REQUIRE(packing.height <= start);
        REQUIRE(packing.height >= lowest);
        if (start == lowest) continue;
        ++improvable;
        improved += packing.height < start ? 1 : 0;
        optimal += packing.height == lowest ? 1 : 0;
    }
    REQUIRE(improvable > 0);
    CHECK(improved > 0);
    CHECK(2 * optimal > improvable);
}

TEST_CASE("a climb depends on its seed, and on nothing else") {
    std::mt19937_64 random(42);
    const Problem problem = testing::random_problem(random, {80, 40, 100});
    Budget budget;
    bool seeds_differ = false;
    for (budget.seed = 1; budget.seed <= 5; ++budget.seed) {
        const Packing packing = hill_climb(problem, budget);
        CHECK(testing::valid_by_definition(problem, packing));
        CHECK(packing == hill_climb(problem, budget));
        seeds_differ = seeds_differ || packing != hill_climb(problem, {});
    }
    CHECK(seeds_differ);
}

TEST_CASE("a climb without time, or told to stop, is greedy by size") {
    std::mt19937_64 random(43);
    const Problem problem = testing::random_problem(random, {60, 30, 100});
    Budget spent;
    spent.deadline = std::chrono::steady_clock::now();
    CHECK(hill_climb(problem, spent).height == greedy_height(problem));
    const std::atomic<bool> stop = true;
    Budget stopped;
    stopped.stop = &stop;
    CHECK(hill_climb(problem, stopped).height == greedy_height(problem));
}

}  // namespace
}  // namespace memo::planner
