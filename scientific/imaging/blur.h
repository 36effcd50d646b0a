// Separable blurs: the same symmetric kernel down the columns and along the rows, borders mirrored.
//
// Invariants: a row of the result depends on the source and the kernel alone, not on how rows are divided
// among threads or calls. Thread safety: a Blur holds scratch rows: one for each thread.
#pragma once

#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/image.h"

#include <vector>

namespace memo::imaging {

class Blur {
  public:
    // `kernel` is centred on a pixel.
    explicit Blur(const Kernel& kernel);

    // Rows [begin, end) of the blurred `source`, which has the size of `result` and is not `result`.
    void rows(const Image& source, Image& result, int begin, int end);

  private:
    static constexpr int kRowsAtOnce = 4;  // that share what is read of the source

    int radius_;
    std::vector<float> taps_;          // with kRowsAtOnce - 1 zeros on either side
    std::vector<const float*> under_;  // the source rows under the kernel
    std::vector<float> middle_;        // kRowsAtOnce rows after the vertical pass, with margins
};

// The whole of it, on so many threads.
void blur(const Image& source, Image& result, const Kernel& kernel, unsigned threads);

// The size of an image of every other point.
[[nodiscard]] constexpr int halved(int size) {
    return (size + 1) / 2;
}

// The blurred `source` at the points (2x + 0.5, 2y + 0.5) only, with a kernel centred between two pixels. The
// sides of `source` are even, so that the mirror at its border is one of the halved image too.
void blur_halving(const Image& source, Image& result, const Kernel& kernel, unsigned threads);

}  // namespace memo::imaging
