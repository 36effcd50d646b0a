// Reading an image that is held by every second, fourth, ... point as if it were whole.
//
// Point k of such an image lies at k f + (f - 1) / 2 of the whole one, f being its factor. What was blurred
// with a sigma of two points or more is smooth enough for a polynomial through eight points: even a single
// bright pixel, blurred just so, comes back to 5e-4 of its height. Invariants: factor 1 reads the pixels
// themselves; beyond the border it is mirrored. Thread safety: const members may be called from any thread.
#pragma once

#include "scientific/imaging/image.h"

#include <array>
#include <vector>

namespace memo::imaging {

// The values around a pixel: [dy + 1][dx + 1].
using Neighbourhood = std::array<std::array<float, 3>, 3>;

class Interpolation {
  public:
    explicit Interpolation(int factor);

    [[nodiscard]] int factor() const { return factor_; }
    // Where point `k` lies in the whole image.
    [[nodiscard]] double position(double k) const { return k * factor_ + 0.5 * (factor_ - 1); }
    // The 3 x 3 values around pixel (x, y) of the whole image.
    [[nodiscard]] Neighbourhood around(const Image& image, int x, int y) const;

  private:
    static constexpr int kPoints = 8;
    static constexpr int kBefore = kPoints / 2 - 1;  // of them before the one at or before a pixel
    using Weights = std::array<float, kPoints>;

    // The first of the eight points about pixel `x`, and their weights.
    [[nodiscard]] int first_point(int x) const;
    [[nodiscard]] const Weights& weights(int x) const;

    int factor_;
    std::vector<Weights> phases_;  // by x modulo factor
};

}  // namespace memo::imaging
