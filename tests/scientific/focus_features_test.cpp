// Features of an image: the back ends against a literal reading of the definition, and against each other.
#include "scientific/imaging/backends.h"
#include "scientific/imaging/cuda_backend.h"
#include "scientific/imaging/double_row.h"
#include "scientific/imaging/feature_rows.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/preprocess.h"
#include "scientific/imaging/random.h"
#include "scientific/imaging/synthetic_tissue.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

using namespace memo::imaging;

namespace {

const Scales kPaper{1.0, 30.0, 29, 4.0};
constexpr float kThreshold = 0.04F;

[[nodiscard]] Image tissue(int width, int height, double blur, std::uint64_t seed) {
    Image image = synthesise_tissue({.width = width, .height = height, .blur = blur, .seed = seed});
    stretch_contrast(image, 0.0035);
    return image;
}

[[nodiscard]] Image noise(int width, int height, std::uint64_t seed) {
    Random random(seed);
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        // Few values, so that neighbours are often equal.
        for (int x = 0; x < width; ++x)
            image.at(x, y) = static_cast<float>(std::floor(random.uniform() * 8) / 8);
    }
    return image;
}

// The definition, pixel by pixel.
[[nodiscard]] std::size_t counted(const Image& image, float threshold) {
    std::size_t count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            bool feature = image.at(x, y) > threshold;
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, image.height() - 1); ++v) {
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, image.width() - 1); ++u)
                    feature = feature && image.at(u, v) <= image.at(x, y);
            }
            count += feature ? 1 : 0;
        }
    }
    return count;
}

[[nodiscard]] float worst(const Image& a, const Image& b) {
    float most = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) most = std::max(most, std::fabs(a.at(x, y) - b.at(x, y)));
    }
    return most;
}

}  // namespace

TEST_CASE("features are counted as defined, at borders and among equals, on any number of threads") {
    for (const auto& [width, height] :
         {std::pair{1, 1}, {3, 1}, {1, 5}, {2, 2}, {3, 3}, {64, 9}, {257, 40}, {600, 33}}) {
        const Responses responses{noise(width, height, 1), noise(width, height, 2)};
        for (const float threshold : {0.0F, 0.6F, 2.0F}) {
            INFO(width << " x " << height << ", " << threshold);
            for (const unsigned threads : {1U, 3U}) {
                const FeatureCount count = count_features(responses, threshold, threads);
                CHECK(count.bright == counted(responses.bright, threshold));
                CHECK(count.dark == counted(responses.dark, threshold));
            }
        }
    }
}

TEST_CASE("responses are the greatest and the least of the slices") {
    const Image image = tissue(90, 70, 0, 3);
    const Scales scales{1.0, 6.0, 5, 4.0};
    Image most(90, 70);
    Image least(90, 70);
    make_direct(90, 70, scales, 1)->slices(image, [&](int bin, const Image& slice) {
        for (int y = 0; y < 70; ++y) {
            for (int x = 0; x < 90; ++x) {
                most.at(x, y) = bin == 0 ? slice.at(x, y) : std::max(most.at(x, y), slice.at(x, y));
                least.at(x, y) = bin == 0 ? slice.at(x, y) : std::min(least.at(x, y), slice.at(x, y));
            }
        }
    });
    const Responses found = make_slice_features(make_direct(90, 70, scales, 2), 2)->responses(image);
    CHECK(worst(found.bright, most) == 0);
    for (int y = 0; y < 70; ++y) {
        for (int x = 0; x < 90; ++x) REQUIRE(found.dark.at(x, y) == -least.at(x, y));
    }
}

TEST_CASE("a row of few points is that of the whole image") {
    // A wave that a quarter of the points can hold well.
    const auto wave = [](double x, double y) { return std::sin(0.11 * x) * std::cos(0.07 * y); };
    Image half(40, 24);
    for (int y = 0; y < 24; ++y) {
        for (int x = 0; x < 40; ++x) half.at(x, y) = static_cast<float>(wave(2 * x + 0.5, 2 * y + 0.5));
    }
    std::vector<float> row(96);
    std::vector<float> even(64);
    std::vector<float> odd(64);
    std::vector<float> scratch;
    for (int y = 4; y < 44; ++y) {
        double_row(half, y, row.data(), scratch);
        double_row_apart(half, y, even.data(), odd.data(), scratch);
        for (int x = 4; x < 76; ++x) {
            REQUIRE(row[static_cast<std::size_t>(x)] == Approx(wave(x, y)).margin(1e-3));
            REQUIRE(row[static_cast<std::size_t>(x)] ==
                    (x % 2 == 0 ? even : odd)[static_cast<std::size_t>(x / 2)]);
        }
    }
}

