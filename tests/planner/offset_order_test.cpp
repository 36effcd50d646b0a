// Whatever is marked is walked from the bottom to the top, once, whether it was placed lately or long ago.
#include "planner/offset_order.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <random>

namespace memo::planner {
namespace {

using Range = std::pair<std::uint64_t, std::uint64_t>;

std::vector<Range> walked(OffsetOrder& order) {
    std::vector<Range> ranges;
    order.walk([&](const Extent& extent) {
        ranges.emplace_back(extent.begin.value, extent.end.value);
        return true;
    });
    return ranges;
}

TEST_CASE("a walk without marks visits nothing") {
    OffsetOrder none(0);
    CHECK(walked(none).empty());
    OffsetOrder one(1);
    one.place(0, {{5}, {6}});
    CHECK(walked(one).empty());
}

TEST_CASE("a walk that stops early leaves no marks behind") {
    constexpr std::uint32_t kBlocks = 500;  // more than wait unranked
    OffsetOrder order(kBlocks);
    for (std::uint32_t b = 0; b < kBlocks; ++b) order.place(b, {{kBlocks - b}, {kBlocks}});
    for (const std::size_t stop : {std::size_t{1}, std::size_t{7}, std::size_t{450}}) {
        for (std::uint32_t b = 0; b < kBlocks; ++b) order.mark(b);
        std::size_t visits = 0;
        order.walk([&](const Extent& extent) {
            CHECK(extent.begin.value == ++visits);
            return visits < stop;
        });
        CHECK(visits == stop);
        CHECK(walked(order).empty());
    }
}

TEST_CASE("walks are sorted at every stage of filling") {
    std::mt19937_64 random(10);
    for (const std::uint32_t blocks : {1U, 2U, 63U, 64U, 65U, 300U, 5000U}) {
        OffsetOrder order(blocks);
        std::vector<Range> ranges(blocks);
        std::vector<std::uint32_t> sequence(blocks);
        std::iota(sequence.begin(), sequence.end(), 0U);
        std::shuffle(sequence.begin(), sequence.end(), random);
        for (std::uint32_t placed = 0; placed < blocks; ++placed) {
            // Every begin is different, so that the order is defined.
            const std::uint64_t begin = sequence[placed] * std::uint64_t{10} + testing::draw(random, 0, 9);
            ranges[sequence[placed]] = {begin, begin + testing::draw(random, 1, 100)};
            order.place(sequence[placed], {{begin}, {ranges[sequence[placed]].second}});
            if (blocks > 300 && placed % 50 != 0) continue;

            std::vector<Range> expected;
            for (std::uint32_t b = 0; b <= placed; ++b) {
                if (testing::draw(random, 0, 2) != 0) continue;
                order.mark(sequence[b]);
                expected.push_back(ranges[sequence[b]]);
            }
            std::sort(expected.begin(), expected.end());
            REQUIRE(walked(order) == expected);
        }
    }
}

}  // namespace
}  // namespace memo::planner
