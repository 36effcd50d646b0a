// What is done to an image before its scale space: smoothing and contrast stretch, as in the paper.
// Thread safety: pure functions.
#pragma once

#include "scientific/imaging/image.h"

namespace memo::imaging {

struct Preprocessing {
    double smoothing = 1.0;      // sigma of the first blur in pixels; 0 leaves it out
    double saturation = 0.0035;  // the share of pixels that the stretch may clip, half at either end
};

// Stretches `image` in place to [0, 1]. The two ends are those between which all but `saturation` of the
// pixels lie, by a histogram of 256 bins from the least to the greatest pixel. An image of one value becomes
// 0.
void stretch_contrast(Image& image, double saturation);

// The smoothed and stretched `image`.
[[nodiscard]] Image preprocessed(const Image& image, const Preprocessing& options, unsigned threads);

}  // namespace memo::imaging
