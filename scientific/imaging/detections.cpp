// Blobs and their pruning (detections.h).
#include "scientific/imaging/detections.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <tuple>
#include <unordered_map>

namespace memo::imaging {

namespace {

constexpr double kLeastQ = 0.25;  // blobs about as wide as the smoothing, of which nothing is known

// Where between its neighbours, in bins, the parabola through a maximum has its top.
[[nodiscard]] double sub_bin(const Maximum& maximum) {
    const double before = maximum.below;
    const double after = maximum.above;
    const double curvature = before - 2.0 * maximum.response + after;
    return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
}

[[nodiscard]] Blob made(const Maximum& maximum, double sigma, double radius) {
    return {static_cast<float>(maximum.x), static_cast<float>(maximum.y), static_cast<float>(sigma),
            static_cast<float>(radius), maximum.response};
}

// Stronger blobs, in cells as wide as the widest: those that touch a blob lie in its cell or next to it.
class Grid {
  public:
    explicit Grid(double cell) : cell_(std::max(cell, 1.0)) {}

    [[nodiscard]] bool any_overlaps(const Blob& blob, double most) const {
        for (int v = -1; v <= 1; ++v) {
            for (int u = -1; u <= 1; ++u) {
                const auto cell = cells_.find(key(place(blob.x) + u, place(blob.y) + v));
                if (cell == cells_.end()) continue;
                for (const Blob& other : cell->second) {
                    if (normalised_overlap(blob, other) > most) return true;
                }
            }
        }
        return false;
    }
    void add(const Blob& blob) { cells_[key(place(blob.x), place(blob.y))].push_back(blob); }

  private:
    [[nodiscard]] std::int32_t place(float x) const {
        return static_cast<std::int32_t>(std::floor(x / cell_));
    }
    [[nodiscard]] static std::uint64_t key(std::int32_t x, std::int32_t y) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(y)) << 32U |
               static_cast<std::uint32_t>(x);
    }

    double cell_;
    std::unordered_map<std::uint64_t, std::vector<Blob>> cells_;
};

}  // namespace

Blob blob_of(const Maximum& maximum, const Scales& scales, double smoothing, RadiusRule rule) {
    if (rule == RadiusRule::paper) {
        const double sigma = scales.sigma(maximum.bin);
        return made(maximum, sigma, std::numbers::sqrt2 * sigma);
    }
    const double narrow = scales.sigma(maximum.bin) + sub_bin(maximum) * scales.step();
    const double mean = narrow + 0.5 * scales.step();
    const double total = std::hypot(mean, smoothing);
    const double q = 2.0 - total * total / (2.0 * mean) * (1.0 / narrow + 1.0 / mean);
    return made(maximum, total, std::numbers::sqrt2 * total * std::sqrt(std::max(q, kLeastQ)));
}

double normalised_overlap(const Blob& a, const Blob& b) {
    const double distance = std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
    const double r = std::min(a.radius, b.radius);
    const double R = std::max(a.radius, b.radius);
    if (distance >= r + R) return 0;
    if (distance <= R - r) return 1;
    // Two circular segments cut by the line through the crossings.
    const double to_small = (distance * distance + r * r - R * R) / (2 * distance);
    const double to_large = distance - to_small;
    const auto segment = [](double radius, double to_line) {
        const double cosine = std::clamp(to_line / radius, -1.0, 1.0);
        return radius * radius * (std::acos(cosine) - cosine * std::sqrt(1 - cosine * cosine));
    };
    return (segment(r, to_small) + segment(R, to_large)) / (std::numbers::pi * r * r);
}

std::vector<Blob> pruned(std::vector<Blob> blobs, double most) {
    std::sort(blobs.begin(), blobs.end(), [](const Blob& a, const Blob& b) {
        return std::tie(b.response, b.radius, a.y, a.x) < std::tie(a.response, a.radius, b.y, b.x);
    });
    float widest = 0;
    for (const Blob& blob : blobs) widest = std::max(widest, blob.radius);
    Grid grid(2.0 * widest);
    std::vector<Blob> kept;
    for (const Blob& blob : blobs) {
        if (grid.any_overlaps(blob, most)) continue;
        grid.add(blob);
        kept.push_back(blob);
    }
    return kept;
}

}  // namespace memo::imaging
