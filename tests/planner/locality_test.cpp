// The metric of locality is what its definition says, byte by byte; improving it keeps what a plan must keep.
#include "planner/locality.h"

#include "planner/greedy.h"
#include "planner/verifier.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace memo::planner {
namespace {

Problem problem_of(std::vector<Block> blocks) {
    return {std::move(blocks), {}};
}

bool born_before(const Problem& problem, std::size_t a, std::size_t b) {
    return std::pair(problem.blocks[a].life.lower, a) < std::pair(problem.blocks[b].life.lower, b);
}

// Bytes requested from a moment on, before a block is born.
std::uint64_t requested(const Problem& problem, EventIndex since, std::size_t until) {
    std::uint64_t sum = 0;
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        if (problem.blocks[b].life.lower >= since && born_before(problem, b, until)) {
            sum += problem.blocks[b].size.value;
        }
    }
    return sum;
}

std::vector<std::size_t> in_order_of_birth(const Problem& problem) {
    std::vector<std::size_t> order(problem.blocks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return born_before(problem, a, b); });
    return order;
}

double aliased_by_definition(const Problem& problem, const Packing& packing) {
    double aliased = 0;
    double all = 0;
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        std::vector<std::size_t> living;
        for (const std::size_t other : in_order_of_birth(problem)) {
            if (born_before(problem, other, b) &&
                problem.blocks[other].life.upper > problem.blocks[b].life.lower) {
                living.push_back(other);
            }
        }
        for (std::size_t i = living.size() - std::min<std::size_t>(living.size(), 4); i < living.size();
             ++i) {
            const auto weight = static_cast<double>(
                std::min(problem.blocks[b].size.value, problem.blocks[living[i]].size.value));
            const std::uint64_t here = packing.offsets[b].value % 4096;
            const std::uint64_t there = packing.offsets[living[i]].value % 4096;
            const std::uint64_t apart = std::max(here, there) - std::min(here, there);
            all += weight;
            if (apart < 64 || apart > 4096 - 64) aliased += weight;
        }
    }
    return all == 0 ? 0 : aliased / all;
}

Locality locality_by_definition(const Problem& problem, const Packing& packing) {
    std::vector<std::size_t> last(packing.height.value, SIZE_MAX);
    std::uint64_t total = 0;
    for (const Block& block : problem.blocks) total += block.size.value;
    const auto cold = [](std::uint64_t distance) {
        return std::log2(1 + static_cast<double>(distance) / 32768);
    };
    Locality locality;
    double reused = 0;
    for (const std::size_t b : in_order_of_birth(problem)) {
        std::vector<std::uint64_t> distances(problem.blocks.size());
        for (std::size_t other = 0; other < problem.blocks.size(); ++other) {
            distances[other] = requested(problem, problem.blocks[other].life.upper, b);
        }
        for (std::uint64_t byte = 0; byte < problem.blocks[b].size.value; ++byte) {
            std::size_t& occupant = last[packing.offsets[b].value + byte];
            if (occupant == SIZE_MAX) {
                locality.fresh += Bytes{1};
                locality.coldness += cold(total);
            } else {
                reused += 1;
                locality.reuse_distance += static_cast<double>(distances[occupant]);
                locality.coldness += cold(distances[occupant]);
            }
            occupant = b;
        }
    }
    if (reused > 0) locality.reuse_distance /= reused;
    if (total > 0) locality.coldness /= static_cast<double>(total);
    locality.aliased = aliased_by_definition(problem, packing);
    return locality;
}

// Some valid packing, good or bad.
Packing some_packing(std::mt19937_64& random, const Problem& problem) {
    constexpr Order kOrders[] = {Order::size, Order::lifetime, Order::area, Order::birth, Order::breadth};
    if (testing::once_in(random, 4)) return bump(problem);
    return place_in_order(problem, placement_order(problem, kOrders[testing::draw(random, 0, 4)]),
                          testing::once_in(random, 2) ? GapRule::first : GapRule::best);
}

