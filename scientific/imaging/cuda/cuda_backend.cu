// The back end on a GPU (cuda_backend.h): recursive blurs, slices and maxima on the device.
//
// Three slices are held there; the maxima come back once.
#include "scientific/imaging/cuda_backend.h"

#include "scientific/imaging/cuda/device_blurs.cuh"

#include <tuple>

namespace memo::imaging {

namespace {

constexpr unsigned kMostMaxima = 1U << 20U;

__global__ void subtract_on_device(const float* narrow, const float* wide, float sigma, float* slice, std::size_t count) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count) slice[i] = sigma * (narrow[i] - wide[i]);
}

__global__ void find_maxima_on_device(const float* below, const float* middle, const float* above, int bin,
                                      float threshold, int width, int height, Maximum* found, unsigned* count) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= width || y >= height) return;
    const std::size_t here = static_cast<std::size_t>(y) * width + x;
    const float value = middle[here];
    if (!(value > threshold)) return;
    for (int v = max(y - 1, 0); v <= min(y + 1, height - 1); ++v) {
        for (int u = max(x - 1, 0); u <= min(x + 1, width - 1); ++u) {
            const std::size_t there = static_cast<std::size_t>(v) * width + u;
            if (middle[there] > value || below[there] > value || above[there] > value) return;
        }
    }
    const unsigned place = atomicAdd(count, 1U);
    if (place < kMostMaxima) found[place] = {x, y, bin, value, below[here], above[here]};
}

class Cuda final : public MaximumSource {
  public:
    Cuda(int width, int height, const Scales& scales)
        : width_(width),
          height_(height),
          blurs_(width, height, scales),
          found_(device_memory<Maximum>(kMostMaxima)),
          count_(device_memory<unsigned>(1)),
          returned_(pinned_memory<Maximum>(kMostMaxima)),
          returned_count_(pinned_memory<unsigned>(1)) {
        for (auto& slice : slices_) slice = device_memory<float>(blurs_.pixels());
    }

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override {
        const cudaStream_t stream = blurs_.stream();
        blurs_.upload(image);
        check(cudaMemsetAsync(count_.get(), 0, sizeof(unsigned), stream));
        blurs_.pairs([&](int bin, const float* narrow, const float* wide, float sigma) {
            subtract_on_device<<<blurs_.line(), 256, 0, stream>>>(narrow, wide, sigma, slice(bin), blurs_.pixels());
            if (bin < 2) return;
            find_maxima_on_device<<<blurs_.grid(), kBlock, 0, stream>>>(slice(bin - 2), slice(bin - 1), slice(bin), bin - 1,
                                                                        threshold, width_, height_, found_.get(),
                                                                        count_.get());
        });
        return come_back();
    }

  private:
    [[nodiscard]] float* slice(int bin) { return slices_[static_cast<std::size_t>(bin) % 3].get(); }

    [[nodiscard]] std::vector<Maximum> come_back() {
        const cudaStream_t stream = blurs_.stream();
        check(cudaMemcpyAsync(returned_count_.get(), count_.get(), sizeof(unsigned), cudaMemcpyDeviceToHost, stream));
        check(cudaStreamSynchronize(stream));
        const std::size_t count = std::min(returned_count_[0], kMostMaxima);
        check(cudaMemcpyAsync(returned_.get(), found_.get(), count * sizeof(Maximum), cudaMemcpyDeviceToHost, stream));
        check(cudaStreamSynchronize(stream));
        std::vector<Maximum> maxima(returned_.get(), returned_.get() + count);
        const auto order = [](const Maximum& m) { return std::tie(m.bin, m.y, m.x); };
        std::sort(maxima.begin(), maxima.end(),
                  [&](const Maximum& a, const Maximum& b) { return order(a) < order(b); });
        return maxima;
    }

    int width_;
    int height_;
    DeviceBlurs blurs_;
    DeviceMemory<Maximum> found_;
    DeviceMemory<unsigned> count_;
    PinnedMemory<Maximum> returned_;
    PinnedMemory<unsigned> returned_count_;
    DeviceMemory<float> slices_[3];
};

}  // namespace

std::string cuda_status() {
    int devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess) return cudaGetErrorString(error);
    return devices > 0 ? "" : "no device";
}

std::unique_ptr<MaximumSource> make_cuda(int width, int height, const Scales& scales) {
    if (!cuda_status().empty()) return nullptr;
    return std::make_unique<Cuda>(width, height, scales);
}

}  // namespace memo::imaging
