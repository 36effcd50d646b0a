// The back end on a GPU (cuda_backend.h): the recursive back end's blurs, and all else of the paper, on the device.
//
// An image goes over once, from pinned memory, and its blobs come back. Nothing that comes back decides what is done
// next, so the work for an image, some 150 kernels, is recorded once and started with one call; the host waits once.
// Beside what blurs take (device_blurs.cuh), three slices and tables of maxima and blobs lie on the device.
#include "scientific/imaging/cuda/device_blurs.cuh"
#include "scientific/imaging/cuda/pruning.cuh"
#include "scientific/imaging/cuda_backend.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace memo::imaging {

namespace {

constexpr double kSmoothingTruncate = 5.0;

// What comes back of an image. The first blobs come with the counts, for most images all of them.
struct Returned {
    static constexpr unsigned kFirst = 2048;

    unsigned maxima;
    unsigned blobs;
};

class Cuda final : public WholeDetector {
  public:
    Cuda(int width, int height, const DetectorOptions& options)
        : sides_{width, height},
          options_(options),
          blurs_(sides_, options.scales),
          raw_(device_memory<float>(sides_.pixels())),
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
        if (const double sigma = options.preprocessing.smoothing; sigma > 0) {
            const Kernel kernel = gaussian_kernel(sigma, kSmoothingTruncate);
            smoothing_taps_ = copied_to_device(kernel.taps);
            smoothing_ = {smoothing_taps_.get(), kernel.last()};
        }
        work_.record(blurs_.stream(), [this] { enqueue_whole(); });
    }

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override {
        const cudaStream_t stream = blurs_.stream();
        blurs_.stage(image);
        blurs_.copy_in(blurs_.image());
        enqueue_maxima(threshold);
        check(cudaMemcpyAsync(returned_counts_.get(), counts_.get(), sizeof(Returned), cudaMemcpyDeviceToHost, stream));
        check(cudaStreamSynchronize(stream));
        return maxima_back();
    }

    [[nodiscard]] Detections detect(const Image& image) override {
        const auto begin = std::chrono::steady_clock::now();
        blurs_.stage(image);
        const std::chrono::duration<double, std::milli> staging = std::chrono::steady_clock::now() - begin;
        work_.start(blurs_.stream());
        check(cudaStreamSynchronize(blurs_.stream()));

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
    // Everything from the staged image to the blobs, on the way to the host.
    void enqueue_whole() {
        const cudaStream_t stream = blurs_.stream();
        const Preprocessing& preprocessing = options_.preprocessing;
        begun_.set(stream);
        const bool smooths = smoothing_.first != nullptr;
        blurs_.copy_in(smooths ? raw_.get() : blurs_.image());
        copied_in_.set(stream);
        if (smooths) blur(raw_.get(), blurs_.scratch(), blurs_.image(), sides_, smoothing_, stream);
        stretch(blurs_.image(), sides_, preprocessing.saturation, contrast_.get(), stream);
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
        const cudaStream_t stream = blurs_.stream();
        check(cudaMemsetAsync(counts_.get(), 0, sizeof(Returned), stream));
        blurs_.for_each_bin([&](const DueBlur& due) {
            blur_and_subtract(due.from, due.between, due.to, sides_, due.taps, due.narrow, due.sigma, slice(due.bin),
                              stream);
            if (due.bin < 2) return;
            find_maxima(slice(due.bin - 2), slice(due.bin - 1), slice(due.bin), due.bin - 1, threshold, sides_,
                        found_.get(), &counts_[0].maxima, stream);
        });
    }

    // What the counts that came back speak of.
    [[nodiscard]] std::vector<Maximum> maxima_back() {
        const std::size_t count = std::min(returned_counts_[0].maxima, kMostMaxima);
        check(cudaMemcpyAsync(returned_.get(), found_.get(), count * sizeof(Maximum), cudaMemcpyDeviceToHost,
                              blurs_.stream()));
        check(cudaStreamSynchronize(blurs_.stream()));
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
                                  blurs_.stream()));
            check(cudaStreamSynchronize(blurs_.stream()));
        }
        return {returned_blobs_.get(), returned_blobs_.get() + count};
    }

    [[nodiscard]] float* slice(int bin) { return slices_[static_cast<std::size_t>(bin) % 3].get(); }

    Sides sides_;
    DetectorOptions options_;
    DeviceBlurs blurs_;
    Recording work_;
    Mark begun_, copied_in_, prepared_, searched_, pruned_, copied_out_;
    DeviceMemory<float> raw_;
    DeviceMemory<float> smoothing_taps_;
    Taps smoothing_;  // none: no smoothing
    DeviceMemory<Contrast> contrast_;
    DeviceMemory<Maximum> found_;
    DeviceMemory<Returned> counts_;
    DeviceMemory<Blob> unordered_, ordered_, kept_;
    DeviceMemory<unsigned char> states_;
    PinnedMemory<Maximum> returned_;
    PinnedMemory<Returned> returned_counts_;
    PinnedMemory<Blob> returned_blobs_;
    DeviceMemory<float> slices_[3];
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
