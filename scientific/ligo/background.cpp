// Simulated noise that searches are tried on (background.h).
#include "scientific/ligo/background.h"

#include "scientific/ligo/strain/simulator.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace memo::ligo {

namespace {

void note_among(std::vector<float>& loudest, float value) {
    loudest.insert(std::upper_bound(loudest.begin(), loudest.end(), value, std::greater<>()), value);
    if (loudest.size() > kMostRanks) loudest.pop_back();
}

}  // namespace

Result<WhiteNoise> white_noise(std::uint64_t seed, double seconds, const ConditioningOptions& options) {
    WhiteNoise noise;
    for (std::size_t d = 0; d < 2; ++d) {
        auto white = condition(
            simulate_noise({.seed = seed, .gps_start = 1000000000, .seconds = std::ceil(seconds)}, d),
            options);
        if (!white) return Error{white.error()};
        noise.white[d] = *std::move(white);
    }
    const auto ranges = common_ranges(noise.white[0], noise.white[1], 1);
    if (ranges.empty()) return Error{"the noise must be longer: " + noise.white[0].notes.back()};
    noise.range = ranges.front();
    return noise;
}

void note(Background& background, float rank, float snr) {
    ++background.proposals;
    note_among(background.loudest, rank);
    if (snr > 0) note_among(background.confirmed, snr);
}

Background search_background(Scanner& scanner, const WhiteNoise& noise, double seconds,
                             const Report& report) {
    Background background;
    background.of_each = noise.seconds();
    // Unshifted noise of two detectors is as good as shifted.
    const SlidePlan plan =
        plan_slides(noise.range.samples[0].size(), kNetRate, std::max(0.0, seconds - noise.seconds()));
    for (int slide = 0; slide <= plan.slides; ++slide) {
        for (const Proposal& one :
             scanner.propose(noise.white, noise.range, static_cast<std::size_t>(slide) * plan.step))
            note(background, one.agreed.rank, static_cast<float>(one.snr));
        ++background.slides;
        background.seconds += noise.seconds();
        const float loudest = background.confirmed.empty() ? 0 : background.confirmed.front();
        if (!report((slide + 1.0) / (plan.slides + 1.0), loudest)) break;
    }
    return background;
}

}  // namespace memo::ligo
