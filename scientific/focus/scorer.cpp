// The focus score of an image (scorer.h).
#include "scientific/focus/scorer.h"

#include "scientific/imaging/backends.h"
#include "scientific/imaging/cuda_backend.h"
#include "scientific/imaging/latencies.h"
#include "scientific/imaging/preprocess.h"

#include <cmath>

namespace memo::focus {

namespace {

constexpr int kLeastSide = 3;
constexpr int kMostSide = 16384;

[[nodiscard]] std::string sides(int width, int height) {
    return std::to_string(width) + " x " + std::to_string(height);
}

}  // namespace

const std::vector<std::string>& backend_names() {
    static const std::vector<std::string> names = {"pyramid", "fft", "cuda"};
    return names;
}

std::string wrong_options(const ScoreOptions& options) {
    const imaging::Scales& scales = options.scales;
    const auto within = [](double value, double least, double most) {
        return value >= least && value <= most;
    };
    const bool as_they_are = options.width == 0 && options.height == 0;
    if (!as_they_are &&
        (!within(options.width, kLeastSide, kMostSide) || !within(options.height, kLeastSide, kMostSide)))
        return "the sides that images are scaled to must lie between 3 and 16384";
    if (!within(options.saturation, 0, 0.5)) return "saturation must lie between 0 and 0.5";
    if (!within(scales.min_sigma, 0.5, 1000) || !within(scales.max_sigma, 0.5, 1000))
        return "sigmas must lie between 0.5 and 1000 pixels";
    if (scales.max_sigma <= scales.min_sigma) return "max-sigma must be greater than min-sigma";
    if (scales.n_bin < 1 || scales.n_bin > 1000) return "there must be between 2 and 1001 Gaussians";
    if (!(options.threshold >= 0) || !std::isfinite(options.threshold))
        return "the threshold must be a number and not negative";
    if (options.threads == 0 || options.threads > 1024) return "threads must lie between 1 and 1024";
    return {};
}

Result<imaging::Image> prepared(const imaging::Image& image, const std::optional<imaging::Rectangle>& crop,
                                const ScoreOptions& options) {
    const imaging::Rectangle part = crop.value_or(imaging::Rectangle{0, 0, image.width(), image.height()});
    if (!part.within(image.width(), image.height())) {
        return Error{"its bounding box of " + sides(part.width, part.height) + " at " +
                     std::to_string(part.x) + "," + std::to_string(part.y) + " reaches beyond its " +
                     sides(image.width(), image.height()) + " pixels"};
    }
    if (part.width < kLeastSide || part.height < kLeastSide)
        return Error{"is " + sides(part.width, part.height) + " pixels: at least 3 x 3 are needed"};
    const bool as_it_is = options.width == 0;
    imaging::Image result = imaging::resized(image, part, as_it_is ? part.width : options.width,
                                             as_it_is ? part.height : options.height);
    imaging::stretch_contrast(result, options.saturation);
    return result;
}

Scorer::Scorer(ScoreOptions options) : options_(std::move(options)), backend_(options_.backend) {}

void Scorer::choose(int width, int height) {
    const unsigned threads = options_.threads;
    source_ = nullptr;
    if (backend_ == "cuda") {
        source_ = imaging::make_cuda_features(width, height, options_.scales);
        if (source_ != nullptr) return;
        backend_ = "pyramid";
        remark_ =
            "there is no usable GPU (" + imaging::cuda_status() + "): pyramid on the CPU stands in for cuda";
    }
    if (backend_ == "fft") {
        source_ = imaging::make_slice_features(
            imaging::make_fft(width, height, options_.scales, threads, imaging::Border::circular), threads);
    } else {
        source_ = imaging::make_pyramid_features(width, height, options_.scales, threads);
    }
}

Result<Score> Scorer::score(const imaging::Image& image, const std::optional<imaging::Rectangle>& crop) {
    Score score;
    const imaging::Moment begin = std::chrono::steady_clock::now();
    const auto ready = prepared(image, crop, options_);
    if (!ready) return Error{ready.error()};
    const imaging::Moment between = std::chrono::steady_clock::now();
    score.preparation_ms = imaging::ms_between(begin, between);
    if (source_ == nullptr || width_ != ready->width() || height_ != ready->height()) {
        choose(ready->width(), ready->height());
        width_ = ready->width();
        height_ = ready->height();
    }
    const imaging::Moment start = std::chrono::steady_clock::now();  // making the back end is once a size
    score.features = source_->count(*ready, static_cast<float>(options_.threshold));
    score.features_ms = imaging::ms_between(start, std::chrono::steady_clock::now());
    return score;
}

}  // namespace memo::focus
