// Blurs on the device, one after another, each from an earlier one: what the GPU's back ends share.
//
// An image goes over once, from pinned memory; everything follows in one stream without waiting for the host, since
// nothing that comes back decides what is done next. Memory on the device: the image, a scratch, up to four
// blurs. The same kernels and steps as on the CPU (step_chain.h), so the same tolerances hold.
#pragma once

#include "scientific/imaging/cuda/device.cuh"
#include "scientific/imaging/cuda/kernels.cuh"
#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/scale_space.h"
#include "scientific/imaging/step_chain.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace memo::imaging {

// A blur that is due: to = G_{bin + 1}, of which the last one, narrow = G_bin, is there. The arguments of blur().
struct DueBlur {
    int bin;
    float sigma;  // of the bin
    const float* narrow;
    const float* from;
    float* between;
    float* to;
    Taps taps;
};

class DeviceBlurs {
  public:
    DeviceBlurs(Sides sides, const Scales& scales)
        : sides_(sides),
          scales_(scales),
          staged_(pinned_memory<float>(sides.pixels())),
          scratch_(device_memory<float>(sides.pixels())) {
        plan();
    }

    [[nodiscard]] Sides sides() const { return sides_; }
    [[nodiscard]] cudaStream_t stream() const { return stream_.get(); }
    [[nodiscard]] float* image() const { return blurs_[0].get(); }  // that is blurred
    [[nodiscard]] float* scratch() const { return scratch_.get(); }

    // To memory from which it can be sent; then, in the stream, to the device.
    void stage(const Image& image) {
        for (int y = 0; y < sides_.height; ++y) {
            std::copy_n(image.row(y), sides_.width, staged_.get() + static_cast<std::size_t>(y) * sides_.width);
        }
    }
    void copy_in(float* to) {
        check(cudaMemcpyAsync(to, staged_.get(), sides_.pixels() * sizeof(float), cudaMemcpyHostToDevice, stream()));
    }

    // Calls consumer(due) for all bins in their order, to put the blur and what is done with it into the stream.
    template <class Consumer>
    void for_each_bin(const Consumer& consumer) {
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            const int bin = static_cast<int>(i) - 1;
            const DueBlur due{bin,
                              i == 0 ? 0.0F : static_cast<float>(scales_.sigma(bin)),
                              i == 0 ? nullptr : blurs_[steps_[i - 1].result].get(),
                              blurs_[step.source].get(),
                              scratch_.get(),
                              blurs_[step.result].get(),
                              {taps_.get() + step.taps, step.radius}};
            if (i == 0) {
                blur(due.from, due.between, due.to, sides_, due.taps, stream());
            } else {
                consumer(due);
            }
        }
        check(cudaGetLastError());
    }

  private:
    // One blur of the schedule, which is the same for every image: buffers are numbered.
    struct Step {
        std::size_t source;
        std::size_t result;
        std::size_t taps;  // where they begin in the table
        int radius;
    };

    // Numbers the buffers that StepChain wants: a buffer is free when no link of the chain holds its image.
    void plan() {
        std::vector<std::shared_ptr<Image>> buffers = {std::make_shared<Image>()};
        std::vector<float> taps;
        StepChain chain({0.0, buffers[0]}, 1.0, kStepTruncate);
        std::size_t last = 0;
        const auto number_of = [&](const Image* image) {
            std::size_t i = 0;
            while (buffers[i].get() != image) ++i;
            return i;
        };
        for (int i = 0; i <= scales_.n_bin; ++i) {
            const double sigma = scales_.sigma(i);
            const Blurred source = chain.source(sigma);
            const Kernel kernel = source.sigma > 0 ? chain.kernel(source, sigma, 0.0)
                                                   : gaussian_kernel(sigma, scales_.truncate);
            std::size_t free = 1;  // the image itself is never overwritten: sources of the first steps
            while (free < buffers.size() && (buffers[free].use_count() > 1 || free == last)) ++free;
            if (free == buffers.size()) buffers.push_back(std::make_shared<Image>());
            steps_.push_back({number_of(source.image.get()), free, taps.size(), kernel.last()});
            taps.insert(taps.end(), kernel.taps.begin(), kernel.taps.end());
            chain.add({sigma, buffers[free]});
            last = free;
        }
        for (std::size_t i = 0; i < buffers.size(); ++i) blurs_.push_back(device_memory<float>(sides_.pixels()));
        taps_ = copied_to_device(taps);
    }

    static constexpr double kStepTruncate = 5.0;

    Sides sides_;
    Scales scales_;
    Stream stream_;
    PinnedMemory<float> staged_;
    DeviceMemory<float> scratch_;
    std::vector<DeviceMemory<float>> blurs_;
    DeviceMemory<float> taps_;
    std::vector<Step> steps_;
};

}  // namespace memo::imaging
