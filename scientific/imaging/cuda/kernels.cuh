// The kernels of the scale space and of what comes before it, each as a function that puts it into a stream.
// Images lie row by row without gaps. Pointers are the device's.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <cuda_runtime.h>

#include <cstddef>

namespace memo::imaging {

inline constexpr unsigned kMostMaxima = 1U << 20U;  // more of one image are not kept

struct Sides {
    int width = 0;
    int height = 0;

    [[nodiscard]] std::size_t pixels() const { return static_cast<std::size_t>(width) * height; }
};

// A thread a pixel.
inline const dim3 kBlock(32, 8);
[[nodiscard]] inline dim3 grid(Sides sides) {
    return {(static_cast<unsigned>(sides.width) + kBlock.x - 1) / kBlock.x,
            (static_cast<unsigned>(sides.height) + kBlock.y - 1) / kBlock.y};
}

// 2 * radius + 1 symmetric taps.
struct Taps {
    const float* first = nullptr;
    int radius = 0;
};

// to = from blurred. `between` is room for an image.
void blur(const float* from, float* between, float* to, Sides sides, Taps taps, cudaStream_t stream);

// The same, and on the way slice = sigma (narrow - to).
void blur_and_subtract(const float* from, float* between, float* to, Sides sides, Taps taps, const float* narrow,
                       float sigma, float* slice, cudaStream_t stream);

// The same, and on the way the greatest response so far of either polarity: bright = max(bright, sigma (narrow - to)), and
// dark of its negative; of the `first` bin there is none before.
void blur_and_respond(const float* from, float* between, float* to, Sides sides, Taps taps, const float* narrow,
                      float sigma, bool first, float* bright, float* dark, cudaStream_t stream);

// What the stretch of an image works with.
struct Contrast {
    static constexpr int kBins = 256;

    unsigned least;  // pixels, as integers that have their order
    unsigned greatest;
    float low;  // that becomes 0
    float scale;
    unsigned counts[kBins];
};

// The contrast stretch of preprocess.h, in place.
void stretch(float* image, Sides sides, double saturation, Contrast* contrast, cudaStream_t stream);

// Appends the maxima of `middle`, slice `bin`, in no order; `count` goes beyond kMostMaxima where they are more.
void find_maxima(const float* below, const float* middle, const float* above, int bin, float threshold, Sides sides,
                 Maximum* found, unsigned* count, cudaStream_t stream);

}  // namespace memo::imaging
