// Sampled Gaussians: the taps of one direction of a separable blur.
//
// Invariants: taps are symmetric, positive and sum to 1. Thread safety: pure functions.
#pragma once

#include <vector>

namespace memo::imaging {

// Taps at the offsets first, first + 1, ... of the pixel (`centre` 0) or, for a kernel that halves an image,
// of the point between pixel 0 and pixel 1 (`centre` 0.5).
struct Kernel {
    std::vector<float> taps;
    int first = 0;

    [[nodiscard]] int last() const { return first + static_cast<int>(taps.size()) - 1; }
};

// The paper's kernel: radius int(truncate * sigma + 0.5), samples of exp(-x^2 / 2 sigma^2), normalised.
[[nodiscard]] Kernel gaussian_kernel(double sigma, double truncate);

// A kernel for one step of many. Truncation makes a kernel a little too narrow, and steps would add that up:
// its samples are those of the Gaussian whose *truncated* variance is sigma^2. `centre` is 0 or 0.5.
[[nodiscard]] Kernel step_kernel(double sigma, double centre, double truncate);

// The standard deviation of the step from a blur of `from` to one of `to`: sqrt(to^2 - from^2).
[[nodiscard]] double step_sigma(double from, double to);

}  // namespace memo::imaging
