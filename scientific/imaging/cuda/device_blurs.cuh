// Blurs on the device, one after another, each from an earlier one: what the GPU's back ends share.
//
// An image goes over once, from pinned memory; everything follows in one stream without waiting for the host, since
// nothing that comes back decides what is done next. Memory on the device: the image, a scratch, up to four
// blurs. The same kernels and steps as on the CPU (step_chain.h), so the same tolerances hold.
#pragma once

#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/scale_space.h"
#include "scientific/imaging/step_chain.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace memo::imaging {

inline const dim3 kBlock(32, 8);

// A row of the image is mirrored at its ends, as everywhere (image.h).
__device__ inline int mirrored_on_device(int index, int size) {
    const int period = 2 * size;
    int i = index % period;
    if (i < 0) i += period;
    return i < size ? i : period - 1 - i;
}

// The kernel along one direction, in which a pixel's neighbours lie `step` apart and of which there are `size`:
// (1, width) along the rows, (width, height) down the columns. Neighbouring threads read neighbouring pixels in
// both, and the caches share what their kernels have in common.
template <bool kDown>
__global__ void blur_on_device(const float* from, float* to, int width, int height, const float* taps, int radius) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= width || y >= height) return;
    const long here = static_cast<long>(y) * width + x;
    const int at = kDown ? y : x;
    const int size = kDown ? height : width;
    const long step = kDown ? width : 1;
    float sum = 0;
    if (at >= radius && at + radius < size) {
        const float* pixel = from + here - radius * step;
        for (int t = 0; t <= 2 * radius; ++t, pixel += step) sum += taps[t] * *pixel;
    } else {
        const float* line = from + here - at * step;
        for (int t = 0; t <= 2 * radius; ++t) sum += taps[t] * line[mirrored_on_device(at - radius + t, size) * step];
    }
    to[here] = sum;
}

struct OnDevice {
    void operator()(void* memory) const { cudaFree(memory); }
};
struct Pinned {
    void operator()(void* memory) const { cudaFreeHost(memory); }
};
template <class T>
using DeviceMemory = std::unique_ptr<T[], OnDevice>;
template <class T>
using PinnedMemory = std::unique_ptr<T[], Pinned>;

// Programmer's errors and lost devices alike: main prints the line.
inline void check(cudaError_t error) {
    if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}

template <class T>
[[nodiscard]] DeviceMemory<T> device_memory(std::size_t count) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, count * sizeof(T)));
    return DeviceMemory<T>(static_cast<T*>(memory));
}

template <class T>
[[nodiscard]] PinnedMemory<T> pinned_memory(std::size_t count) {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, count * sizeof(T)));
    return PinnedMemory<T>(static_cast<T*>(memory));
}

// One blur of the schedule, which is the same for every image: buffers are numbered.
struct Step {
    std::size_t source = 0;
    std::size_t result = 0;
    std::size_t taps = 0;  // where they begin in the table
    int radius = 0;
};

class Stream {
  public:
    Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
    ~Stream() { cudaStreamDestroy(stream_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    [[nodiscard]] cudaStream_t get() const { return stream_; }

  private:
    cudaStream_t stream_ = nullptr;
};

class DeviceBlurs {
  public:
    DeviceBlurs(int width, int height, const Scales& scales)
        : width_(width),
          height_(height),
          pixels_(static_cast<std::size_t>(width) * height),
          scales_(scales),
          staged_(pinned_memory<float>(pixels_)),
          scratch_(device_memory<float>(pixels_)) {
        plan();
    }

    [[nodiscard]] cudaStream_t stream() const { return stream_.get(); }
    [[nodiscard]] std::size_t pixels() const { return pixels_; }
    [[nodiscard]] dim3 grid() const {
        return {(static_cast<unsigned>(width_) + kBlock.x - 1) / kBlock.x,
                (static_cast<unsigned>(height_) + kBlock.y - 1) / kBlock.y};
    }
    // Of 256 threads, one a pixel.
    [[nodiscard]] unsigned line() const { return static_cast<unsigned>((pixels_ + 255) / 256); }

    void upload(const Image& image) {
        for (int y = 0; y < height_; ++y)
            std::copy_n(image.row(y), width_, staged_.get() + static_cast<std::size_t>(y) * width_);
        check(cudaMemcpyAsync(blurs_[0].get(), staged_.get(), pixels_ * sizeof(float), cudaMemcpyHostToDevice, stream()));
    }

    // Calls consumer(bin, G_bin, G_{bin + 1}, sigma_bin) for all bins, to put its work into the stream.
    template <class Consumer>
    void pairs(const Consumer& consumer) {
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            blur(steps_[i]);
            if (i == 0) continue;
            const int bin = static_cast<int>(i) - 1;
            consumer(bin, blurs_[steps_[i - 1].result].get(), blurs_[steps_[i].result].get(),
                     static_cast<float>(scales_.sigma(bin)));
        }
        check(cudaGetLastError());
    }

  private:
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
        for (std::size_t i = 0; i < buffers.size(); ++i) blurs_.push_back(device_memory<float>(pixels_));
        taps_ = device_memory<float>(taps.size());
        check(cudaMemcpy(taps_.get(), taps.data(), taps.size() * sizeof(float), cudaMemcpyHostToDevice));
    }

    void blur(const Step& step) {
        const float* taps = taps_.get() + step.taps;
        const cudaStream_t stream = stream_.get();
        blur_on_device<false><<<grid(), kBlock, 0, stream>>>(blurs_[step.source].get(), scratch_.get(), width_, height_,
                                                             taps, step.radius);
        blur_on_device<true><<<grid(), kBlock, 0, stream>>>(scratch_.get(), blurs_[step.result].get(), width_, height_,
                                                            taps, step.radius);
    }

    static constexpr double kStepTruncate = 5.0;

    int width_;
    int height_;
    std::size_t pixels_;
    Scales scales_;
    Stream stream_;
    PinnedMemory<float> staged_;
    DeviceMemory<float> scratch_;
    std::vector<DeviceMemory<float>> blurs_;
    DeviceMemory<float> taps_;
    std::vector<Step> steps_;
};

}  // namespace memo::imaging
