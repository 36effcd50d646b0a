// A symmetric filter over a long series (block_filter.h).
#include "scientific/ligo/strain/block_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

constexpr std::size_t kBlockTaps =
    8;  // a block's length over the filter's: one part in eight is computed twice

}  // namespace

BlockFilter::BlockFilter(const Spectrum& gain, double in_rate, double out_rate)
    : taps_(static_cast<std::size_t>(std::lround(in_rate / gain.step))),
      ratio_(static_cast<std::size_t>(std::lround(in_rate / out_rate))),
      in_(kBlockTaps * taps_),
      out_(in_.size() / ratio_) {
    // Gains run up to 1e23 and down to 1e-21: brought to 1 for the transforms in single precision.
    double largest = 0;
    for (const double value : gain.values) largest = std::max(largest, value);
    const double scale = largest > 0 ? largest : 1;
    RealFft taps(taps_);
    for (std::size_t k = 0; k < taps.bins(); ++k) {
        const bool kept = k < gain.values.size() && 2 * k * ratio_ <= taps_;
        taps.spectrum()[k] = kept ? static_cast<float>(gain.values[k] / scale) : 0.0F;
    }
    taps.inverse();
    std::fill(in_.series().begin(), in_.series().end(), 0.0F);
    for (std::size_t i = 0; i < taps_; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(taps_);
        const double window = 0.5 + 0.5 * std::cos(angle);
        const std::size_t at = i <= taps_ / 2 ? i : in_.size() - taps_ + i;
        in_.series()[at] = static_cast<float>(window * static_cast<double>(taps.series()[i]));
    }
    in_.forward();
    const double normal = scale / static_cast<double>(taps_) / static_cast<double>(in_.size());
    response_.resize(out_.bins());
    for (std::size_t k = 0; k < response_.size(); ++k)
        response_[k] = static_cast<float>(normal * static_cast<double>(in_.spectrum()[k].real()));
    // What folds back from above the output's Nyquist frequency is at that frequency alone.
    if (ratio_ > 1) response_.back() = 0;
}

void BlockFilter::run(const Read& read, std::size_t begin, std::size_t end, std::span<float> out) {
    const std::size_t skipped = reach() / ratio_;
    const std::size_t fresh = out_.size() - 2 * skipped;
    for (std::size_t first = begin; first < end; first += fresh) {
        read(static_cast<std::ptrdiff_t>(first * ratio_) - static_cast<std::ptrdiff_t>(reach()),
             in_.series());
        in_.forward();
        for (std::size_t k = 0; k < response_.size(); ++k)
            out_.spectrum()[k] = in_.spectrum()[k] * response_[k];
        out_.inverse();
        const std::size_t count = std::min(fresh, end - first);
        std::copy_n(out_.series().begin() + static_cast<std::ptrdiff_t>(skipped), count,
                    out.begin() + static_cast<std::ptrdiff_t>(first - begin));
    }
}

}  // namespace memo::ligo
