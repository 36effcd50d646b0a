// The whole of the paper for one image after another (detector.h).
#include "scientific/imaging/detector.h"

#include "scientific/imaging/backends.h"
#include "scientific/imaging/cuda_backend.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace memo::imaging {

namespace {

constexpr int kLeastSide = 3;
constexpr int kTrialSide = 512;  // pixels: `auto` measures on no more than this from the middle of an image
constexpr int kTrials = 2;

class Clock {
  public:
    [[nodiscard]] double lap_ms() {
        const auto now = std::chrono::steady_clock::now();
        return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
    }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Null if the name is cuda and there is no GPU.
[[nodiscard]] std::unique_ptr<MaximumSource> make_source(const std::string& name, int width, int height,
                                                         const DetectorOptions& options) {
    if (name == "direct") return make_direct(width, height, options.scales, options.threads);
    if (name == "recursive") return make_recursive(width, height, options.scales, options.threads);
    if (name == "fft") return make_fft(width, height, options.scales, options.threads);
    if (name == "cuda") return make_cuda(width, height, options);
    return make_pyramid(width, height, options.scales, options.threads);
}

[[nodiscard]] Image middle_of(const Image& image) {
    Image part(std::min(image.width(), kTrialSide), std::min(image.height(), kTrialSide));
    const int left = (image.width() - part.width()) / 2;
    const int top = (image.height() - part.height()) / 2;
    for (int y = 0; y < part.height(); ++y) std::copy_n(image.row(top + y) + left, part.width(), part.row(y));
    return part;
}

[[nodiscard]] double trial_ms(MaximumSource& source, const Image& image, float threshold) {
    double best = 0;
    for (int i = 0; i < kTrials; ++i) {
        Clock clock;
        static_cast<void>(source.maxima(image, threshold));
        const double taken = clock.lap_ms();
        best = i == 0 ? taken : std::min(best, taken);
    }
    return best;
}

}  // namespace

const std::vector<std::string>& backend_names() {
    static const std::vector<std::string> names = {"auto", "pyramid", "recursive", "fft", "direct", "cuda"};
    return names;
}

std::string wrong_options(const DetectorOptions& options) {
    const Scales& scales = options.scales;
    const auto within = [](double value, double least, double most) {
        return value >= least && value <= most;
    };
    if (!within(scales.min_sigma, 0.5, 1000)) return "min_sigma must lie between 0.5 and 1000 pixels";
    if (!within(scales.max_sigma, 0.5, 1000)) return "max_sigma must lie between 0.5 and 1000 pixels";
    if (scales.max_sigma <= scales.min_sigma) return "max_sigma must be greater than min_sigma";
    if (scales.n_bin < 3 || scales.n_bin > 1000) return "n_bin must lie between 3 and 1000";
    if (!within(scales.truncate, 2, 10)) return "truncate must lie between 2 and 10";
    if (!within(options.preprocessing.smoothing, 0, 100))
        return "smoothing must lie between 0 and 100 pixels";
    if (!within(options.preprocessing.saturation, 0, 0.5)) return "saturation must lie between 0 and 0.5";
    if (!within(options.threshold, 1e-6, 1e6)) return "threshold must be greater than 0";
    if (!within(options.overlap, 0, 1)) return "overlap must lie between 0 and 1";
    if (options.threads < 1 || options.threads > 256) return "threads must lie between 1 and 256";
    return {};
}

Detector::Detector(DetectorOptions options) : options_(std::move(options)) {}
Detector::~Detector() = default;

void Detector::choose(const Image& image) {
    chosen_ = options_.backend;
    if (chosen_ != "auto") return;
    const Image part = preprocessed(middle_of(image), options_.preprocessing, options_.threads);
    double best = 0;
    for (const std::string& name : backend_names()) {
        if (name == "auto") continue;
        const auto source = make_source(name, part.width(), part.height(), options_);
        if (source == nullptr) continue;
        const double taken = trial_ms(*source, part, static_cast<float>(options_.threshold));
        char text[64];
        std::snprintf(text, sizeof text, "%s%s %.1f", remark_.empty() ? "" : ", ", name.c_str(), taken);
        remark_ += text;
        if (chosen_ == "auto" || taken < best) {
            best = taken;
            chosen_ = name;
        }
    }
    remark_ = "auto chose " + chosen_ + " (ms on the first image's middle: " + remark_ + ")";
}

void Detector::make(int width, int height) {
    source_.reset();
    whole_.reset();
    if (chosen_ == "cuda") {
        whole_ = make_cuda(width, height, options_);
        if (whole_ != nullptr) return;
        chosen_ = "pyramid";
        remark_ = "there is no usable GPU (" + cuda_status() + "): pyramid on the CPU stands in for cuda";
    }
    source_ = make_source(chosen_, width, height, options_);
}

Result<Detections> Detector::detect(const Image& image) {
    if (image.width() < kLeastSide || image.height() < kLeastSide) {
        return Error{"is " + std::to_string(image.width()) + " x " + std::to_string(image.height()) +
                     " pixels: at least 3 x 3 are needed"};
    }
    if (chosen_.empty()) choose(image);
    if (width_ != image.width() || height_ != image.height()) {
        make(image.width(), image.height());
        width_ = image.width();
        height_ = image.height();
    }
    if (whole_ != nullptr) return whole_->detect(image);

    Detections detections;
    Clock clock;
    const Image prepared = preprocessed(image, options_.preprocessing, options_.threads);
    detections.preprocessing_ms = clock.lap_ms();
    const std::vector<Maximum> maxima = source_->maxima(prepared, static_cast<float>(options_.threshold));
    detections.scale_space_ms = clock.lap_ms();
    detections.maxima = maxima.size();
    std::vector<Blob> blobs;
    blobs.reserve(maxima.size());
    for (const Maximum& maximum : maxima) {
        blobs.push_back(blob_of(maximum, options_.scales, options_.preprocessing.smoothing, options_.radius));
    }
    detections.blobs = pruned(std::move(blobs), options_.overlap);
    detections.pruning_ms = clock.lap_ms();
    return detections;
}

}  // namespace memo::imaging
