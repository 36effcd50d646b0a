// The blurs of a scale space on fewer and fewer points: what the pyramids for maxima and for features share.
//
// A blur of sigma leaves almost nothing beyond the frequencies that every f-th point can hold if sigma is at
// least kLeastSigma f. From there on a quarter of the points is blurred, at half the distance in points, so
// nearly all of the work is done in the first few slices. Thread safety: one caller at a time.
#pragma once

#include "scientific/imaging/image_pool.h"
#include "scientific/imaging/interpolate.h"
#include "scientific/imaging/scale_space.h"
#include "scientific/imaging/step_chain.h"

#include <deque>
#include <functional>

namespace memo::imaging {

// The whole image, or every 2nd, 4th, ... point of it, as `interpolation` places them.
struct PyramidLevel {
    PyramidLevel(int factor, int width, int height) : interpolation(factor), images(width, height) {}
    Interpolation interpolation;
    ImagePool images;
};

class PyramidBlurs {
  public:
    // The kernels of steps are cut at `step_truncate` sigma.
    PyramidBlurs(int width, int height, const Scales& scales, double step_truncate, unsigned threads);

    // G_bin and G_{bin + 1}, both on the points of `level`.
    using Consumer =
        std::function<void(int bin, PyramidLevel& level, const Blurred& narrow, const Blurred& wide)>;
    // All bins in order, from the finest level to coarser ones.
    void pairs(const Image& image, const Consumer& consumer);

    // Few threads where there are few points.
    [[nodiscard]] unsigned threads_for(const Image& image) const;
    [[nodiscard]] const std::deque<PyramidLevel>& levels() const { return levels_; }

  private:
    [[nodiscard]] int extended(int side, int most) const;
    [[nodiscard]] std::shared_ptr<const Image> whole(const Image& image);
    [[nodiscard]] std::shared_ptr<const Image> blurred(const Image& source, const Kernel& kernel,
                                                       PyramidLevel& level) const;

    Scales scales_;
    double step_truncate_;
    unsigned threads_;
    std::deque<PyramidLevel> levels_;
};

}  // namespace memo::imaging
