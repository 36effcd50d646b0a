// The search for problems that are not plain is right about what fits, says `impossible` only where brute
// force agrees, and knows when it may; and the solver around it keeps every promise of its packings.
#include "planner/general_search.h"

#include "planner/general_greedy.h"
#include "planner/general_solve.h"
#include "planner/verifier.h"
#include "tests/planner/brute_force.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <numeric>

namespace memo::planner {
namespace {

constexpr testing::Options kOneArena{.arenas = false};
// Aliases would leave few items.
constexpr testing::Options kManyItems{.aliases = false, .arenas = false};

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

Packing packing_of(const Problem& problem, const std::vector<Item>& items, const std::vector<Offset>& offsets,
                   Bytes height) {
    Packing packing{std::vector<Offset>(problem.blocks.size()), height};
    for (std::size_t item = 0; item < items.size(); ++item) {
        for (const std::uint32_t member : items[item].members) packing.offsets[member] = offsets[item];
    }
    return packing;
}

testing::Shape small_shape(std::mt19937_64& random, int round) {
    return {testing::draw(random, 1, 7), testing::draw(random, 3, 9), 7, round % 2 == 0};
}

std::vector<std::uint32_t> shuffled(std::mt19937_64& random, std::size_t count) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t k = count; k > 1; --k) std::swap(order[k - 1], order[testing::draw(random, 0, k - 1)]);
    return order;
}

// The right answer at every capacity from below the bound to above the least height, and how many capacities
// were refuted that the bound allows.
int check_every_capacity(const Problem& problem, std::mt19937_64& random) {
    const auto least = testing::least_height(problem);
    REQUIRE(least);
    const std::vector<Item> items = make_items(problem);
    const Bytes bound = GeneralSearch::bound(items);
    REQUIRE(bound <= *least);
    REQUIRE(bound >= max_load(problem));
    for (std::uint64_t capacity = bound.value - 1; capacity <= least->value + 2; ++capacity) {
        const bool fits = capacity >= least->value;
        GeneralSearch search(items, {capacity}, testing::once_in(random, 2) ? 10 : 2);
        // Short runs leave failed states behind for the last one.
        for (const bool last : {false, false, true}) {
            const std::vector<std::uint32_t> order = shuffled(random, items.size());
            const auto rule = static_cast<SectionRule>(testing::draw(random, 0, kSectionRules - 1));
            const std::uint64_t limit = last ? UINT64_MAX : testing::draw(random, 1, 12);
            const SearchResult result = search.run({order, rule, limit});
            if (last || result != SearchResult::stopped) {
                REQUIRE(result == (fits ? SearchResult::found : SearchResult::impossible));
            }
            if (result == SearchResult::found) {
                REQUIRE(testing::valid_by_definition(
                    problem, packing_of(problem, items, search.offsets(), {capacity})));
            }
        }
    }
    return static_cast<int>((*least - bound).value);
}

TEST_CASE("the search finds a packing of mixed problems if and only if there is one") {
    std::mt19937_64 random(51);
    int refuted = 0;
    for (int round = 0; round < 6000; ++round) {
        refuted += check_every_capacity(testing::mixed_problem(random, small_shape(random, round), kOneArena),
                                        random);
    }
    CHECK(refuted > 100);
}

// Blocks that live throughout, and at each moment keep a range of their own: crowded, and interlocking.
Problem jagged_problem(std::mt19937_64& random) {
    Problem problem;
    const std::uint64_t moments = testing::draw(random, 2, 5);
    const std::uint64_t size = testing::draw(random, 2, 6);
    for (std::uint64_t blocks = testing::draw(random, 3, 6); blocks != 0; --blocks) {
        const std::uint64_t alignment = testing::once_in(random, 6) ? 2 : 1;
        problem.blocks.push_back(block(size, 0, moments, alignment));
        auto& gaps = problem.gaps.emplace_back();
        for (std::uint64_t moment = 0; moment < moments; ++moment) {
            const std::uint64_t begin = testing::once_in(random, 3) ? 0 : testing::draw(random, 0, size - 1);
            const std::uint64_t end = testing::draw(random, begin, size);
            gaps.push_back({{{moment}, {moment + 1}}, {begin}, {end}});
        }
    }
    return problem;
}

TEST_CASE("the search finds a packing of blocks that interlock if and only if there is one") {
    std::mt19937_64 random(58);
    int refuted = 0;
    for (int round = 0; round < 10000; ++round) {
        refuted += check_every_capacity(jagged_problem(random), random);
    }
    CHECK(refuted > 1000);
}

