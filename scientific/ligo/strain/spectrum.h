// Spectra over frequency: power spectral densities, and gains of filters. One-sided, in strain^2 / Hz.
// Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/strain.h"

#include <span>
#include <vector>

namespace memo::ligo {

// Values at 0, step, 2 step, ... Hz.
struct Spectrum {
    double step = 0;  // Hz
    std::vector<double> values;

    // Between two values: on the line through them. Beyond the last one: the last one.
    [[nodiscard]] double at(double frequency) const;
};

// Advanced LIGO at design sensitivity, zero detuned and at high power: the analytic fit of Ajith, Phys. Rev.
// D 84, 084037 (2011). Below 10 Hz, where no detector hears anything: as at 10 Hz.
[[nodiscard]] double design_psd(double frequency);

struct WelchOptions {
    double seconds = 4;  // of a window; the step is its inverse
};

// Of the good parts of the series: the median over windows of Hann's shape that overlap by half, over the
// median's bias (Allen, Anderson, Brady, Brown and Creighton, Phys. Rev. D 85, 122006 (2012), appendix B), up
// to `highest` Hz. Empty without a window's length of good data.
[[nodiscard]] Spectrum median_welch(std::span<const float> series, double rate, std::span<const Range> good,
                                    double highest, const WelchOptions& options = {});

// The expected median of `count` independent exponential variables of mean 1; 1 for one, ln 2 for many.
[[nodiscard]] double median_bias(std::size_t count);

}  // namespace memo::ligo
