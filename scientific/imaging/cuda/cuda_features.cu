// Features on a GPU (cuda_backend.h): blurs, responses and their maxima on the device; two numbers come back.
#include "scientific/imaging/cuda_backend.h"

#include "scientific/imaging/cuda/device_blurs.cuh"

namespace memo::imaging {

namespace {

constexpr unsigned kFlatBlock = 256;

__global__ void respond_on_device(const float* narrow, const float* wide, float sigma, bool first, float* bright,
                                  float* dark, std::size_t count) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float response = sigma * (narrow[i] - wide[i]);
    bright[i] = first ? response : fmaxf(bright[i], response);
    dark[i] = first ? -response : fmaxf(dark[i], -response);
}

// *count grows by the features in `responses`, a block at a time. All threads of a block reach its end.
__global__ void count_on_device(const float* responses, float threshold, Sides sides, unsigned* count) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    bool feature = false;
    if (x < sides.width && y < sides.height) {
        const float value = responses[static_cast<std::size_t>(y) * sides.width + x];
        feature = value > threshold;
        for (int v = max(y - 1, 0); feature && v <= min(y + 1, sides.height - 1); ++v) {
            for (int u = max(x - 1, 0); u <= min(x + 1, sides.width - 1); ++u) {
                if (responses[static_cast<std::size_t>(v) * sides.width + u] > value) feature = false;
            }
        }
    }
    const int found = __syncthreads_count(feature ? 1 : 0);
    if (threadIdx.x == 0 && threadIdx.y == 0 && found > 0) atomicAdd(count, static_cast<unsigned>(found));
}

class OnGpu final : public CudaFeatures {
  public:
    OnGpu(int width, int height, const Scales& scales)
        : sides_{width, height},
          blurs_(sides_, scales),
          bright_(device_memory<float>(sides_.pixels())),
          dark_(device_memory<float>(sides_.pixels())),
          counts_(device_memory<unsigned>(2)),
          returned_(pinned_memory<unsigned>(2)) {}

    [[nodiscard]] FeatureCount count(const Image& image, float threshold) override {
        const cudaStream_t stream = blurs_.stream();
        begin(image);
        check(cudaMemsetAsync(counts_.get(), 0, 2 * sizeof(unsigned), stream));
        const auto count = [&](const float* responses, unsigned* into) {
            count_on_device<<<grid(sides_), kBlock, 0, stream>>>(responses, threshold, sides_, into);
        };
        count(bright_.get(), counts_.get());
        count(dark_.get(), counts_.get() + 1);
        check(cudaGetLastError());
        computed_.set(stream);
        check(cudaMemcpyAsync(returned_.get(), counts_.get(), 2 * sizeof(unsigned), cudaMemcpyDeviceToHost, stream));
        end();
        return {returned_[0], returned_[1]};
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        begin(image);
        computed_.set(blurs_.stream());
        Responses found{Image(sides_.width, sides_.height), Image(sides_.width, sides_.height)};
        come_back(bright_.get(), found.bright);
        come_back(dark_.get(), found.dark);
        end();
        return found;
    }

    [[nodiscard]] CudaTimes last() const override { return last_; }

  private:
    void begin(const Image& image) {
        blurs_.stage(image);
        begun_.set(blurs_.stream());
        blurs_.copy_in(blurs_.image());
        there_.set(blurs_.stream());
        const std::size_t pixels = sides_.pixels();
        const auto blocks = static_cast<unsigned>((pixels + kFlatBlock - 1) / kFlatBlock);
        blurs_.for_each_bin([&](const DueBlur& due) {
            blur(due.from, due.between, due.to, sides_, due.taps, blurs_.stream());
            respond_on_device<<<blocks, kFlatBlock, 0, blurs_.stream()>>>(due.narrow, due.to, due.sigma, due.bin == 0,
                                                                         bright_.get(), dark_.get(), pixels);
        });
    }

    void end() {
        ended_.set(blurs_.stream());
        check(cudaStreamSynchronize(blurs_.stream()));
        last_ = {there_.ms_since(begun_), computed_.ms_since(there_), ended_.ms_since(computed_)};
    }

    void come_back(const float* from, Image& to) {
        const std::size_t row = static_cast<std::size_t>(sides_.width) * sizeof(float);
        check(cudaMemcpy2DAsync(to.row(0), to.stride() * sizeof(float), from, row, row, static_cast<std::size_t>(sides_.height),
                                cudaMemcpyDeviceToHost, blurs_.stream()));
    }

    Sides sides_;
    DeviceBlurs blurs_;
    DeviceMemory<float> bright_;
    DeviceMemory<float> dark_;
    DeviceMemory<unsigned> counts_;
    PinnedMemory<unsigned> returned_;
    Mark begun_;
    Mark there_;
    Mark computed_;
    Mark ended_;
    CudaTimes last_;
};

}  // namespace

std::unique_ptr<CudaFeatures> make_cuda_features(int width, int height, const Scales& scales) {
    if (!cuda_status().empty()) return nullptr;
    return std::make_unique<OnGpu>(width, height, scales);
}

}  // namespace memo::imaging
