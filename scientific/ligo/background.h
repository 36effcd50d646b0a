// Simulated noise that both detectors' searches are tried on: for thresholds, false alarms and efficiencies.
// Thread safety: that of the scanner.
#pragma once

#include "scientific/ligo/scanner.h"
#include "scientific/ligo/search/calibration.h"

#include <array>
#include <cstdint>
#include <functional>

namespace memo::ligo {

// White noise of both detectors, and where it is good.
struct WhiteNoise {
    std::array<Conditioned, 2> white;
    CommonRange range;

    [[nodiscard]] double seconds() const { return static_cast<double>(range.samples[0].size()) / kNetRate; }
};
// Simulated and conditioned as a file's strain would be.
[[nodiscard]] Result<WhiteNoise> white_noise(std::uint64_t seed, double seconds,
                                             const ConditioningOptions& options);

// False if the work is to end.
using Report = std::function<bool(double share, float loudest)>;

// All that models agree on in `seconds` of it, by slides of the noise against itself, and what the filter
// says of it.
[[nodiscard]] Background search_background(Scanner& scanner, const WhiteNoise& noise, double seconds,
                                           const Report& report);

// Notes a proposal: its rank, and how loud the filter's answer is, 0 for none.
void note(Background& background, float rank, float snr);

}  // namespace memo::ligo
