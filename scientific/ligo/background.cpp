// Simulated noise that searches are tried on (background.h).
#include "scientific/ligo/background.h"

#include "scientific/ligo/strain/simulator.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace memo::ligo {

Result<WhiteNoise> white_noise(std::uint64_t seed, double seconds, const ConditioningOptions& options) {
    WhiteNoise noise;
    for (std::size_t d = 0; d < 2; ++d) {
        const auto white = condition(
            simulate_noise({.seed = seed, .gps_start = 1000000000, .seconds = std::ceil(seconds)}, d),
            options);
        if (!white) return Error{white.error()};
        if (white->good.empty()) return Error{"the noise must be longer: " + white->notes.back()};
        const Range good = white->good.front();
        noise.samples[d].assign(white->samples.begin() + static_cast<std::ptrdiff_t>(good.begin),
                                white->samples.begin() + static_cast<std::ptrdiff_t>(good.end));
        noise.gains[d] = white->stretches.front().gain;
    }
    return noise;
}

void note_rank(Background& background, float rank) {
    auto& loudest = background.loudest;
    loudest.insert(std::upper_bound(loudest.begin(), loudest.end(), rank, std::greater<>()), rank);
    if (loudest.size() > kMostRanks) loudest.pop_back();
}

Background search_background(const Scanner& scanner, const WhiteNoise& noise, double seconds,
                             const Report& report) {
    Background background;
    background.of_each = noise.seconds();
    // Unshifted noise of two detectors is as good as shifted.
    const SlidePlan plan =
        plan_slides(noise.samples[0].size(), kNetRate, std::max(0.0, seconds - noise.seconds()));
    for (int slide = 0; slide <= plan.slides; ++slide) {
        const auto found =
            scanner.search(noise.samples[0], noise.samples[1], static_cast<std::size_t>(slide) * plan.step);
        for (const Consensus& one : found) note_rank(background, one.rank);
        ++background.slides;
        background.seconds += noise.seconds();
        const float loudest = background.loudest.empty() ? 0 : background.loudest.front();
        if (!report((slide + 1.0) / (plan.slides + 1.0), loudest)) break;
    }
    return background;
}

}  // namespace memo::ligo
