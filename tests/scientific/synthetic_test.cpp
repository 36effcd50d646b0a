// The paper's task: droplets of known truth are found, and measured.
#include "scientific/imaging/synthetic.h"

#include "scientific/imaging/detector.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace memo::imaging;

namespace {

struct Score {
    double recall = 0;
    double precision = 0;
    double radius_error = 0;  // mean, relative
};

// A detection is right if it lies within half a radius of a droplet and its radius within half; each serves
// once.
[[nodiscard]] Score score(const std::vector<Blob>& blobs, const std::vector<Droplet>& truth) {
    std::vector<bool> used(blobs.size());
    int right = 0;
    double error = 0;
    for (const Droplet& droplet : truth) {
        std::size_t best = blobs.size();
        double nearest = 0.5 * droplet.radius;
        for (std::size_t i = 0; i < blobs.size(); ++i) {
            const double distance = std::hypot(blobs[i].x - droplet.x, blobs[i].y - droplet.y);
            if (used[i] || distance >= nearest ||
                std::fabs(blobs[i].radius - droplet.radius) > 0.5 * droplet.radius)
                continue;
            nearest = distance;
            best = i;
        }
        if (best == blobs.size()) continue;
        used[best] = true;
        ++right;
        error += std::fabs(blobs[best].radius - droplet.radius) / droplet.radius;
    }
    return {right / static_cast<double>(truth.size()), right / static_cast<double>(blobs.size()),
            error / right};
}

[[nodiscard]] Score measured(const SyntheticOptions& options, RadiusRule rule) {
    const auto made = synthesise(options);
    REQUIRE(made);
    DetectorOptions wanted;
    wanted.backend = "pyramid";
    wanted.radius = rule;
    Detector detector(wanted);
    return score(detector.detect(made->image)->blobs, made->truth);
}

}  // namespace

TEST_CASE("separated droplets are all found, and nothing else") {
    for (const std::uint64_t seed : {1U, 2U}) {
        SyntheticOptions options;
        options.separated = true;
        options.seed = seed;
        const Score refined = measured(options, RadiusRule::refined);
        CHECK(refined.recall >= 0.99);
        CHECK(refined.precision >= 0.99);
        CHECK(refined.radius_error < 0.015);
        CHECK(measured(options, RadiusRule::paper).radius_error < 0.03);
    }
}

TEST_CASE("of droplets that overlap by no more than pruning allows, nine in ten are found") {
    SyntheticOptions options;
    options.most_overlap = 0.5;
    const Score found = measured(options, RadiusRule::refined);
    CHECK(found.recall >= 0.9);
    CHECK(found.precision >= 0.9);
}

TEST_CASE("a seed gives one image, and no more droplets than there is room for") {
    SyntheticOptions options{.width = 64, .height = 48, .droplets = 3, .min_radius = 3, .max_radius = 5};
    const auto once = synthesise(options);
    const auto again = synthesise(options);
    for (int y = 0; y < 48; ++y)
        REQUIRE(std::equal(once->image.row(y), once->image.row(y) + 64, again->image.row(y)));
    options.seed = 2;
    CHECK(synthesise(options)->image.at(10, 10) != once->image.at(10, 10));
    options.droplets = 500;
    options.separated = true;
    const auto crowded = synthesise(options);
    REQUIRE_FALSE(crowded);
    CHECK(crowded.error().find("there is no room for droplet") == 0);
}
