// Greedy placement in chunks of time is valid wherever the cuts fall, keeps what is placed, and does not
// depend on the number of threads or on what was asked before.
#include "planner/chunked_fit.h"

#include "planner/greedy.h"
#include "planner/verifier.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace memo::planner {
namespace {

Packing as_packing(const Problem& problem, const std::vector<Offset>& offsets) {
    Packing packing{offsets, {}};
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        packing.height = std::max(packing.height, offsets[i] + problem.blocks[i].size - Offset{});
    }
    return packing;
}

TEST_CASE("chunks of any size give a valid packing, around what is placed already", "[threads]") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        const Problem problem = testing::random_problem(
            random, {.blocks = 150, .moments = 120, .max_size = 50, .aligned = round % 2 == 0});
        ChunkedFit fit(problem, 1, testing::draw(random, 10, 60));
        ChunkedFit parallel(problem, 3, 30);
        ChunkedFit alone(problem, 1, 30);
        PartialOffsets placed(problem.blocks.size());
        for (int again = 0; again < 4; ++again) {
            const std::vector<Offset> offsets = fit.complete(placed);
            const auto conflict = find_conflict(problem, as_packing(problem, offsets));
            INFO((conflict ? conflict->message : ""));
            REQUIRE_FALSE(conflict);
            for (std::size_t i = 0; i < placed.size(); ++i) {
                if (placed[i]) REQUIRE(offsets[i] == *placed[i]);
            }
            REQUIRE(parallel.complete(placed) == alone.complete(placed));
            ChunkedFit fresh(problem, 1, 30);
            REQUIRE(fresh.complete(placed) == alone.complete(placed));
            // Some of what is there now stays, moved up out of everyone's way.
            for (std::size_t i = 0; i < placed.size(); ++i) {
                placed[i].reset();
                if (testing::draw(random, 0, 9) == 0) placed[i] = Offset{offsets[i].value + 24000};
            }
        }
    }
}

TEST_CASE("one chunk is greedy-by-size") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 50; ++round) {
        const Problem problem =
            testing::random_problem(random, {.blocks = 60, .moments = 40, .max_size = 50});
        ChunkedFit fit(problem);
        const Packing greedy = place_in_order(problem, placement_order(problem, Order::size), GapRule::first);
        CHECK(fit.complete(PartialOffsets(problem.blocks.size())) == greedy.offsets);
    }
}

}  // namespace
}  // namespace memo::planner
