// The matched filter: how much a detector's white data looks like a template that merges at each time.
//
// z(t) = sum over f > 0 of 2 d~(f) s~*(f) exp(2 pi i f t), over the template's norm: with Gaussian noise of
// the estimated spectrum both parts of z have variance 1, and a signal of optimal SNR rho gives |z| = rho on
// average (Allen and others, Phys. Rev. D 85, 122006 (2012)). Overlapping blocks, so that the results do not
// depend on how a time is cut. Thread safety: one thread a filter.
#pragma once

#include "scientific/ligo/strain/bank.h"

#include <complex>
#include <functional>

namespace memo::ligo {

class MatchedFilter {
  public:
    // Both outlive the filter.
    MatchedFilter(const Conditioned& data, const Bank& bank);

    // visit(template, first, z): z of samples first, first + 1, ... within [range.begin, range.end), part by
    // part.
    using Visit = std::function<void(std::size_t index, std::size_t first, std::span<const Complex> z)>;
    void run(const Range& range, const Visit& visit);

    // Allen's discriminator (Phys. Rev. D 71, 062001 (2005)) over its degrees of freedom, 2 bands - 2: about
    // 1 for a signal like the template in Gaussian noise, more for a glitch.
    [[nodiscard]] double chi_squared(std::size_t index, std::size_t sample, std::size_t bands = 16);

  private:
    void load(std::size_t first_output, const WhiteStretch& stretch);
    [[nodiscard]] double norm_of(std::size_t index) const;

    const Conditioned& data_;
    const Bank& bank_;
    RealFft in_;
    ComplexFft out_;
    std::vector<float> gain_;                // of the stretch, at the block's frequencies
    const WhiteStretch* stretch_ = nullptr;  // whose gain that is
    std::vector<double> norms_;              // of the templates under it
    std::vector<Complex> weighed_;           // data times gain
};

// One template over [gps_begin, gps_end) of the data.
struct SnrSeries {
    double gps_start = 0;
    double rate = 0;
    std::vector<Complex> z;
};
[[nodiscard]] SnrSeries snr_series(const Conditioned& data, const Binary& binary,
                                   const ConditioningOptions& options, double gps_begin, double gps_end);

}  // namespace memo::ligo
