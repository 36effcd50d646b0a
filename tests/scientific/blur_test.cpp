// Kernels and blurs against their definitions.
#include "scientific/imaging/blur.h"

#include "scientific/imaging/interpolate.h"
#include "scientific/imaging/preprocess.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace memo::imaging;

namespace {

[[nodiscard]] Image filled(int width, int height, float value) {
    Image image(width, height);
    for (int y = 0; y < height; ++y) std::fill_n(image.row(y), width, value);
    return image;
}

[[nodiscard]] Image pattern(int width, int height) {
    Image image(width, height);
    unsigned state = 7;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            state = state * 1664525U + 1013904223U;
            image.at(x, y) = static_cast<float>(state >> 8U) / 16777216.0F;
        }
    }
    return image;
}

// The blur by its definition, in double.
[[nodiscard]] double plainly(const Image& image, const Kernel& kernel, int x, int y) {
    double sum = 0;
    for (int v = kernel.first; v <= kernel.last(); ++v) {
        for (int u = kernel.first; u <= kernel.last(); ++u) {
            sum += static_cast<double>(kernel.taps[static_cast<std::size_t>(v - kernel.first)]) *
                   kernel.taps[static_cast<std::size_t>(u - kernel.first)] *
                   image.at(mirrored(x + u, image.width()), mirrored(y + v, image.height()));
        }
    }
    return sum;
}

}  // namespace

TEST_CASE("a kernel has the paper's radius, is symmetric and sums to one") {
    const Kernel kernel = gaussian_kernel(2.3, 5.0);
    CHECK(kernel.first == -12);
    CHECK(kernel.last() == 12);
    double sum = 0;
    for (std::size_t i = 0; i < kernel.taps.size(); ++i) {
        sum += kernel.taps[i];
        CHECK(kernel.taps[i] == kernel.taps[kernel.taps.size() - 1 - i]);
    }
    CHECK(sum == Approx(1.0).epsilon(1e-6));
}

TEST_CASE("a step's kernel has its variance although it is cut") {
    for (const double centre : {0.0, 0.5}) {
        const Kernel kernel = step_kernel(1.3, centre, 4.0);
        double variance = 0;
        for (int i = kernel.first; i <= kernel.last(); ++i) {
            variance += kernel.taps[static_cast<std::size_t>(i - kernel.first)] * (i - centre) * (i - centre);
        }
        CHECK(variance == Approx(1.69).epsilon(1e-5));
    }
}

TEST_CASE("a mirrored index turns back between the last pixel and itself, however far it goes") {
    CHECK(mirrored(-1, 4) == 0);
    CHECK(mirrored(-4, 4) == 3);
    CHECK(mirrored(4, 4) == 3);
    CHECK(mirrored(9, 4) == 1);
    CHECK(mirrored(-17, 1) == 0);
}

TEST_CASE("a blur is its definition for sides that fit no vector, and kernels wider than the image") {
    struct Case {
        int width;
        int height;
        double sigma;
    };
    for (const Case& one : {Case{37, 21, 1.0}, Case{64, 5, 3.0}, Case{3, 3, 2.0}, Case{130, 11, 0.7}}) {
        const Image image = pattern(one.width, one.height);
        const Kernel kernel = gaussian_kernel(one.sigma, 5.0);
        Image result(one.width, one.height);
        blur(image, result, kernel, 1);
        double worst = 0;
        for (int y = 0; y < one.height; ++y) {
            for (int x = 0; x < one.width; ++x) {
                worst = std::max(worst, std::fabs(result.at(x, y) - plainly(image, kernel, x, y)));
            }
        }
        INFO(one.width << " x " << one.height << ", sigma " << one.sigma);
        CHECK(worst < 1e-6);
    }
}

TEST_CASE("threads change nothing") {
    const Image image = pattern(101, 67);
    Image one(101, 67);
    Image many(101, 67);
    blur(image, one, gaussian_kernel(2.0, 5.0), 1);
    blur(image, many, gaussian_kernel(2.0, 5.0), 5);
    for (int y = 0; y < 67; ++y) REQUIRE(std::equal(one.row(y), one.row(y) + 101, many.row(y)));
}

TEST_CASE("a blur that halves is the blur between the pixels") {
    const Image image = pattern(46, 30);
    const Kernel kernel = step_kernel(1.7, 0.5, 5.0);
    Image result(23, 15);
    blur_halving(image, result, kernel, 2);
    for (int y = 0; y < 15; ++y) {
        for (int x = 0; x < 23; ++x)
            CHECK(result.at(x, y) == Approx(plainly(image, kernel, 2 * x, 2 * y)).margin(1e-6));
    }
}

TEST_CASE("an impulse becomes the Gaussian, and a Gaussian a wider one") {
    const auto gaussian = [](double sigma, double x, double y) {
        return std::exp(-0.5 * (x * x + y * y) / (sigma * sigma)) / (2 * std::numbers::pi * sigma * sigma);
    };
    Image impulse = filled(81, 81, 0);
    impulse.at(40, 40) = 1;
    Image once(81, 81);
    blur(impulse, once, gaussian_kernel(3.0, 5.0), 1);
    Image twice(81, 81);
    blur(once, twice, gaussian_kernel(4.0, 5.0), 1);
    for (int x = 20; x <= 60; x += 4) {
        CHECK(once.at(x, 43) == Approx(gaussian(3, x - 40, 3)).margin(2e-8));
        CHECK(twice.at(x, 43) == Approx(gaussian(5, x - 40, 3)).margin(2e-8));
    }
}

TEST_CASE("what lies between the points of a smooth image is found again") {
    const auto value = [](double x, double y) {  // as narrow as anything after a blur of two points
        return static_cast<float>(
            std::exp(-((x - 40.3) * (x - 40.3) + (y - 36.9) * (y - 36.9)) / (2 * 64.0)));
    };
    const Interpolation grid(4);
    Image points(20, 20);
    for (int y = 0; y < 20; ++y) {
        for (int x = 0; x < 20; ++x) points.at(x, y) = value(grid.position(x), grid.position(y));
    }
    for (int x = 30; x < 50; ++x) {
        const Neighbourhood around = grid.around(points, x, 37);
        CHECK(around[1][1] == Approx(value(x, 37)).margin(6e-4));
        CHECK(around[0][2] == Approx(value(x + 1, 36)).margin(6e-4));
    }
}

TEST_CASE("the stretch clips the share it is given, and leaves a flat image black") {
    Image ramp(1000, 10);
    for (int y = 0; y < 10; ++y) {
        for (int x = 0; x < 1000; ++x) ramp.at(x, y) = static_cast<float>(x);
    }
    stretch_contrast(ramp, 0.1);
    int clipped = 0;
    for (int x = 0; x < 1000; ++x) clipped += ramp.at(x, 4) == 0 || ramp.at(x, 4) == 1 ? 1 : 0;
    CHECK(clipped == Approx(100).margin(9));  // two of 256 bins
    CHECK(ramp.at(500, 0) == Approx(0.5).margin(0.01));
    Image flat = filled(8, 8, 3);
    stretch_contrast(flat, 0.0035);
    CHECK(flat.at(4, 4) == 0);
}
