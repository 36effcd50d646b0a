// Templates for the matched filter: waveforms of binaries on a grid of chirp mass and mass ratio.
// Thread safety: const after it is made.
#pragma once

#include "scientific/ligo/strain/conditioning.h"
#include "scientific/ligo/strain/fft.h"
#include "scientific/ligo/strain/waveform.h"

#include <span>
#include <vector>

namespace memo::ligo {

struct BankOptions {
    double lowest_total = 20;  // solar masses, of equal ones: the ends of the grid of chirp masses
    double highest_total = 100;
    std::vector<double> ratios = {1};  // mass2 / mass1; spins are 0
    double match = 0.97;               // of a binary between two neighbours, with the nearer of them
};

// How much of its SNR a signal keeps under another template, over time and phase: in [0, 1].
[[nodiscard]] double match_of(const Binary& a, const Binary& b, const Spectrum& psd,
                              const ConditioningOptions& options);

// Chirp masses so far apart that a binary half way between two (in their logarithm) matches both by
// options.match.
[[nodiscard]] std::vector<Binary> make_grid(const BankOptions& bank, const Spectrum& psd,
                                            const ConditioningOptions& options);

// The waveforms' spectra for blocks of white data, of `seconds`; the merger at time 0, of amplitude about 1.
class Bank {
  public:
    Bank(std::vector<Binary> binaries, const ConditioningOptions& options);
    // One that fits around the time `range_seconds`, within blocks of 64 s at most.
    Bank(std::vector<Binary> binaries, const ConditioningOptions& options, double range_seconds);

    [[nodiscard]] std::size_t size() const { return binaries_.size(); }
    [[nodiscard]] const Binary& binary(std::size_t i) const { return binaries_[i]; }
    [[nodiscard]] std::span<const Complex> spectrum(std::size_t i) const { return spectra_[i]; }
    [[nodiscard]] const ConditioningOptions& options() const { return options_; }
    [[nodiscard]] std::size_t block() const { return block_; }  // samples
    [[nodiscard]] std::size_t before() const {
        return before_;
    }  // samples of data a result depends on, before it
    [[nodiscard]] std::size_t after() const { return after_; }

  private:
    std::vector<Binary> binaries_;
    ConditioningOptions options_;
    std::size_t before_ = 0;
    std::size_t after_ = 0;
    std::size_t block_ = 0;
    std::vector<Buffer<Complex>> spectra_;
};

}  // namespace memo::ligo
