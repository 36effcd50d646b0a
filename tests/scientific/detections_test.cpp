// Overlap, pruning against brute force, and the size distribution.
#include "scientific/imaging/detections.h"

#include "scientific/dog/histogram.h"
#include "scientific/imaging/latencies.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numbers>
#include <random>

using namespace memo::imaging;

namespace {

[[nodiscard]] Blob disc(float x, float y, float radius, float response = 1) {
    return {x, y, 0, radius, response};
}

// Counts the points of a fine raster that both discs hold.
[[nodiscard]] double counted_overlap(const Blob& a, const Blob& b) {
    const Blob& small = a.radius < b.radius ? a : b;
    int in_small = 0;
    int in_both = 0;
    const auto within = [](const Blob& blob, double x, double y) {
        return (x - blob.x) * (x - blob.x) + (y - blob.y) * (y - blob.y) < blob.radius * blob.radius;
    };
    for (double y = small.y - small.radius; y < small.y + small.radius; y += 0.02) {
        for (double x = small.x - small.radius; x < small.x + small.radius; x += 0.02) {
            if (!within(small, x, y)) continue;
            ++in_small;
            in_both += within(a, x, y) && within(b, x, y) ? 1 : 0;
        }
    }
    return static_cast<double>(in_both) / in_small;
}

}  // namespace

TEST_CASE("the normalised overlap is the share of the smaller disc") {
    CHECK(normalised_overlap(disc(0, 0, 2), disc(5, 0, 3)) == 0);
    CHECK(normalised_overlap(disc(0, 0, 5), disc(1, 1, 2)) == 1);
    CHECK(normalised_overlap(disc(4, 4, 3), disc(4, 4, 3)) == 1);
    const std::pair<Blob, Blob> pairs[] = {{disc(0, 0, 3), disc(2, 1, 3)},
                                           {disc(0, 0, 4), disc(4, 0, 1)},
                                           {disc(0, 0, 5), disc(3.5F, 0, 2)},
                                           {disc(1, 0, 2), disc(0, 3.5F, 2)}};
    for (const auto& [a, b] : pairs) {
        CHECK(normalised_overlap(a, b) == Approx(counted_overlap(a, b)).margin(0.01));
        CHECK(normalised_overlap(a, b) == Approx(normalised_overlap(b, a)));
    }
}

TEST_CASE("pruning keeps what brute force keeps") {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> place(0, 300);
    std::uniform_real_distribution<float> radius(2, 30);
    std::uniform_int_distribution<int> response(1, 20);  // many equal ones
    for (int round = 0; round < 10; ++round) {
        std::vector<Blob> blobs;
        for (int i = 0; i < 300; ++i) {
            blobs.push_back(
                disc(place(random), place(random), radius(random), static_cast<float>(response(random))));
        }
        std::vector<Blob> sorted = blobs;
        std::stable_sort(sorted.begin(), sorted.end(), [](const Blob& a, const Blob& b) {
            return a.response != b.response ? a.response > b.response : a.radius > b.radius;
        });
        std::vector<Blob> expected;
        for (const Blob& blob : sorted) {
            const bool hidden = std::any_of(expected.begin(), expected.end(), [&](const Blob& kept) {
                return normalised_overlap(kept, blob) > 0.5;
            });
            if (!hidden) expected.push_back(blob);
        }
        const std::vector<Blob> kept = pruned(blobs, 0.5);
        REQUIRE(kept.size() == expected.size());
        CHECK(kept.size() < blobs.size());
        for (std::size_t i = 0; i < kept.size(); ++i) {
            CHECK(kept[i].x == expected[i].x);
            CHECK(kept[i].y == expected[i].y);
        }
    }
    CHECK(pruned({}, 0.5).empty());
}

TEST_CASE("the paper's radius is sqrt(2) sigma, and the refined one becomes it for fine steps") {
    Scales scales;
    const Maximum top{10, 20, 12, 0.3F, 0.29F, 0.29F};
    const Blob paper = blob_of(top, scales, 1.0, RadiusRule::paper);
    CHECK(paper.radius == Approx(std::numbers::sqrt2 * scales.sigma(12)));
    CHECK(paper.x == 10);
    CHECK(paper.y == 20);
    scales.n_bin = 100000;
    const Maximum fine{0, 0, 50000, 0.3F, 0.29F, 0.29F};
    CHECK(blob_of(fine, scales, 0.0, RadiusRule::refined).radius ==
          Approx(std::numbers::sqrt2 * scales.sigma(50000)).epsilon(1e-4));
}

TEST_CASE("the histogram counts every droplet once, and volumes are those of spheres") {
    memo::dog::Histogram histogram(0, 10, 5);
    histogram.add({disc(0, 0, 1), disc(0, 0, 2), disc(0, 0, 9.9F), disc(0, 0, 40)});
    CHECK(histogram.count() == 4);
    CHECK(histogram.bins()[0].count == 1);
    CHECK(histogram.bins()[1].count == 1);
    CHECK(histogram.bins()[4].count == 2);
    CHECK(histogram.bins()[1].volume == Approx(4.0 / 3.0 * std::numbers::pi * 8));
    CHECK(memo::dog::volume(3, 0.5) == Approx(4.0 / 3.0 * std::numbers::pi * 3.375));
}

TEST_CASE("percentiles are by nearest rank") {
    CHECK(memo::imaging::percentile({}, 0.5) == 0);
    CHECK(memo::imaging::percentile({4, 1, 3, 2}, 0.5) == 2);
    CHECK(memo::imaging::percentile({4, 1, 3, 2}, 0.99) == 4);
}
