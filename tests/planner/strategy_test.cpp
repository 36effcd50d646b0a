// Every strategy gives a valid packing between the optimum and the sum of all sizes, and says the truth about
// it.
#include "planner/strategy.h"

#include "planner/greedy.h"
#include "planner/verifier.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <optional>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

// The lowest height there is, by exhaustion. Take an optimal packing and drop its blocks in the order of
// their offsets, each onto the highest end of those before it that live with it: none ends up higher than it
// was. So the best of all orders is optimal.
Bytes optimum(const Problem& problem) {
    std::vector<std::uint32_t> order(problem.blocks.size());
    std::iota(order.begin(), order.end(), 0U);
    std::optional<Bytes> lowest;
    do {
        const auto& blocks = problem.blocks;
        std::vector<std::uint64_t> offsets(blocks.size());
        std::uint64_t height = 0;
        for (std::size_t k = 0; k < order.size(); ++k) {
            const Block& next = blocks[order[k]];
            std::uint64_t offset = 0;
            for (std::size_t j = 0; j < k; ++j) {
                const Block& below = blocks[order[j]];
                const bool both_live =
                    next.life.lower < below.life.upper && below.life.lower < next.life.upper;
                if (both_live) offset = std::max(offset, offsets[order[j]] + below.size.value);
            }
            while (offset % next.alignment.value != 0) ++offset;
            offsets[order[k]] = offset;
            height = std::max(height, offset + next.size.value);
        }
        if (!lowest || Bytes{height} < *lowest) lowest = Bytes{height};
    } while (std::next_permutation(order.begin(), order.end()));
    return *lowest;
}

Outcome solved(const Problem& problem, std::string_view strategy) {
    auto outcome = solve(problem, strategy);
    INFO(strategy);
    REQUIRE(outcome.ok());
    return *std::move(outcome);
}

TEST_CASE("every strategy is valid and never below the optimum; best is the lowest of them") {
    const bool aligned = GENERATE(false, true);
    std::mt19937_64 random(aligned ? 3 : 4);
    int worse_than_optimal = 0;
    for (int round = 0; round < 400; ++round) {
        const testing::Shape shape{testing::draw(random, 1, 6), testing::draw(random, 2, 12), 9, aligned};
        const Problem problem = testing::random_problem(random, shape);
        const Bytes lowest = optimum(problem);
        Bytes lowest_of_all{UINT64_MAX};
        for (const Strategy& strategy : strategies()) {
            const Outcome outcome = solved(problem, strategy.name);
            INFO("round " << round << ", " << strategy.name);
            REQUIRE(testing::valid_by_definition(problem, outcome.packing));
            REQUIRE_FALSE(find_conflict(problem, outcome.packing));
            REQUIRE(outcome.strategy == strategy.name);
            REQUIRE(outcome.height == outcome.packing.height);
            REQUIRE(outcome.height >= lowest);
            REQUIRE(outcome.max_load == max_load(problem));
            REQUIRE(outcome.proven_optimal == (outcome.height == outcome.max_load));
            lowest_of_all = std::min(lowest_of_all, outcome.height);
            if (outcome.height > lowest) ++worse_than_optimal;
        }
        const Outcome best = solved(problem, kBestStrategy);
        REQUIRE(testing::valid_by_definition(problem, best.packing));
        REQUIRE(best.height == lowest_of_all);
        REQUIRE(best.packing == solved(problem, best.strategy).packing);
    }
    CHECK(worse_than_optimal > 0);  // else these problems are too easy to tell anything
}

TEST_CASE("every strategy is valid on larger crowds") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 30; ++round) {
        const Problem problem = testing::random_problem(random, {200, 80, 1000, round % 2 == 0});
        for (const Strategy& strategy : strategies()) {
            const Packing packing = strategy.place(problem);
            INFO("round " << round << ", " << strategy.name);
            REQUIRE(testing::valid_by_definition(problem, packing));
            Bytes highest;
            for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
                highest = std::max(highest, Bytes{packing.offsets[b].value} + problem.blocks[b].size);
            }
            REQUIRE(packing.height == highest);
            REQUIRE(strategy.place(problem) == packing);
        }
    }
}

