// Smoothing and contrast stretch (preprocess.h).
#include "scientific/imaging/preprocess.h"

#include "scientific/imaging/blur.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace memo::imaging {

namespace {

constexpr double kTruncate = 5.0;
constexpr int kBins = 256;

struct Range {
    float low;
    float high;
};

[[nodiscard]] Range extremes(const Image& image) {
    Range range{image.at(0, 0), image.at(0, 0)};
    for (int y = 0; y < image.height(); ++y) {
        const float* row = image.row(y);
        float low = range.low;
        float high = range.high;
        for (int x = 0; x < image.width(); ++x) {
            low = row[x] < low ? row[x] : low;
            high = row[x] > high ? row[x] : high;
        }
        range = {low, high};
    }
    return range;
}

// The range without the bins at either end that hold no more than `clip` pixels together.
[[nodiscard]] Range saturated(const Image& image, Range full, double clip) {
    // Four histograms in turn: neighbouring pixels are alike, and would wait for each other's count.
    std::array<std::array<std::uint32_t, kBins>, 4> counts{};
    const float scale = kBins / (full.high - full.low);
    for (int y = 0; y < image.height(); ++y) {
        const float* row = image.row(y);
        for (int x = 0; x < image.width(); ++x) {
            const int bin = std::min(static_cast<int>((row[x] - full.low) * scale), kBins - 1);
            ++counts[static_cast<std::size_t>(x) % 4][static_cast<std::size_t>(bin)];
        }
    }
    const auto at = [&](int bin) {
        const auto b = static_cast<std::size_t>(bin);
        return static_cast<double>(counts[0][b]) + counts[1][b] + counts[2][b] + counts[3][b];
    };
    int first = 0;
    for (double below = at(0); below <= clip && first < kBins - 1; below += at(first)) ++first;
    int last = kBins - 1;
    for (double above = at(last); above <= clip && last > first; above += at(last)) --last;
    const float step = (full.high - full.low) / kBins;
    return {full.low + static_cast<float>(first) * step, full.low + static_cast<float>(last + 1) * step};
}

}  // namespace

void stretch_contrast(Image& image, double saturation) {
    const Range full = extremes(image);
    Range kept{full.low, full.low + 1};
    if (full.high > full.low)
        kept = saturated(image, full, 0.5 * saturation * static_cast<double>(image.pixels()));
    const float scale = 1.0F / (kept.high - kept.low);
    for (int y = 0; y < image.height(); ++y) {
        float* row = image.row(y);
        for (int x = 0; x < image.width(); ++x) {
            const float value = (row[x] - kept.low) * scale;
            row[x] = value < 0 ? 0 : value > 1 ? 1 : value;
        }
    }
}

Image preprocessed(const Image& image, const Preprocessing& options, unsigned threads) {
    Image result(image.width(), image.height());
    if (options.smoothing > 0) {
        blur(image, result, gaussian_kernel(options.smoothing, kTruncate), threads);
    } else {
        for (int y = 0; y < image.height(); ++y) std::copy_n(image.row(y), image.width(), result.row(y));
    }
    stretch_contrast(result, options.saturation);
    return result;
}

}  // namespace memo::imaging
