// Spectra over frequency (spectrum.h).
#include "scientific/ligo/strain/spectrum.h"

#include "scientific/ligo/strain/fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

constexpr double kLowestDesigned = 10;  // Hz
constexpr double kPivot = 245.4;        // Hz

[[nodiscard]] std::vector<float> hann(std::size_t size) {
    std::vector<float> window(size);
    for (std::size_t i = 0; i < size; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
        window[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
    return window;
}

[[nodiscard]] double median_of(std::vector<float>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return 0.5 *
           (static_cast<double>(*middle) + static_cast<double>(*std::max_element(values.begin(), middle)));
}

}  // namespace

double Spectrum::at(double frequency) const {
    const double place = std::max(frequency, 0.0) / step;
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 >= values.size()) return values.back();
    const double share = place - static_cast<double>(below);
    return (1 - share) * values[below] + share * values[below + 1];
}

double design_psd(double frequency) {
    const double x = std::max(frequency, kLowestDesigned) / kPivot;
    return 1e-48 * (0.0152 * std::pow(x, -4) + 0.2935 * std::pow(x, 2.25) + 2.7951 * std::pow(x, 1.5) -
                    6.5080 * std::pow(x, 0.75) + 17.7622);
}

double median_bias(std::size_t count) {
    // Of an even number the median is the mean of two; the difference to the odd number below is of order 1 /
    // n^2.
    const std::size_t odd = count % 2 == 1 ? count : count - 1;
    double bias = 0;
    for (std::size_t i = 1; i <= odd; ++i) bias += (i % 2 == 1 ? 1.0 : -1.0) / static_cast<double>(i);
    return bias;
}

Spectrum median_welch(std::span<const float> series, double rate, std::span<const Range> good, double highest,
                      const WelchOptions& options) {
    const auto size = static_cast<std::size_t>(std::lround(options.seconds * rate));
    RealFft fft(size);
    const std::size_t bins = std::min(fft.bins(), static_cast<std::size_t>(highest * options.seconds) + 1);
    const std::vector<float> window = hann(size);
    double power = 0;
    for (const float w : window) power += static_cast<double>(w) * static_cast<double>(w);

    // The series is scaled, so that squares of strain are no denormals; the same scale leaves at the end.
    double largest = 0;
    std::vector<std::size_t> starts;
    for (const Range& range : good) {
        for (std::size_t start = range.begin; start + size <= range.end; start += size / 2)
            starts.push_back(start);
        for (std::size_t i = range.begin; i < range.end; ++i)
            largest = std::max(largest, static_cast<double>(std::abs(series[i])));
    }
    Spectrum psd{1 / options.seconds, {}};
    if (starts.empty() || largest == 0) return psd;
    const auto scale = static_cast<float>(1 / largest);

    std::vector<float> powers(bins * starts.size());  // of one frequency after another
    for (std::size_t k = 0; k < starts.size(); ++k) {
        const float* from = series.data() + starts[k];
        double sum = 0;
        for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(from[i]);
        const auto mean = static_cast<float>(sum / static_cast<double>(size));
        for (std::size_t i = 0; i < size; ++i) fft.series()[i] = (from[i] - mean) * scale * window[i];
        fft.forward();
        for (std::size_t i = 0; i < bins; ++i) powers[i * starts.size() + k] = std::norm(fft.spectrum()[i]);
    }
    const double normal = 2 * largest * largest / (rate * power * median_bias(starts.size()));
    psd.values.resize(bins);
    std::vector<float> column;
    for (std::size_t i = 0; i < bins; ++i) {
        column.assign(powers.begin() + static_cast<std::ptrdiff_t>(i * starts.size()),
                      powers.begin() + static_cast<std::ptrdiff_t>((i + 1) * starts.size()));
        psd.values[i] = normal * median_of(column);
    }
    return psd;
}

}  // namespace memo::ligo
