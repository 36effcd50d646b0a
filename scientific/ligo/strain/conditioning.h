// From strain to what the networks and the matched filter look at: whitened, band-limited, at a lower rate.
//
// Every good range is tapered at both ends and divided, frequency by frequency, by sqrt(S(f) rate / 2), S
// being the median Welch estimate of the stretch of data around and `rate` the output's: Gaussian noise of
// spectrum S then has a flat spectrum and the density of unit variance, 2 / rate, within the band. A signal's
// optimal SNR is then the root of the sum of its squared samples. The filter is 4 s long (the inverse of the
// spectrum's step), so that nothing rings for longer than 2 s. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/ligo/strain/spectrum.h"
#include "scientific/ligo/strain/strain.h"

#include <string>
#include <vector>

namespace memo::ligo {

struct ConditioningOptions {
    double rate = 1024;  // Hz, of the output: the input's over a power of two
    double low = 30;     // Hz: the band in which the gain is whole,
    double high = 450;
    double edge = 4;           // Hz: and the width of the cosine roll-offs outside it
    double taper = 1;          // s, at either end of a good range; the output's good range is shorter by it
    double psd_seconds = 4;    // of Welch's windows
    double psd_stretch = 256;  // s: a spectrum is estimated from so much data, and used for it
    double shortest = 16;      // s: good ranges shorter than this are left out
};

// Why these options cannot be; empty if they can.
[[nodiscard]] std::string wrong_options(const ConditioningOptions& options, double input_rate);

// Output samples whitened by one spectrum.
struct WhiteStretch {
    Range samples;
    Spectrum psd;           // strain^2 / Hz
    Spectrum gain;          // what a frequency was multiplied by: whitening, band and correction
    double correction = 1;  // the factor that brought it to the density of unit variance
};

struct Conditioned {
    std::string detector;
    double gps_start = 0;
    double rate = 0;
    std::vector<float> samples;           // 0 where no input was good
    std::vector<Range> good;              // of the samples
    std::vector<WhiteStretch> stretches;  // in order
    std::vector<std::string> notes;       // the strain's, and what was left out

    [[nodiscard]] double seconds() const { return static_cast<double>(samples.size()) / rate; }
    // The stretch a time lies in, or the nearest one; null if there is none.
    [[nodiscard]] const WhiteStretch* stretch_at(double gps) const;
};

// What a frequency is multiplied by so that noise of this spectrum becomes white, smoothed as the filter's
// finite length smooths it.
[[nodiscard]] Spectrum whitening_gain(const Spectrum& psd, const ConditioningOptions& options);

// The error: the options. Strain without a good range of the shortest length gives no good range, and a note.
[[nodiscard]] Result<Conditioned> condition(const Strain& strain, const ConditioningOptions& options = {});

}  // namespace memo::ligo