TEST_CASE("the pyramid's features are those of the FFT within a few in a hundred, for any size and threads") {
    struct Case {
        int width;
        int height;
        double blur;
        unsigned threads;
    };
    for (const Case& one :
         {Case{256, 256, 0, 1}, Case{256, 256, 3, 2}, Case{211, 157, 0, 3}, Case{320, 64, 1, 1}}) {
        const Image image = tissue(one.width, one.height, one.blur, 7);
        const auto pyramid = make_pyramid_features(one.width, one.height, kPaper, one.threads);
        const auto fft =
            make_slice_features(make_fft(one.width, one.height, kPaper, one.threads), one.threads);
        const Responses expected = fft->responses(image);
        const Responses found = pyramid->responses(image);
        INFO(one.width << " x " << one.height << ", blur " << one.blur);
        CHECK(worst(found.bright, expected.bright) < 0.03F);  // docs/focus.md
        CHECK(worst(found.dark, expected.dark) < 0.03F);
        const double wanted = static_cast<double>(count_features(expected, kThreshold, 1).total());
        const FeatureCount count = pyramid->count(image, kThreshold);
        REQUIRE(wanted > 50);
        CHECK(std::fabs(static_cast<double>(count.total()) - wanted) <= 3 + 0.02 * wanted);
        // Counting as rows are made is counting what they are.
        CHECK(count.bright == count_features(found, kThreshold, 1).bright);
        CHECK(count.dark == count_features(found, kThreshold, 1).dark);
        CHECK(pyramid->count(image, kThreshold).total() == count.total());
    }
}

TEST_CASE("a circular FFT takes the far border for the near one") {
    const Scales scales{2.0, 5.0, 3, 4.0};
    const int size = 48;
    Image image(size, size);
    Image moved(size, size);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            image.at(x, y) = x == 0 && y == 0 ? 1.0F : 0.0F;
            moved.at(x, y) = x == 20 && y == 30 ? 1.0F : 0.0F;
        }
    }
    const auto fft = make_fft(size, size, scales, 1, Border::circular);
    std::vector<Image> first;
    const auto keep = [&](int, const Image& slice) {
        Image copy(size, size);
        for (int y = 0; y < size; ++y) std::copy_n(slice.row(y), size, copy.row(y));
        first.push_back(std::move(copy));
    };
    fft->slices(image, keep);
    fft->slices(moved, [&](int bin, const Image& slice) {
        const Image& at_corner = first[static_cast<std::size_t>(bin)];
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x)
                REQUIRE(slice.at((x + 20) % size, (y + 30) % size) ==
                        Approx(at_corner.at(x, y)).margin(1e-6));
        }
        // The formula: sigma (g(0)^2 - g'(0)^2), with kernels of sums 1.
        const double narrow = 1 / (2 * std::numbers::pi * std::pow(scales.sigma(bin), 2));
        const double wide = 1 / (2 * std::numbers::pi * std::pow(scales.sigma(bin + 1), 2));
        CHECK(slice.at(20, 30) == Approx(scales.sigma(bin) * (narrow - wide)).epsilon(2e-3));
    });
}

TEST_CASE("on a GPU features are those of the FFT") {
    const auto cuda = make_cuda_features(256, 192, kPaper);
    if (cuda == nullptr) {
        WARN("skip no usable GPU: " << cuda_status());
        return;
    }
    const Image image = tissue(256, 192, 1, 5);
    const Responses expected = make_slice_features(make_fft(256, 192, kPaper, 1), 1)->responses(image);
    const Responses found = cuda->responses(image);
    CHECK(worst(found.bright, expected.bright) < 1e-3F);
    CHECK(worst(found.dark, expected.dark) < 1e-3F);
    const double wanted = static_cast<double>(count_features(expected, kThreshold, 1).total());
    CHECK(std::fabs(static_cast<double>(cuda->count(image, kThreshold).total()) - wanted) <=
          2 + 0.002 * wanted);
}