TEST_CASE("first takes the lowest gap that fits, best the smallest") {
    // Three walls leave gaps of 6 and 4 bytes below the last block of 3.
    const Problem problem{
        {block(2, 0, 9), block(6, 0, 1), block(2, 0, 9), block(4, 0, 1), block(2, 0, 9), block(3, 2, 9)}, {}};
    const std::vector<std::uint32_t> as_given{0, 1, 2, 3, 4, 5};
    CHECK(place_in_order(problem, as_given, GapRule::first).offsets[5] == Offset{2});
    CHECK(place_in_order(problem, as_given, GapRule::best).offsets[5] == Offset{10});
    CHECK(place_in_order(problem, as_given, GapRule::best).height == Bytes{16});
}

TEST_CASE("a gap counts only from its first aligned byte") {
    // The gap [2, 8) has 4 bytes from the first multiple of 4 on.
    const auto with_size = [](std::uint64_t size) {
        return Problem{{block(2, 0, 9), block(6, 0, 1), block(2, 0, 9), block(size, 2, 9, 4)}, {}};
    };
    const std::vector<std::uint32_t> as_given{0, 1, 2, 3};
    for (const GapRule rule : {GapRule::first, GapRule::best}) {
        CHECK(place_in_order(with_size(4), as_given, rule).offsets[3] == Offset{4});
        CHECK(place_in_order(with_size(5), as_given, rule).offsets[3] == Offset{12});
    }
}

TEST_CASE("orders sort by what they are named after, and by index at last") {
    const Problem problem{{block(4, 5, 6), block(4, 0, 3), block(9, 1, 2), block(4, 5, 6)}, {}};
    CHECK(placement_order(problem, Order::size) == std::vector<std::uint32_t>{2, 1, 0, 3});
    CHECK(placement_order(problem, Order::lifetime) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::area) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::birth) == std::vector<std::uint32_t>{1, 2, 0, 3});
    CHECK(placement_order(problem, Order::breadth) == std::vector<std::uint32_t>{2, 1, 0, 3});
}

TEST_CASE("bump gives every block its own aligned bytes") {
    const Outcome outcome = solved({{block(3, 0, 1), block(5, 2, 3, 8), block(1, 4, 5)}, {}}, "bump");
    CHECK(outcome.packing.offsets == std::vector<Offset>{{0}, {8}, {13}});
    CHECK(outcome.height == Bytes{14});
    CHECK(outcome.max_load == Bytes{5});
    CHECK(outcome.gap == Approx(9.0 / 5.0));
    CHECK_FALSE(outcome.proven_optimal);
}

TEST_CASE("a problem without blocks has a plan of height 0") {
    for (const Strategy& strategy : strategies()) {
        const Outcome outcome = solved({}, strategy.name);
        CHECK(outcome.height == Bytes{0});
        CHECK(outcome.gap == 0.0);
        CHECK(outcome.proven_optimal);
    }
    CHECK(solved({}, kBestStrategy).proven_optimal);
}

TEST_CASE("sizes close to the bound neither wrap nor collide") {
    constexpr std::uint64_t kThird = INT64_MAX / 3;
    const Problem problem{{block(kThird, 0, 9), block(kThird, 0, 9), block(kThird, 0, 9)}, {}};
    for (const Strategy& strategy : strategies()) {
        const Outcome outcome = solved(problem, strategy.name);
        CHECK(outcome.height == Bytes{3 * kThird});
        CHECK(testing::valid_by_definition(problem, outcome.packing));
    }
}

TEST_CASE("solve refuses what it cannot solve in one line") {
    const auto unknown = solve({}, "magic");
    REQUIRE_FALSE(unknown.ok());
    CHECK(
        unknown.error() ==
        "unknown strategy 'magic'; there are best, greedy-by-size, greedy-by-size-best, greedy-by-lifetime, "
        "greedy-by-lifetime-best, greedy-by-area, greedy-by-area-best, greedy-by-breadth, "
        "greedy-by-breadth-best, "
        "greedy-by-birth, greedy-by-birth-best, bump");
    const auto invalid = solve({{block(0, 0, 1)}, {}}, "bump");
    REQUIRE_FALSE(invalid.ok());
    CHECK(invalid.error() == "block 0: its size is 0");
}

}  // namespace
}  // namespace memo::planner