// What holds of every result, whatever ended it.
void check_result(const Problem& problem, const GeneralResult& result, Bytes least) {
    REQUIRE(testing::valid_by_definition(problem, result.packing));
    REQUIRE_FALSE(find_conflict(problem, result.packing));
    REQUIRE(result.packing.height >= least);
    REQUIRE(result.lower_bound <= least);
    REQUIRE(result.lower_bound >= max_load(problem));
    REQUIRE((result.name == "exact" || result.name == "hill-climb" || find_strategy(result.name) != nullptr));
    Offset top;
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        top = std::max(top, result.packing.offsets[b] + problem.blocks[b].size);
    }
    REQUIRE(result.packing.height == top - Offset{});
}

TEST_CASE("solving mixed problems ends at the least height, proven") {
    std::mt19937_64 random(53);
    for (int round = 0; round < 2000; ++round) {
        const Problem problem = testing::mixed_problem(random, small_shape(random, round), kOneArena);
        const Bytes least = *testing::least_height(problem);
        Bytes height{UINT64_MAX};
        Bytes bound;
        const auto progress = [&](Bytes now, Bytes lower, std::string_view) {
            REQUIRE((now < height || (now == height && lower > bound)));
            REQUIRE(lower >= bound);
            height = now;
            bound = lower;
        };
        const GeneralResult result = solve_general(problem, std::nullopt, {}, progress);
        check_result(problem, result, least);
        REQUIRE(result.packing.height <= height);
        REQUIRE(result.lower_bound == bound);
        REQUIRE(result.packing.height == least);
        REQUIRE(result.lower_bound == least);
    }
}

TEST_CASE("a capacity is decided exactly") {
    std::mt19937_64 random(54);
    for (int round = 0; round < 1000; ++round) {
        const Problem problem = testing::mixed_problem(random, small_shape(random, round), kOneArena);
        const Bytes least = *testing::least_height(problem);
        const Bytes capacity{least.value + testing::draw(random, 0, 4) -
                             std::min<std::uint64_t>(least.value, 2)};
        const GeneralResult result = solve_general(problem, capacity, {});
        check_result(problem, result, least);
        REQUIRE((result.packing.height <= capacity) == (least <= capacity));
        REQUIRE((result.lower_bound > capacity) == (least > capacity));
    }
}

// The same problem to whoever knows it: some blocks cut in two that share an alias, some with a smaller
// companion of the same alias, two fixed where the packing has them, all with a gap that keeps everything.
Problem disguised(std::mt19937_64& random, const Problem& plain, const Packing& packing) {
    Problem problem;
    const auto add = [&](Bytes size, Lifetime life, std::uint32_t alias, std::optional<Offset> fixed) {
        problem.blocks.push_back({size, {1}, life});
        problem.aliases.push_back(alias);
        problem.fixed.push_back(fixed);
        problem.gaps.push_back({{life, {0}, Offset{} + size}});
    };
    const std::size_t fixed_blocks[] = {random() % plain.blocks.size(), random() % plain.blocks.size()};
    for (std::uint32_t b = 0; b < plain.blocks.size(); ++b) {
        const auto& [size, alignment, life] = plain.blocks[b];
        const bool is_fixed = b == fixed_blocks[0] || b == fixed_blocks[1];
        const auto fixed = is_fixed ? std::optional(packing.offsets[b]) : std::nullopt;
        const EventIndex middle{testing::draw(random, life.lower.value, life.upper.value)};
        const bool can_cut = life.lower < middle && middle < life.upper;
        if (can_cut && testing::once_in(random, 3)) {
            add(size, {life.lower, middle}, b, fixed);
            add(size, {middle, life.upper}, b, fixed);
        } else {
            add(size, life, b, fixed);
            if (can_cut) add({testing::draw(random, 1, size.value)}, {middle, life.upper}, b, fixed);
        }
    }
    return problem;
}

