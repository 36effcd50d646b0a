// The back end on a GPU (cuda_backend.h): the recursive back end's blurs, and all else of the paper, on the device.
//
// An image goes over once, from pinned memory, and its blobs come back. Nothing that comes back decides what is done
// next, so the work for an image, some 150 kernels, is recorded once and started with one call; the host waits once.
// Memory on the device: the image, a scratch, up to four blurs, three slices, tables of maxima and blobs. The same
// kernels and steps as on the CPU (step_chain.h), so the same tolerances hold.
#include "scientific/imaging/cuda/device.cuh"
#include "scientific/imaging/cuda/kernels.cuh"
#include "scientific/imaging/cuda/pruning.cuh"
#include "scientific/imaging/cuda_backend.h"
#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/step_chain.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace memo::imaging {

namespace {

constexpr double kStepTruncate = 5.0;
constexpr double kSmoothingTruncate = 5.0;

// What comes back of an image. The first blobs come with the counts, for most images all of them.
struct Returned {
    static constexpr unsigned kFirst = 2048;

    unsigned maxima;
    unsigned blobs;
};

// One blur of the schedule, which is the same for every image: buffers are numbered.
struct Step {
    std::size_t source = 0;
    std::size_t result = 0;
    std::size_t taps = 0;  // where they begin in the table
    int radius = 0;
};

class Cuda final : public WholeDetector {
  public:
    Cuda(int width, int height, const DetectorOptions& options)
        : sides_{width, height},
          options_(options),
          staged_(pinned_memory<float>(sides_.pixels())),
          raw_(device_memory<float>(sides_.pixels())),
          scratch_(device_memory<float>(sides_.pixels())),
          contrast_(device_memory<Contrast>(1)),
          found_(device_memory<Maximum>(kMostMaxima)),
          counts_(device_memory<Returned>(1)),
          unordered_(device_memory<Blob>(kMostPruned)),
          ordered_(device_memory<Blob>(kMostPruned)),
          kept_(device_memory<Blob>(kMostPruned)),
          states_(device_memory<unsigned char>(kMostPruned)),
          returned_(pinned_memory<Maximum>(kMostMaxima)),
          returned_counts_(pinned_memory<Returned>(1)),
          returned_blobs_(pinned_memory<Blob>(kMostPruned)) {
        for (auto& slice : slices_) slice = device_memory<float>(sides_.pixels());
        plan();
        work_.record(stream_.get(), [this] { enqueue_whole(); });
    }

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override {
        const cudaStream_t stream = stream_.get();
        stage(image);
        copy_in(blurs_[0].get());
        enqueue_maxima(threshold);
        check(cudaGetLastError());
        check(cudaMemcpyAsync(returned_counts_.get(), counts_.get(), sizeof(Returned), cudaMemcpyDeviceToHost, stream));
        check(cudaStreamSynchronize(stream));
        return maxima_back();
    }

    [[nodiscard]] Detections detect(const Image& image) override {
        const auto begin = std::chrono::steady_clock::now();
        stage(image);
        const std::chrono::duration<double, std::milli> staging = std::chrono::steady_clock::now() - begin;
        work_.start(stream_.get());
        check(cudaStreamSynchronize(stream_.get()));

        Detections detections;
        detections.maxima = std::min(returned_counts_[0].maxima, kMostMaxima);
        if (returned_counts_[0].maxima > kMostPruned) {
            std::vector<Blob> blobs;
            for (const Maximum& maximum : maxima_back()) {
                blobs.push_back(
                    blob_of(maximum, options_.scales, options_.preprocessing.smoothing, options_.radius));
            }
            detections.blobs = pruned(std::move(blobs), options_.overlap);
        } else {
            detections.blobs = blobs_back();
        }
        detections.copying_ms = staging.count() + copied_in_.ms_since(begun_) + copied_out_.ms_since(pruned_);
        detections.preprocessing_ms = prepared_.ms_since(copied_in_);
        detections.scale_space_ms = searched_.ms_since(prepared_);
        detections.pruning_ms = pruned_.ms_since(searched_);
        return detections;
    }

