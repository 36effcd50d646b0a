// From which earlier blur the next one is made, in the back ends that build each from the last.
//
// A sampled Gaussian much narrower than a pixel is a poor Gaussian. So where the step from the last blur is
// too small, one further back is the source: two of them are kept. Thread safety: that of a container.
#pragma once

#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/image.h"

#include <memory>
#include <utility>

namespace memo::imaging {

struct Blurred {
    double sigma = 0;  // of its blur
    std::shared_ptr<const Image> image;
};

class StepChain {
  public:
    // `scale` is the size of a pixel: of a halved image it is 2, of one halved twice 4.
    // `truncate` is where the kernels of steps are cut, in sigma.
    StepChain(Blurred first, double scale, double truncate)
        : older_(first), newer_(first), latest_(std::move(first)), scale_(scale), truncate_(truncate) {}

    // The source for a blur of `sigma`, which grows from call to call.
    [[nodiscard]] const Blurred& source(double sigma) {
        if (far_enough(latest_, sigma)) {
            older_ = newer_ = latest_;
        } else if (far_enough(newer_, sigma)) {
            older_ = std::exchange(newer_, latest_);
        }
        return older_;
    }
    // That source is far enough for a good kernel, as it need not be if the chain is young.
    [[nodiscard]] bool reaches(double sigma) const { return far_enough(older_, sigma); }
    [[nodiscard]] Kernel kernel(const Blurred& from, double sigma, double centre) const {
        return step_kernel(step_sigma(from.sigma, sigma) / scale_, centre, truncate_);
    }

    void add(Blurred latest) { latest_ = std::move(latest); }
    [[nodiscard]] const Blurred& latest() const { return latest_; }

  private:
    static constexpr double kLeastStep = 0.9;  // pixels of the image at hand

    [[nodiscard]] bool far_enough(const Blurred& from, double sigma) const {
        return step_sigma(from.sigma, sigma) >= kLeastStep * scale_;
    }

    Blurred older_;
    Blurred newer_;
    Blurred latest_;
    double scale_;
    double truncate_;
};

}  // namespace memo::imaging
