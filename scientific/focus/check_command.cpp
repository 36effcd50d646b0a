// focus check: a back end against the FFT, on synthetic micrographs (commands.h).
#include "scientific/focus/commands.h"
#include "scientific/imaging/backends.h"
#include "scientific/imaging/cuda_backend.h"
#include "scientific/imaging/latencies.h"
#include "scientific/imaging/synthetic_tissue.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace memo::focus {

namespace {

// Images of growing defocus: sharp ones have thousands of features, the last ones few.
constexpr double kBlurs[] = {0, 1, 2, 4};

[[nodiscard]] float worst_of(const imaging::Image& a, const imaging::Image& b) {
    float worst = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) worst = std::max(worst, std::fabs(a.at(x, y) - b.at(x, y)));
    }
    return worst;
}

struct Times {
    std::vector<double> all;
    std::vector<double> to_device;
    std::vector<double> compute;
    std::vector<double> back;
};

void print_times(const std::string& name, const Times& times) {
    const auto p = [](const std::vector<double>& values, double share) {
        return imaging::percentile(values, share);
    };
    std::string text =
        fmt::format("{}: p50 {:.3f} ms, p99 {:.3f} ms", name, p(times.all, 0.5), p(times.all, 0.99));
    if (!times.compute.empty()) {
        text +=
            fmt::format("; by the device's clock, p50: copy there {:.3f}, compute {:.3f}, copy back {:.3f}",
                        p(times.to_device, 0.5), p(times.compute, 0.5), p(times.back, 0.5));
    }
    std::fputs((text + "\n").c_str(), stdout);
}

}  // namespace

void add_check(CLI::App& command, CheckCommand& options) {
    add_score_options(command, options.words);
    command.add_option("--images", options.images, "Synthetic images")
        ->check(CLI::Range(1U, 1000U))
        ->capture_default_str();
    command.add_option("--repeat", options.repeat, "Times that each is scored, for the timings")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command.footer(
        "Responses are compared with those of an FFT with mirrored borders, as the other back ends have; "
        "the\n"
        "paper's FFT is circular, and its features at the border are others. Exit code 1: they disagree.");
}

int run_check(CheckCommand& options) {
    if (const std::string wrong = understand(options.words); !wrong.empty()) return refuse(wrong);
    const ScoreOptions& score = options.words.file.score;
    const int width = score.width == 0 ? 1024 : score.width;
    const int height = score.height == 0 ? 1024 : score.height;
    std::unique_ptr<imaging::FeatureSource> tested;
    imaging::CudaFeatures* cuda = nullptr;
    if (score.backend == "cuda") {
        auto made = imaging::make_cuda_features(width, height, score.scales);
        if (made == nullptr)
            return refuse("there is no usable GPU (" + imaging::cuda_status() + "): nothing to check");
        cuda = made.get();
        tested = std::move(made);
    } else if (score.backend == "pyramid") {
        tested = imaging::make_pyramid_features(width, height, score.scales, score.threads);
    } else {
        return refuse("check wants --backend pyramid or cuda: it compares them with fft");
    }
    const auto fft = [&](imaging::Border border) {
        return imaging::make_slice_features(
            imaging::make_fft(width, height, score.scales, score.threads, border), score.threads);
    };
    const auto mirrored = fft(imaging::Border::mirrored);
    const auto circular = fft(imaging::Border::circular);

    const auto threshold = static_cast<float>(score.threshold);
    bool agrees = true;
    Times ours;
    Times theirs;
    std::fputs(
        fmt::format(
            "{} against fft, {} x {}, {} Gaussians\nimage  blur  {:>9}  {:>9}  {:>9}  worst response\n",
            score.backend, width, height, score.scales.n_bin + 1, score.backend, "mirrored", "circular")
            .c_str(),
        stdout);
    for (unsigned i = 0; i < options.images; ++i) {
        const double blur = kBlurs[i % std::size(kBlurs)];
        const imaging::Image image = *prepared(
            imaging::synthesise_tissue({.width = width, .height = height, .blur = blur, .seed = i + 1}), {},
            score);
        const imaging::Responses expected = mirrored->responses(image);
        const imaging::Responses found = tested->responses(image);
        const float worst =
            std::max(worst_of(expected.bright, found.bright), worst_of(expected.dark, found.dark));
        const std::size_t wanted = imaging::count_features(expected, threshold, score.threads).total();
        std::size_t count = 0;
        for (unsigned k = 0; k < options.repeat; ++k) {
            const imaging::Moment begin = std::chrono::steady_clock::now();
            count = tested->count(image, threshold).total();
            ours.all.push_back(imaging::ms_between(begin, std::chrono::steady_clock::now()));
            if (cuda == nullptr) continue;
            const imaging::CudaTimes times = cuda->last();
            ours.to_device.push_back(times.to_device_ms);
            ours.compute.push_back(times.compute_ms);
            ours.back.push_back(times.back_ms);
        }
        const imaging::Moment begin = std::chrono::steady_clock::now();
        const std::size_t paper = circular->count(image, threshold).total();
        theirs.all.push_back(imaging::ms_between(begin, std::chrono::steady_clock::now()));
        // A GPU computes what fft does, a pyramid interpolates: docs/focus.md. The tops of blurred images are
        // flat, and the last digits of a float decide on which pixel they are.
        const double off = std::fabs(static_cast<double>(count) - static_cast<double>(wanted));
        const double allowed = cuda != nullptr ? 2 + 0.005 * static_cast<double>(wanted)
                                               : 5 + 0.03 * static_cast<double>(wanted);
        const bool right = worst < (cuda != nullptr ? 1e-3F : 0.03F) && off <= allowed;
        agrees = agrees && right;
        std::fputs(fmt::format("{:5}  {:4}  {:9}  {:9}  {:9}  {:.6f}{}\n", i, blur, count, wanted, paper,
                               worst, right ? "" : "  DISAGREES")
                       .c_str(),
                   stdout);
    }
    print_times(score.backend, ours);
    print_times("fft, circular", theirs);
    return agrees ? kDone : kFailed;
}

}  // namespace memo::focus
