// Sample files and simulated peaks (samples.h).
#include "scientific/hls/samples.h"

#include "scientific/hls/compile.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

namespace memo::hls {

Result<Samples> read_samples(const std::string& path, std::size_t inputs, std::size_t targets) {
    const Result<std::string> bytes = read_text_file(path);
    if (!bytes) return Error{bytes.error()};
    const std::size_t row = (inputs + targets) * sizeof(float);
    if (bytes->empty() || bytes->size() % row != 0)
        return Error{path + ": its " + std::to_string(bytes->size()) + " bytes are no rows of " +
                     std::to_string(inputs) + " + " + std::to_string(targets) + " float32 numbers"};
    Samples samples{inputs, targets, std::vector<float>(bytes->size() / sizeof(float))};
    std::memcpy(samples.rows.data(), bytes->data(), bytes->size());
    for (const float number : samples.rows)
        if (!std::isfinite(number)) return Error{path + ": holds a number that is not finite"};
    return samples;
}

namespace {

constexpr int kSide = 11;

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    // Written out: the standard's distributions differ between libraries.
    double uniform(double from, double to) {
        return from + (to - from) * (static_cast<double>(engine_() >> 11) /
                                     static_cast<double>(std::uint64_t{1} << 53));
    }
    double normal() {
        return std::sqrt(-2 * std::log(1 - uniform(0, 1))) * std::cos(2 * std::numbers::pi * uniform(0, 1));
    }

  private:
    std::mt19937_64 engine_;
};

void add_peak(Random& random, double photons, double noise, std::vector<float>& rows) {
    const double x = kSide / 2 + random.uniform(-1.5, 1.5);
    const double y = kSide / 2 + random.uniform(-1.5, 1.5);
    const double wide = random.uniform(0.8, 2);
    const double narrow = random.uniform(0.8, 2);
    const double angle = random.uniform(0, std::numbers::pi);
    const double eta = random.uniform(0, 1);
    std::vector<double> pixels;
    for (int row = 0; row < kSide; ++row)
        for (int column = 0; column < kSide; ++column) {
            const double along = ((column - x) * std::cos(angle) + (row - y) * std::sin(angle)) / wide;
            const double across = ((row - y) * std::cos(angle) - (column - x) * std::sin(angle)) / narrow;
            const double square = along * along + across * across;
            const double value = eta * std::exp(-square / 2) + (1 - eta) / (1 + square);
            // Photon counts this high are as good as normal.
            pixels.push_back(value + std::sqrt(value / photons) * random.normal() + noise * random.normal());
        }
    const auto [least, most] = std::minmax_element(pixels.begin(), pixels.end());
    const double low = *least;
    const double range = *most - low;
    for (const double pixel : pixels) rows.push_back(static_cast<float>((pixel - low) / range));
    rows.push_back(static_cast<float>(x / kSide));
    rows.push_back(static_cast<float>(y / kSide));
}

}  // namespace

Samples simulate_peaks(std::size_t count, std::uint64_t seed, double photons, double noise) {
    Random random(seed);
    Samples samples{kSide * kSide, 2, {}};
    for (std::size_t k = 0; k < count; ++k) add_peak(random, photons, noise, samples.rows);
    return samples;
}

}  // namespace memo::hls
