// A symmetric filter of finite length over a long series, block by block through Fourier transforms (overlap
// and save), with a lower rate at the output where asked.
//
// Invariant: an output sample depends on the input within half the filter's length of it and on nothing else,
// so that it does not matter (but for rounding) how a series is cut into calls or blocks. Thread safety: one
// thread a filter.
#pragma once

#include "scientific/ligo/strain/fft.h"
#include "scientific/ligo/strain/spectrum.h"

#include <functional>
#include <span>

namespace memo::ligo {

class BlockFilter {
  public:
    // `gain` is sampled at 0, gain.step, ...; the filter is 1 / gain.step seconds long, shaped by Hann's
    // window, which is the same as smoothing the gain by 1/4, 1/2, 1/4. What is above half of out_rate is
    // left out. in_rate is a multiple of out_rate.
    BlockFilter(const Spectrum& gain, double in_rate, double out_rate);

    // Output samples [begin, end), at the output's rate; sample m lies on input sample m * in_rate /
    // out_rate. read(first, count, to) provides the input: first may be negative, and what there is none of
    // is 0.
    using Read = std::function<void(std::ptrdiff_t first, std::span<float> to)>;
    void run(const Read& read, std::size_t begin, std::size_t end, std::span<float> out);

    [[nodiscard]] std::size_t reach() const { return taps_ / 2; }  // input samples to either side

  private:
    std::size_t taps_;
    std::size_t ratio_;
    RealFft in_;
    RealFft out_;
    std::vector<float> response_;  // real: the filter is symmetric; includes the scale
};

}  // namespace memo::ligo