void check_same(const Locality& measured, const Locality& expected) {
    CHECK(measured.fresh == expected.fresh);
    CHECK(measured.reuse_distance == Approx(expected.reuse_distance).epsilon(1e-9));
    CHECK(measured.coldness == Approx(expected.coldness).epsilon(1e-9));
    CHECK(measured.aliased == Approx(expected.aliased).epsilon(1e-9));
}

TEST_CASE("no blocks have no distance, and nothing to improve") {
    const Problem none;
    CHECK(measure_locality(none, {}) == Locality{});
    CHECK(improve_locality(none, {}, {}) == Packing{});
}

TEST_CASE("the reuse distance is what was requested since the bytes were freed") {
    // 100 bytes die at 2; 7 are requested at 2 and 30 at 3 before 60 of the 100 are used again, next to 10
    // fresh ones.
    const Problem problem = problem_of(
        {{{100}, {1}, {{0}, {2}}}, {{7}, {1}, {{2}, {9}}}, {{30}, {1}, {{3}, {9}}}, {{70}, {1}, {{4}, {9}}}});
    const Packing packing{{{0}, {200}, {207}, {40}}, {237}};
    const Locality locality = measure_locality(problem, packing);
    CHECK(locality.reuse_distance == 37);
    CHECK(locality.fresh == Bytes{100 + 7 + 30 + 10});
}

TEST_CASE("bytes taken by the first block born after a death are as near as can be") {
    const Problem problem = problem_of({{{8}, {1}, {{0}, {5}}}, {{8}, {1}, {{5}, {6}}}});
    const Locality locality = measure_locality(problem, {{{0}, {0}}, {8}});
    CHECK(locality.reuse_distance == 0);
    CHECK(locality.fresh == Bytes{8});
}

