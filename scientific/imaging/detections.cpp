// Blobs and their pruning (detections.h).
#include "scientific/imaging/detections.h"

#include "scientific/imaging/blob_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

namespace memo::imaging {

namespace {

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
    return rules::blob_of(maximum, scales, smoothing, rule);
}

double normalised_overlap(const Blob& a, const Blob& b) {
    return rules::normalised_overlap(a, b);
}

std::vector<Blob> pruned(std::vector<Blob> blobs, double most) {
    std::sort(blobs.begin(), blobs.end(), rules::goes_before);
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
