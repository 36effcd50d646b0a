// Templates for the matched filter (bank.h).
#include "scientific/ligo/strain/bank.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace memo::ligo {

namespace {

constexpr double kLongestBlock = 64;  // s
constexpr double kMatchSeconds = 16;  // s: frequencies 1/16 Hz apart in a match
constexpr double kFirstHalf =
    0.003;                       // half a step of the grid, in the chirp mass's logarithm: the first guess
constexpr int kRefinements = 3;  // of the guess, which is the step before
constexpr double kLeastLost = 1e-6;  // of a match, which is known no better in single precision

}  // namespace

double match_of(const Binary& a, const Binary& b, const Spectrum& psd, const ConditioningOptions& options) {
    const Waveform first(a);
    const Waveform second(b);
    const auto size = static_cast<std::size_t>(kMatchSeconds * options.rate);
    ComplexFft fft(size);
    double power_a = 0;
    double power_b = 0;
    const double unit = first.amplitude(options.low) * second.amplitude(options.low) / psd.at(options.high);
    for (std::size_t k = 1; k < size / 2; ++k) {
        const double f = static_cast<double>(k) / kMatchSeconds;
        if (f < options.low || f > options.high) continue;
        const double weight = 1 / psd.at(f);
        const double amplitude_a = first.amplitude(f);
        const double amplitude_b = second.amplitude(f);
        power_a += amplitude_a * amplitude_a * weight;
        power_b += amplitude_b * amplitude_b * weight;
        const double product = amplitude_a * amplitude_b * weight / unit;
        fft.values()[k] = Complex(std::polar(product, second.phase(f) - first.phase(f)));
    }
    fft.inverse();
    float largest = 0;
    for (const Complex& value : fft.values()) largest = std::max(largest, std::norm(value));
    return std::sqrt(static_cast<double>(largest)) * unit / std::sqrt(power_a * power_b);
}

std::vector<Binary> make_grid(const BankOptions& bank, const Spectrum& psd,
                              const ConditioningOptions& options) {
    std::vector<Binary> grid;
    const double lowest = Binary{bank.lowest_total / 2, bank.lowest_total / 2}.chirp_mass();
    const double highest = Binary{bank.highest_total / 2, bank.highest_total / 2}.chirp_mass();
    for (const double ratio : bank.ratios) {
        double half = kFirstHalf;
        for (double chirp_mass = lowest;; chirp_mass *= std::exp(2 * half)) {
            chirp_mass = std::min(chirp_mass, highest);
            const Binary here = Binary::of_chirp_mass(chirp_mass, ratio);
            grid.push_back(here);
            if (chirp_mass == highest) break;
            // What is lost grows with the square of the distance: a few steps to the one that loses as much
            // as it may.
            for (int i = 0; i < kRefinements; ++i) {
                const Binary there = Binary::of_chirp_mass(chirp_mass * std::exp(half), ratio);
                const double lost = std::max(1 - match_of(here, there, psd, options), kLeastLost);
                half *= std::clamp(std::sqrt((1 - bank.match) / lost), 0.25, 4.0);
            }
        }
    }
    return grid;
}

Bank::Bank(std::vector<Binary> binaries, const ConditioningOptions& options)
    : Bank(std::move(binaries), options, kLongestBlock) {}

Bank::Bank(std::vector<Binary> binaries, const ConditioningOptions& options, double range_seconds)
    : binaries_(std::move(binaries)), options_(options) {
    // A whitened signal reaches half the whitening filter's length beyond its own ends.
    const double filter = options.psd_seconds / 2;
    double longest = 0;
    for (const Binary& binary : binaries_)
        longest = std::max(longest, duration(binary, options.low - options.edge));
    before_ = static_cast<std::size_t>((1.1 * longest + filter) * options.rate);
    after_ = static_cast<std::size_t>((0.5 + filter) * options.rate);
    const auto wanted =
        static_cast<std::size_t>(std::min(range_seconds, kLongestBlock) * options.rate) + before_ + after_;
    const auto most =
        std::max(static_cast<std::size_t>(kLongestBlock * options.rate), 4 * (before_ + after_));
    block_ = std::bit_ceil(std::min(wanted, most));

    const double step = options.rate / static_cast<double>(block_);
    for (const Binary& binary : binaries_) {
        const Waveform waveform(binary);
        const double unit = waveform.amplitude(options.low);
        Buffer<Complex>& spectrum = spectra_.emplace_back(block_ / 2 + 1);
        for (std::size_t k = 1; k + 1 < spectrum.size(); ++k) {
            const double f = static_cast<double>(k) * step;
            if (f < options.low - options.edge || f > options.high + options.edge ||
                f > waveform.highest_frequency())
                continue;
            spectrum[k] = Complex(std::polar(waveform.amplitude(f) / unit, -waveform.phase(f)));
        }
    }
}

}  // namespace memo::ligo
