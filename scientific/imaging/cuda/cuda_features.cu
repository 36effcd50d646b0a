// Features on a GPU (cuda_backend.h): blurs, responses and their maxima on the device; two numbers come back.
#include "scientific/imaging/cuda_backend.h"

#include "scientific/imaging/cuda/device_blurs.cuh"

namespace memo::imaging {

namespace {

__global__ void respond_on_device(const float* narrow, const float* wide, float sigma, bool first, float* bright,
                                  float* dark, std::size_t count) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float response = sigma * (narrow[i] - wide[i]);
    bright[i] = first ? response : fmaxf(bright[i], response);
    dark[i] = first ? -response : fmaxf(dark[i], -response);
}

// *count grows by the features in `responses`, a block at a time. All threads of a block reach its end.
__global__ void count_on_device(const float* responses, float threshold, int width, int height, unsigned* count) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    bool feature = false;
    if (x < width && y < height) {
        const float value = responses[static_cast<std::size_t>(y) * width + x];
        feature = value > threshold;
        for (int v = max(y - 1, 0); feature && v <= min(y + 1, height - 1); ++v) {
            for (int u = max(x - 1, 0); u <= min(x + 1, width - 1); ++u) {
                if (responses[static_cast<std::size_t>(v) * width + u] > value) feature = false;
            }
        }
    }
    const int found = __syncthreads_count(feature ? 1 : 0);
    if (threadIdx.x == 0 && threadIdx.y == 0 && found > 0) atomicAdd(count, static_cast<unsigned>(found));
}

class Event {
  public:
    Event() { check(cudaEventCreate(&event_)); }
    ~Event() { cudaEventDestroy(event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream)); }
    [[nodiscard]] double ms_since(const Event& earlier) const {
        float ms = 0;
        check(cudaEventElapsedTime(&ms, earlier.event_, event_));
        return ms;
    }

  private:
    cudaEvent_t event_ = nullptr;
};

class OnGpu final : public CudaFeatures {
  public:
    OnGpu(int width, int height, const Scales& scales)
        : width_(width),
          height_(height),
          blurs_(width, height, scales),
          bright_(device_memory<float>(blurs_.pixels())),
          dark_(device_memory<float>(blurs_.pixels())),
          counts_(device_memory<unsigned>(2)),
          returned_(pinned_memory<unsigned>(2)) {}

    [[nodiscard]] FeatureCount count(const Image& image, float threshold) override {
        const cudaStream_t stream = blurs_.stream();
        begin(image);
        check(cudaMemsetAsync(counts_.get(), 0, 2 * sizeof(unsigned), stream));
        const auto count = [&](const float* responses, unsigned* into) {
            count_on_device<<<blurs_.grid(), kBlock, 0, stream>>>(responses, threshold, width_, height_, into);
        };
        count(bright_.get(), counts_.get());
        count(dark_.get(), counts_.get() + 1);
        check(cudaGetLastError());
        computed_.record(stream);
        check(cudaMemcpyAsync(returned_.get(), counts_.get(), 2 * sizeof(unsigned), cudaMemcpyDeviceToHost, stream));
        end();
        return {returned_[0], returned_[1]};
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        begin(image);
        computed_.record(blurs_.stream());
        Responses found{Image(width_, height_), Image(width_, height_)};
        come_back(bright_.get(), found.bright);
        come_back(dark_.get(), found.dark);
        end();
        return found;
    }

    [[nodiscard]] CudaTimes last() const override { return last_; }

  private:
    void begin(const Image& image) {
        begun_.record(blurs_.stream());
        blurs_.upload(image);
        there_.record(blurs_.stream());
        blurs_.pairs([&](int bin, const float* narrow, const float* wide, float sigma) {
            respond_on_device<<<blurs_.line(), 256, 0, blurs_.stream()>>>(narrow, wide, sigma, bin == 0, bright_.get(),
                                                                          dark_.get(), blurs_.pixels());
        });
    }

    void end() {
        ended_.record(blurs_.stream());
        check(cudaStreamSynchronize(blurs_.stream()));
        last_ = {there_.ms_since(begun_), computed_.ms_since(there_), ended_.ms_since(computed_)};
    }

    void come_back(const float* from, Image& to) {
        const std::size_t row = static_cast<std::size_t>(width_) * sizeof(float);
        check(cudaMemcpy2DAsync(to.row(0), to.stride() * sizeof(float), from, row, row, static_cast<std::size_t>(height_),
                                cudaMemcpyDeviceToHost, blurs_.stream()));
    }

    int width_;
    int height_;
    DeviceBlurs blurs_;
    DeviceMemory<float> bright_;
    DeviceMemory<float> dark_;
    DeviceMemory<unsigned> counts_;
    PinnedMemory<unsigned> returned_;
    Event begun_;
    Event there_;
    Event computed_;
    Event ended_;
    CudaTimes last_;
};

}  // namespace

std::unique_ptr<CudaFeatures> make_cuda_features(int width, int height, const Scales& scales) {
    if (!cuda_status().empty()) return nullptr;
    return std::make_unique<OnGpu>(width, height, scales);
}

}  // namespace memo::imaging
