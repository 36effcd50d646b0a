// Features on a GPU (cuda_backend.h): blurs, responses and their maxima on the device; two numbers come back. All of it is
// recorded once a threshold and started with one call.
#include "scientific/imaging/cuda_backend.h"

#include "scientific/imaging/cuda/device_blurs.cuh"

#include <optional>

namespace memo::imaging {

namespace {

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
        blurs_.stage(image);
        if (recorded_for_ != threshold) {
            counting_.record(blurs_.stream(), [&] { enqueue_count(threshold); });
            recorded_for_ = threshold;
        }
        counting_.start(blurs_.stream());
        wait();
        return {returned_[0], returned_[1]};
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        blurs_.stage(image);
        enqueue_responses();
        computed_.set(blurs_.stream());
        Responses found{Image(sides_.width, sides_.height), Image(sides_.width, sides_.height)};
        come_back(bright_.get(), found.bright);
        come_back(dark_.get(), found.dark);
        ended_.set(blurs_.stream());
        wait();
        return found;
    }

    [[nodiscard]] CudaTimes last() const override { return last_; }

  private:
    void enqueue_responses() {
        const cudaStream_t stream = blurs_.stream();
        begun_.set(stream);
        blurs_.copy_in(blurs_.image());
        there_.set(stream);
        blurs_.for_each_bin([&](const DueBlur& due) {
            blur_and_respond(due.from, due.between, due.to, sides_, due.taps, due.narrow, due.sigma, due.bin == 0,
                             bright_.get(), dark_.get(), stream);
        });
    }

    void enqueue_count(float threshold) {
        const cudaStream_t stream = blurs_.stream();
        enqueue_responses();
        check(cudaMemsetAsync(counts_.get(), 0, 2 * sizeof(unsigned), stream));
        count_on_device<<<grid(sides_), kBlock, 0, stream>>>(bright_.get(), threshold, sides_, counts_.get());
        count_on_device<<<grid(sides_), kBlock, 0, stream>>>(dark_.get(), threshold, sides_, counts_.get() + 1);
        check(cudaGetLastError());
        computed_.set(stream);
        check(cudaMemcpyAsync(returned_.get(), counts_.get(), 2 * sizeof(unsigned), cudaMemcpyDeviceToHost, stream));
        ended_.set(stream);
    }

    void wait() {
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
    Recording counting_;
    std::optional<float> recorded_for_;  // a threshold
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