TEST_CASE("planted optima above the max load are found and proven, in whatever disguise") {
    std::mt19937_64 random(55);
    int proven = 0;
    int disguises = 0;
    for (const auto& core : testing::planted_cores(random, 60)) {
        for (int k = 0; k < 5; ++k) {
            const auto planted = testing::enlarged(random, core);
            const GeneralResult plain = solve_general(planted.problem, std::nullopt, {});
            check_result(planted.problem, plain, planted.optimum);
            REQUIRE(plain.packing.height == planted.optimum);
            REQUIRE(plain.lower_bound == planted.optimum);

            const Problem problem = disguised(random, planted.problem, plain.packing);
            REQUIRE_FALSE(validate(problem));
            const GeneralResult result = solve_general(problem, planted.optimum, {});
            check_result(problem, result, planted.optimum);
            REQUIRE(result.packing.height == planted.optimum);
            // Now and then a fixed block makes the proof that there is nothing lower long.
            const std::vector<Item> items = make_items(problem);
            GeneralSearch search(items, planted.optimum - Bytes{1});
            const auto order = shuffled(random, items.size());
            const SearchResult lower = search.run({order, SectionRule::fewest, 20'000});
            REQUIRE(lower != SearchResult::found);
            proven += lower == SearchResult::impossible ? 1 : 0;
            ++disguises;
        }
    }
    CHECK(disguises == 300);
    CHECK(proven > 280);
}

TEST_CASE("the same seed gives the same packing, and a run without time a valid one") {
    std::mt19937_64 random(56);
    const std::atomic<bool> stop = true;
    for (const std::size_t blocks : {0U, 1U, 30U, 310U}) {
        const Problem problem = testing::mixed_problem(random, {blocks, 60, 40, true}, kManyItems);
        if (blocks == 310) {
            REQUIRE(solve_general(problem, std::nullopt, {.seed = 7}).packing ==
                    solve_general(problem, std::nullopt, {.seed = 7}).packing);
        }
        const GeneralResult hurried = solve_general(problem, std::nullopt, {.stop = &stop});
        REQUIRE(testing::valid_by_definition(problem, hurried.packing));
        REQUIRE(hurried.lower_bound <= hurried.packing.height);
    }
}

TEST_CASE("local search alone packs many items lower than greedy") {
    std::mt19937_64 random(57);
    int lower = 0;
    for (int round = 0; round < 2; ++round) {
        const Problem problem = testing::mixed_problem(random, {320, 80, 60, true}, kManyItems);
        Bytes greedy{UINT64_MAX};
        for (const Order order : {Order::size, Order::lifetime, Order::area, Order::birth, Order::breadth}) {
            greedy = std::min(greedy, place_general(problem, order).height);
        }
        const GeneralResult result = solve_general(problem, std::nullopt, {});
        REQUIRE_FALSE(find_conflict(problem, result.packing));
        REQUIRE(result.packing.height <= greedy);
        lower += result.packing.height < greedy ? 1 : 0;
    }
    CHECK(lower == 2);
}

TEST_CASE("hints are followed where they cost no height") {
    Problem problem{{block(4, 0, 9), block(4, 0, 9), block(2, 10, 12)}, {}};
    problem.hints = {Offset{4}, std::nullopt, Offset{5}};
    CHECK(solve_general(problem, std::nullopt, {}).packing == Packing{{{4}, {0}, {5}}, {8}});
    problem.hints = {Offset{6}, std::nullopt, Offset{7}};  // too high
    CHECK(solve_general(problem, std::nullopt, {}).packing.height == Bytes{8});
}

TEST_CASE("the unit is what all sizes and places share, and alignments where they matter") {
    Problem problem{{block(12, 0, 9, 4), block(18, 0, 9)}, {}};
    CHECK(item_unit(make_items(problem)) == Bytes{2});  // 6, which 4 does not divide
    problem.blocks[0].alignment = {3};
    CHECK(item_unit(make_items(problem)) == Bytes{6});
    problem.fixed = {std::nullopt, Offset{15}};
    CHECK(item_unit(make_items(problem)) == Bytes{3});
    problem.gaps = {{}, {{{{1}, {2}}, {1}, {4}}}};
    CHECK(item_unit(make_items(problem)) == Bytes{1});
    CHECK(item_unit({}) == Bytes{1});
}

TEST_CASE("what is fixed leaves too little room above it, and holes that nothing fits in") {
    Problem problem{{block(3, 0, 2), block(5, 0, 2)}, {}};
    problem.fixed = {Offset{3}, std::nullopt};
    CHECK(GeneralSearch::bound(make_items(problem)) == Bytes{11});
    problem.fixed = {Offset{5}, std::nullopt};
    CHECK(GeneralSearch::bound(make_items(problem)) == Bytes{8});
    problem.fixed = {Offset{20}, std::nullopt};
    CHECK(GeneralSearch::bound(make_items(problem)) == Bytes{23});
}

}  // namespace
}  // namespace memo::planner