  private:
    // Numbers the buffers that StepChain wants: a buffer is free when no link of the chain holds its image.
    void plan() {
        std::vector<std::shared_ptr<Image>> buffers = {std::make_shared<Image>()};
        std::vector<float> taps;
        const auto append = [&](const Kernel& kernel) {
            const std::size_t first = taps.size();
            taps.insert(taps.end(), kernel.taps.begin(), kernel.taps.end());
            return first;
        };
        StepChain chain({0.0, buffers[0]}, 1.0, kStepTruncate);
        std::size_t last = 0;
        const auto number_of = [&](const Image* image) {
            std::size_t i = 0;
            while (buffers[i].get() != image) ++i;
            return i;
        };
        for (int i = 0; i <= options_.scales.n_bin; ++i) {
            const double sigma = options_.scales.sigma(i);
            const Blurred source = chain.source(sigma);
            const Kernel kernel = source.sigma > 0 ? chain.kernel(source, sigma, 0.0)
                                                   : gaussian_kernel(sigma, options_.scales.truncate);
            std::size_t free = 1;  // the image itself is never overwritten: sources of the first steps
            while (free < buffers.size() && (buffers[free].use_count() > 1 || free == last)) ++free;
            if (free == buffers.size()) buffers.push_back(std::make_shared<Image>());
            steps_.push_back({number_of(source.image.get()), free, append(kernel), kernel.last()});
            chain.add({sigma, buffers[free]});
            last = free;
        }
        if (options_.preprocessing.smoothing > 0) {
            const Kernel kernel = gaussian_kernel(options_.preprocessing.smoothing, kSmoothingTruncate);
            smoothing_ = {0, 0, append(kernel), kernel.last()};
        }
        for (std::size_t i = 0; i < buffers.size(); ++i) blurs_.push_back(device_memory<float>(sides_.pixels()));
        taps_ = device_memory<float>(taps.size());
        check(cudaMemcpy(taps_.get(), taps.data(), taps.size() * sizeof(float), cudaMemcpyHostToDevice));
    }

    // Everything from the staged image to the blobs, on the way to the host.
    void enqueue_whole() {
        const cudaStream_t stream = stream_.get();
        const Preprocessing& preprocessing = options_.preprocessing;
        begun_.set(stream);
        copy_in(preprocessing.smoothing > 0 ? raw_.get() : blurs_[0].get());
        copied_in_.set(stream);
        if (preprocessing.smoothing > 0)
            blur(raw_.get(), scratch_.get(), blurs_[0].get(), sides_, taps_of(smoothing_), stream);
        stretch(blurs_[0].get(), sides_, preprocessing.saturation, contrast_.get(), stream);
        prepared_.set(stream);
        enqueue_maxima(static_cast<float>(options_.threshold));
        searched_.set(stream);
        prune(found_.get(), &counts_[0].maxima, options_.scales, preprocessing.smoothing, options_.radius,
              options_.overlap, {unordered_.get(), ordered_.get(), states_.get()}, kept_.get(), &counts_[0].blobs, stream);
        pruned_.set(stream);
        check(cudaMemcpyAsync(returned_counts_.get(), counts_.get(), sizeof(Returned), cudaMemcpyDeviceToHost, stream));
        check(cudaMemcpyAsync(returned_blobs_.get(), kept_.get(), Returned::kFirst * sizeof(Blob), cudaMemcpyDeviceToHost,
                              stream));
        copied_out_.set(stream);
    }

