// The back ends against each other and against what can be calculated.
#include "scientific/imaging/backends.h"

#include "scientific/imaging/cuda_backend.h"
#include "scientific/imaging/detector.h"
#include "scientific/imaging/synthetic.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

using namespace memo::imaging;

namespace {

constexpr float kResponseTolerance = 1e-4F;  // docs/dog.md

[[nodiscard]] Scales scales_of(int n_bin) {
    Scales scales;
    scales.min_sigma = 2.0;
    scales.max_sigma = 14.0;
    scales.n_bin = n_bin;
    return scales;
}

[[nodiscard]] Image droplets(int width, int height, int count, std::uint64_t seed) {
    SyntheticOptions options;
    options.width = width;
    options.height = height;
    options.droplets = count;
    options.min_radius = 4;
    options.max_radius = 15;
    options.seed = seed;
    return preprocessed(synthesise(options)->image, {}, 1);
}

struct Named {
    const char* name;
    std::unique_ptr<MaximumSource> source;
};

[[nodiscard]] std::vector<Named> others(int width, int height, const Scales& scales, unsigned threads) {
    std::vector<Named> all;
    all.push_back({"recursive", make_recursive(width, height, scales, threads)});
    all.push_back({"pyramid", make_pyramid(width, height, scales, threads)});
    all.push_back({"fft", make_fft(width, height, scales, threads)});
    DetectorOptions options;
    options.scales = scales;
    if (auto cuda = make_cuda(width, height, options)) all.push_back({"cuda", std::move(cuda)});
    return all;
}

// How many maxima of `a` are in `b` too: within a pixel and a bin, and of the same response.
[[nodiscard]] std::size_t shared(const std::vector<Maximum>& a, const std::vector<Maximum>& b) {
    return static_cast<std::size_t>(std::count_if(a.begin(), a.end(), [&](const Maximum& one) {
        return std::any_of(b.begin(), b.end(), [&](const Maximum& other) {
            return std::abs(one.x - other.x) <= 1 && std::abs(one.y - other.y) <= 1 &&
                   std::abs(one.bin - other.bin) <= 1 &&
                   std::fabs(one.response - other.response) < kResponseTolerance;
        });
    }));
}

}  // namespace

TEST_CASE("all back ends find the maxima of the direct one") {
    struct Case {
        int width;
        int height;
        int n_bin;
        unsigned threads;
    };
    // Sides that halve evenly and such that do not; steps of several widths, that need earlier blurs too.
    for (const Case& one :
         {Case{256, 192, 24, 1}, Case{211, 157, 24, 3}, Case{160, 160, 100, 2}, Case{40, 300, 8, 1}}) {
        const Scales scales = scales_of(one.n_bin);
        const Image image = droplets(one.width, one.height, 40, 5);
        const float threshold = 0.02F * 24.0F / static_cast<float>(one.n_bin);
        const auto expected =
            make_direct(one.width, one.height, scales, one.threads)->maxima(image, threshold);
        REQUIRE(expected.size() >= 15);
        for (const Named& other : others(one.width, one.height, scales, one.threads)) {
            const auto found = other.source->maxima(image, threshold);
            INFO(other.name << ", " << one.width << " x " << one.height << ", " << one.n_bin
                            << " bins: " << found.size() << " and " << expected.size());
            // Two values nearer than the tolerance may change places: one maximum in thirty at most.
            const std::size_t few = expected.size() / 30;
            CHECK(shared(expected, found) + few >= expected.size());
            CHECK(shared(found, expected) + few >= found.size());
        }
    }
}

TEST_CASE("slices agree pixel by pixel") {
    const Scales scales = scales_of(24);
    const Image image = droplets(150, 130, 20, 9);
    std::map<int, Image> expected;
    const auto copy = [](const Image& from) {
        Image to(from.width(), from.height());
        for (int y = 0; y < from.height(); ++y) std::copy_n(from.row(y), from.width(), to.row(y));
        return to;
    };
    make_direct(150, 130, scales, 1)->slices(image, [&](int bin, const Image& slice) {
        expected[bin] = copy(slice);
    });
    REQUIRE(expected.size() == 24);
    for (const bool fft : {false, true}) {
        const auto source = fft ? make_fft(150, 130, scales, 2) : make_recursive(150, 130, scales, 2);
        float worst = 0;
        int next = 0;
        source->slices(image, [&](int bin, const Image& slice) {
            CHECK(bin == next++);
            for (int y = 0; y < 130; ++y) {
                for (int x = 0; x < 150; ++x) {
                    worst = std::max(worst, std::fabs(slice.at(x, y) - expected[bin].at(x, y)));
                }
            }
        });
        CHECK(next == 24);
        CHECK(worst < kResponseTolerance);
    }
}

