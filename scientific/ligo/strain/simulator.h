// Made-up data: coloured Gaussian noise, and the signals of binaries in it. The same seed gives the same
// samples, whatever the number of threads and however a time is cut into calls. Thread safety: pure
// functions.
#pragma once

#include "scientific/ligo/strain/conditioning.h"
#include "scientific/ligo/strain/network.h"
#include "scientific/ligo/strain/waveform.h"

#include <array>
#include <cstdint>

namespace memo::ligo {

struct NoiseOptions {
    std::uint64_t seed = 1;
    double gps_start =
        1000000000;       // whole seconds: the noise at a GPS time depends on the seed and the detector alone
    double seconds = 32;  // whole
};

// Gaussian noise of `design_psd`, at kStrainRate, of detectors()[detector]; all of it is good.
[[nodiscard]] Strain simulate_noise(const NoiseOptions& options, std::size_t detector);

// A merger somewhere in the sky, as loud as wished.
struct Injection {
    Binary binary;
    Source source;
    double gps = 0;           // of the merger at the Earth's centre
    double network_snr = 12;  // optimal, within the band of the conditioning and for the spectra given
};

// What both detectors see of it after conditioning, at rate options.rate.
struct WhiteSignals {
    double gps_start = 0;
    double rate = 0;
    std::array<std::vector<float>, kDetectors> samples;
    std::array<double, kDetectors> snr{};     // optimal
    std::array<double, kDetectors> merger{};  // GPS seconds
    double distance = 0;                      // Mpc, of the wished loudness
};

// gains[d] is the whitening of detectors()[d] (WhiteStretch::gain). `seconds` (a power of two) around the
// merger, of which `after` lie behind it; samples begin on whole multiples of 1 / rate after gps = 0.
struct SignalWindow {
    double seconds = 8;
    double after = 2;
};
[[nodiscard]] WhiteSignals white_signals(const Injection& injection,
                                         const std::array<const Spectrum*, kDetectors>& gains,
                                         const ConditioningOptions& options, const SignalWindow& window = {});

// Adds a signal to samples that begin at gps_start, where the two overlap.
void add(std::span<const float> signal, double signal_start, double rate, double gps_start,
         std::span<float> to);

// Adds an injection to both detectors' strain, as loud as wished for these spectra. The signal begins at
// `low` Hz. Returns the optimal SNR in each detector and when it merges there (its samples are empty).
WhiteSignals inject(const Injection& injection, const std::array<const Spectrum*, kDetectors>& psds,
                    const ConditioningOptions& options, double low, std::array<Strain, kDetectors>& strain);

// `design_psd` as the conditioning would estimate it at best: at the step and up to the frequency of its
// spectra.
[[nodiscard]] Spectrum sampled_design(const ConditioningOptions& options);

}  // namespace memo::ligo
