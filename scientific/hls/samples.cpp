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
    constexpr double kMiddle = (kSide - 1) / 2.0;
    const double x = kMiddle + random.uniform(-1.5, 1.5);
    const double y = kMiddle + random.uniform(-1.5, 1.5);
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
    rows.push_back(static_cast<float>((x - kMiddle) / kSide));
    rows.push_back(static_cast<float>((y - kMiddle) / kSide));
}

struct Point {
    double x = 0;
    double y = 0;
};

// In a box 0...1 wide and 0...2 high, from the top: one polyline a digit.
const std::vector<std::vector<Point>>& strokes() {
    static const std::vector<std::vector<Point>> kStrokes = {
        {{.5, 0}, {.1, .4}, {0, 1}, {.1, 1.6}, {.5, 2}, {.9, 1.6}, {1, 1}, {.9, .4}, {.5, 0}},
        {{.2, .4}, {.6, 0}, {.6, 2}},
        {{0, .4}, {.3, 0}, {.8, 0}, {1, .5}, {.8, 1}, {0, 2}, {1, 2}},
        {{0, .2}, {.4, 0}, {.9, .2}, {.9, .7}, {.4, 1}, {1, 1.3}, {1, 1.7}, {.5, 2}, {0, 1.8}},
        {{.7, 2}, {.7, 0}, {0, 1.3}, {1, 1.3}},
        {{1, 0}, {.1, 0}, {.1, .9}, {.7, .8}, {1, 1.3}, {.8, 1.9}, {.3, 2}, {0, 1.8}},
        {{.8, 0}, {.3, .5}, {0, 1.3}, {.2, 1.9}, {.7, 2}, {1, 1.5}, {.7, 1}, {.1, 1.2}},
        {{0, 0}, {1, 0}, {.4, 2}},
        {{.5, 1},
         {.1, .7},
         {.1, .2},
         {.5, 0},
         {.9, .2},
         {.9, .7},
         {.5, 1},
         {.1, 1.3},
         {0, 1.7},
         {.5, 2},
         {1, 1.7},
         {.9, 1.3},
         {.5, 1}},
        {{.9, .8}, {.4, 1}, {0, .6}, {.3, 0}, {.8, .1}, {1, .7}, {.8, 1.5}, {.4, 2}}};
    return kStrokes;
}

double distance_to(Point p, Point a, Point b) {
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double length = dx * dx + dy * dy;
    const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
    return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

void add_digit(Random& random, std::vector<float>& rows) {
    constexpr int kPixels = 28;
    const auto digit = static_cast<std::size_t>(random.uniform(0, 10));
    const double angle = random.uniform(-0.3, 0.3);
    const double shear = random.uniform(-0.3, 0.3);
    const double wide = random.uniform(7, 13);
    const double high = random.uniform(7, 10);
    const double thick = random.uniform(0.8, 1.8);
    const Point middle{14 + random.uniform(-3, 3), 14 + random.uniform(-3, 3)};
    std::vector<Point> line;
    for (const Point& point : strokes()[digit]) {
        const double x = (point.x - 0.5) * wide + (point.y - 1) * shear * high + random.uniform(-0.7, 0.7);
        const double y = (point.y - 1) * high + random.uniform(-0.7, 0.7);
        line.push_back({middle.x + x * std::cos(angle) - y * std::sin(angle),
                        middle.y + x * std::sin(angle) + y * std::cos(angle)});
    }
    for (int row = 0; row < kPixels; ++row)
        for (int column = 0; column < kPixels; ++column) {
            double nearest = 1e9;
            for (std::size_t k = 1; k < line.size(); ++k)
                nearest = std::min(nearest, distance_to({column + 0.5, row + 0.5}, line[k - 1], line[k]));
            const double ink = std::clamp(thick + 0.5 - nearest, 0.0, 1.0) + 0.08 * random.normal();
            rows.push_back(static_cast<float>(std::clamp(ink, 0.0, 1.0)));
        }
    rows.push_back(static_cast<float>(digit));
}

}  // namespace

Samples simulate_peaks(std::size_t count, std::uint64_t seed, double photons, double noise) {
    Random random(seed);
    Samples samples{std::size_t{kSide} * kSide, 2, {}};
    for (std::size_t k = 0; k < count; ++k) add_peak(random, photons, noise, samples.rows);
    return samples;
}

Samples simulate_digits(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    Samples samples{std::size_t{28} * 28, 1, {}};
    for (std::size_t k = 0; k < count; ++k) add_digit(random, samples.rows);
    return samples;
}

}  // namespace memo::hls