TEST_CASE("the slices are those of the formula at a Gaussian blob") {
    constexpr double kBlob = 4.0;
    Image image(121, 121);
    for (int y = 0; y < 121; ++y) {
        for (int x = 0; x < 121; ++x) {
            image.at(x, y) = static_cast<float>(
                std::exp(-(std::pow(x - 60, 2) + std::pow(y - 60, 2)) / (2 * kBlob * kBlob)));
        }
    }
    const Scales scales = scales_of(24);
    make_direct(121, 121, scales, 1)->slices(image, [&](int bin, const Image& slice) {
        // A blob of unit height and width b, blurred with s, has the height b^2 / (b^2 + s^2).
        const auto height = [&](double sigma) { return kBlob * kBlob / (kBlob * kBlob + sigma * sigma); };
        const double wanted = scales.sigma(bin) * (height(scales.sigma(bin)) - height(scales.sigma(bin + 1)));
        CHECK(slice.at(60, 60) == Approx(wanted).margin(2e-5));
    });
}

TEST_CASE("what a GPU does from the image to its blobs is what the CPU does") {
    if (!cuda_status().empty()) {
        std::printf("skip GPU back end (%s)\n", cuda_status().c_str());
        return;
    }
    for (const bool crowded : {false, true}) {
        for (const RadiusRule radius : {RadiusRule::paper, RadiusRule::refined}) {
            SyntheticOptions wanted{
                .width = 523, .height = 377, .droplets = crowded ? 150 : 25, .min_radius = 4};
            wanted.max_radius = 15;
            wanted.seed = 3;
            const Image image = (*synthesise(wanted)).image;
            DetectorOptions options;
            options.scales = scales_of(24);
            options.threshold = crowded ? 0.004 : 0.05;  // noise too: pruning has thousands to decide on
            options.radius = radius;
            options.backend = "recursive";
            const auto expected = Detector(options).detect(image);
            options.backend = "cuda";
            Detector gpu(options);
            const auto found = gpu.detect(image);
            const auto again = gpu.detect(image);
            INFO((crowded ? "crowded, " : "")
                 << expected->maxima << " and " << found->maxima << " maxima, " << expected->blobs.size()
                 << " and " << found->blobs.size() << " blobs");
            REQUIRE(expected->blobs.size() >= 15);
            CHECK(found->blobs.size() == again->blobs.size());
            CHECK(std::is_sorted(found->blobs.begin(), found->blobs.end(),
                                 [](const Blob& a, const Blob& b) { return a.response > b.response; }));
            const auto same = [](const Blob& one, const Blob& other) {
                return std::hypot(one.x - other.x, one.y - other.y) < 1.5 &&
                       std::fabs(one.radius - other.radius) < 0.8F &&
                       std::fabs(one.response - other.response) < 2 * kResponseTolerance;
            };
            const auto lacking = [&](const std::vector<Blob>& some, const std::vector<Blob>& in) {
                return std::count_if(some.begin(), some.end(), [&](const Blob& one) {
                    return std::none_of(in.begin(), in.end(),
                                        [&](const Blob& other) { return same(one, other); });
                });
            };
            const auto few = static_cast<std::ptrdiff_t>(expected->blobs.size() / 30);
            CHECK(lacking(expected->blobs, found->blobs) <= few);
            CHECK(lacking(found->blobs, expected->blobs) <= few);
        }
    }
}

TEST_CASE("an image of one value has no maxima, and one too small is refused") {
    for (const std::string& name : backend_names()) {
        DetectorOptions options;
        options.backend = name;
        options.scales = scales_of(8);
        Detector detector(options);
        Image flat(20, 17);
        for (int y = 0; y < 17; ++y) std::fill_n(flat.row(y), 20, 0.5F);
        INFO(name);
        CHECK(detector.detect(flat)->blobs.empty());
        const auto refused = detector.detect(Image(1, 1));
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == "is 1 x 1 pixels: at least 3 x 3 are needed");
    }
}

TEST_CASE("images of several sizes can follow each other, and one image gives one answer") {
    DetectorOptions options;
    options.backend = "pyramid";
    options.scales = scales_of(24);
    options.threshold = 0.05;
    Detector detector(options);
    SyntheticOptions wanted{.width = 200, .height = 150, .droplets = 10, .min_radius = 4, .max_radius = 15};
    const Image image = (*synthesise(wanted)).image;
    wanted.width = 120;
    const Image other = (*synthesise(wanted)).image;
    const auto first = detector.detect(image);
    REQUIRE(detector.detect(other));
    const auto again = detector.detect(image);
    REQUIRE(first->blobs.size() == again->blobs.size());
    REQUIRE_FALSE(first->blobs.empty());
    for (std::size_t i = 0; i < first->blobs.size(); ++i) {
        CHECK(first->blobs[i].x == again->blobs[i].x);
        CHECK(first->blobs[i].radius == again->blobs[i].radius);
    }
}
