// Simulated noise that both detectors' searches are tried on: for thresholds, false alarms and efficiencies.
// Thread safety: that of the scanner.
#pragma once

#include "scientific/ligo/scanner.h"
#include "scientific/ligo/search/calibration.h"

#include <array>
#include <cstdint>
#include <functional>

namespace memo::ligo {

// White noise of both detectors, good from end to end and as long.
struct WhiteNoise {
    std::array<std::vector<float>, 2> samples;
    std::array<Spectrum, 2> gains;  // of the whitening

    [[nodiscard]] double seconds() const { return static_cast<double>(samples[0].size()) / kNetRate; }
};
// Simulated and conditioned as a file's strain would be; tapered ends cut off.
[[nodiscard]] Result<WhiteNoise> white_noise(std::uint64_t seed, double seconds,
                                             const ConditioningOptions& options);

// False if the work is to end.
using Report = std::function<bool(double share, float loudest)>;

// Ranks of all that models agree on in `seconds` of it, by slides of the noise against itself.
[[nodiscard]] Background search_background(const Scanner& scanner, const WhiteNoise& noise, double seconds,
                                           const Report& report);

// Notes a rank among the loudest.
void note_rank(Background& background, float rank);

}  // namespace memo::ligo