    void enqueue_maxima(float threshold) {
        const cudaStream_t stream = stream_.get();
        check(cudaMemsetAsync(counts_.get(), 0, sizeof(Returned), stream));
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            float* const result = blurs_[step.result].get();
            if (i == 0) {
                blur(blurs_[step.source].get(), scratch_.get(), result, sides_, taps_of(step), stream);
                continue;
            }
            const int bin = static_cast<int>(i) - 1;
            blur_and_subtract(blurs_[step.source].get(), scratch_.get(), result, sides_, taps_of(step),
                              blurs_[steps_[i - 1].result].get(), static_cast<float>(options_.scales.sigma(bin)),
                              slice(bin), stream);
            if (bin < 2) continue;
            find_maxima(slice(bin - 2), slice(bin - 1), slice(bin), bin - 1, threshold, sides_, found_.get(),
                        &counts_[0].maxima, stream);
        }
    }

    void stage(const Image& image) {
        for (int y = 0; y < sides_.height; ++y) {
            std::copy_n(image.row(y), sides_.width, staged_.get() + static_cast<std::size_t>(y) * sides_.width);
        }
    }
    void copy_in(float* to) {
        check(cudaMemcpyAsync(to, staged_.get(), sides_.pixels() * sizeof(float), cudaMemcpyHostToDevice, stream_.get()));
    }

    // What the counts that came back speak of.
    [[nodiscard]] std::vector<Maximum> maxima_back() {
        const std::size_t count = std::min(returned_counts_[0].maxima, kMostMaxima);
        check(cudaMemcpyAsync(returned_.get(), found_.get(), count * sizeof(Maximum), cudaMemcpyDeviceToHost,
                              stream_.get()));
        check(cudaStreamSynchronize(stream_.get()));
        std::vector<Maximum> maxima(returned_.get(), returned_.get() + count);
        const auto order = [](const Maximum& m) { return std::tie(m.bin, m.y, m.x); };
        std::sort(maxima.begin(), maxima.end(),
                  [&](const Maximum& a, const Maximum& b) { return order(a) < order(b); });
        return maxima;
    }
    [[nodiscard]] std::vector<Blob> blobs_back() {
        const unsigned count = returned_counts_[0].blobs;
        if (count > Returned::kFirst) {
            check(cudaMemcpyAsync(returned_blobs_.get(), kept_.get(), count * sizeof(Blob), cudaMemcpyDeviceToHost,
                                  stream_.get()));
            check(cudaStreamSynchronize(stream_.get()));
        }
        return {returned_blobs_.get(), returned_blobs_.get() + count};
    }

    [[nodiscard]] Taps taps_of(const Step& step) const { return {taps_.get() + step.taps, step.radius}; }
    [[nodiscard]] float* slice(int bin) { return slices_[static_cast<std::size_t>(bin) % 3].get(); }

    Sides sides_;
    DetectorOptions options_;
    Stream stream_;
    Recording work_;
    Mark begun_, copied_in_, prepared_, searched_, pruned_, copied_out_;
    PinnedMemory<float> staged_;
    DeviceMemory<float> raw_;
    DeviceMemory<float> scratch_;
    DeviceMemory<Contrast> contrast_;
    DeviceMemory<Maximum> found_;
    DeviceMemory<Returned> counts_;
    DeviceMemory<Blob> unordered_, ordered_, kept_;
    DeviceMemory<unsigned char> states_;
    PinnedMemory<Maximum> returned_;
    PinnedMemory<Returned> returned_counts_;
    PinnedMemory<Blob> returned_blobs_;
    DeviceMemory<float> slices_[3];
    std::vector<DeviceMemory<float>> blurs_;  // the first is the image that the scale space is of
    DeviceMemory<float> taps_;
    std::vector<Step> steps_;
    Step smoothing_;
};

}  // namespace

std::string cuda_status() {
    int devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess) return cudaGetErrorString(error);
    return devices > 0 ? "" : "no device";
}

std::unique_ptr<WholeDetector> make_cuda(int width, int height, const DetectorOptions& options) {
    if (!cuda_status().empty()) return nullptr;
    return std::make_unique<Cuda>(width, height, options);
}

}  // namespace memo::imaging