TEST_CASE("blocks alive together alias where their offsets agree modulo a page, within a line") {
    const Problem problem = problem_of({{{8192}, {1}, {{0}, {9}}}, {{4096}, {1}, {{1}, {9}}}});
    const auto aliased = [&](std::uint64_t offset) {
        return measure_locality(problem, {{{10'000}, {offset}}, {30'000}}).aliased;
    };
    CHECK(aliased(10'000 + 8192) == 1);
    CHECK(aliased(10'000 + 8192 + 63) == 1);
    CHECK(aliased(10'000 + 8192 + 64) == 0);
    CHECK(aliased(10'000 - 4096 - 63) == 1);
    CHECK(aliased(10'000 - 4096 - 64) == 0);
}

TEST_CASE("the metric is that of the definition, byte by byte") {
    std::mt19937_64 random(61);
    for (int round = 0; round < 400; ++round) {
        const Problem problem = testing::random_problem(
            random, {testing::draw(random, 1, 14), 12, round % 4 == 0 ? std::uint64_t{3000} : 9, true});
        const Packing packing = some_packing(random, problem);
        check_same(measure_locality(problem, packing), locality_by_definition(problem, packing));
    }
}

TEST_CASE("improving keeps a packing valid, as low as it was, and no colder") {
    std::mt19937_64 random(62);
    int improved_some = 0;
    for (int round = 0; round < 600; ++round) {
        const Problem problem =
            testing::random_problem(random, {testing::draw(random, 1, 40), testing::draw(random, 2, 40),
                                             round % 2 == 0 ? std::uint64_t{20'000} : 12, true});
        Packing packing = some_packing(random, problem);
        const Bytes highest_end = packing.height;
        if (testing::once_in(random, 3)) packing.height += Bytes{5000};  // room that is not to be used
        const Packing improved = improve_locality(problem, packing, {});
        REQUIRE(testing::valid_by_definition(problem, improved));
        REQUIRE((improved == packing || improved.height <= highest_end));
        const double before = locality_cost(measure_locality(problem, packing));
        const double after = locality_cost(measure_locality(problem, improved));
        REQUIRE(after <= before);
        REQUIRE((after < before || improved == packing));
        REQUIRE(improve_locality(problem, packing, {}) == improved);
        if (after < before) ++improved_some;
    }
    CHECK(improved_some > 300);
}

TEST_CASE("no other place of any one block is better than the place it is improved to") {
    std::mt19937_64 random(64);
    for (int round = 0; round < 300; ++round) {
        const Problem problem = testing::random_problem(random, {testing::draw(random, 1, 9), 14, 10, true});
        const Packing improved = improve_locality(problem, some_packing(random, problem), {});
        const double cost = locality_cost(measure_locality(problem, improved));
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            Packing other = improved;
            for (std::uint64_t offset = 0; offset < improved.height.value; ++offset) {
                other.offsets[b] = {offset};
                if (!testing::valid_by_definition(problem, other)) continue;
                REQUIRE(locality_cost(measure_locality(problem, other)) >= cost - 1e-9);
            }
        }
    }
}

TEST_CASE("improving holds its promises where it does not look at every block") {
    std::mt19937_64 random(63);
    const Problem problem = testing::random_problem(random, {1'500, 700, 5'000, true});
    const Packing packing = place_in_order(problem, placement_order(problem, Order::area), GapRule::first);
    const Packing improved = improve_locality(problem, packing, {});
    CHECK_FALSE(find_conflict(problem, improved));
    CHECK(improved.height <= packing.height);
    CHECK(locality_cost(measure_locality(problem, improved)) <
          locality_cost(measure_locality(problem, packing)));
}

TEST_CASE("a block moves to the bytes freed last") {
    // Blocks 0 and 1 die early and late; block 2 lies where block 0 was. Block 3 holds the height.
    const Problem problem = problem_of({{{40'000}, {16}, {{0}, {1}}},
                                        {{40'000}, {16}, {{1}, {3}}},
                                        {{40'000}, {16}, {{3}, {4}}},
                                        {{80'000}, {16}, {{2}, {3}}}});
    const Packing packing{{{0}, {40'000}, {0}, {80'000}}, {160'000}};
    const Packing improved = improve_locality(problem, packing, {});
    CHECK(measure_locality(problem, packing).reuse_distance == 120'000);
    CHECK(measure_locality(problem, improved).reuse_distance < 120'000);
    CHECK(locality_cost(measure_locality(problem, improved)) <
          locality_cost(measure_locality(problem, packing)));
}

TEST_CASE("blocks of whole pages move apart by lines where there is room") {
    const Problem problem =
        problem_of({{{8192}, {64}, {{0}, {4}}}, {{8192}, {64}, {{1}, {4}}}, {{20'480}, {64}, {{4}, {5}}}});
    const Packing packing{{{0}, {8192}, {0}}, {20'480}};
    CHECK(measure_locality(problem, packing).aliased == 1);
    const Packing improved = improve_locality(problem, packing, {});
    CHECK(improved.height == packing.height);
    CHECK(measure_locality(problem, improved).aliased == 0);
}

TEST_CASE("a block that lies at its hint stays there") {
    Problem problem =
        problem_of({{{8192}, {64}, {{0}, {4}}}, {{8192}, {64}, {{1}, {4}}}, {{20'480}, {64}, {{4}, {5}}}});
    problem.hints = {{Offset{0}}, {Offset{8192}}, {Offset{0}}};
    const Packing packing{{{0}, {8192}, {0}}, {20'480}};
    CHECK(improve_locality(problem, packing, {}) == packing);
}

TEST_CASE("without time, or with too many blocks, the packing stays as it is") {
    const Problem problem =
        problem_of({{{8192}, {64}, {{0}, {4}}}, {{8192}, {64}, {{1}, {4}}}, {{20'480}, {64}, {{4}, {5}}}});
    const Packing packing{{{0}, {8192}, {0}}, {20'480}};
    Budget none;
    none.deadline = std::chrono::steady_clock::time_point::min();
    CHECK(improve_locality(problem, packing, none) == packing);

    Problem many = problem;
    Packing places = packing;
    many.blocks.resize(kMaxImproved + 1, {{1}, {1}, {{5}, {6}}});
    for (std::uint64_t i = 0; places.offsets.size() < many.blocks.size(); ++i) places.offsets.push_back({i});
    places.height = Bytes{many.blocks.size()};
    CHECK(improve_locality(many, places, {}) == places);
}

}  // namespace
}  // namespace memo::planner
