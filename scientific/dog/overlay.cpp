// Circles on an image (overlay.h).
#include "scientific/dog/overlay.h"

#include "scientific/imaging/preprocess.h"

#include <array>
#include <cmath>
#include <numbers>

namespace memo::dog {

namespace {

constexpr std::array<imaging::Byte, 3> kCircle = {255, 64, 0};

void draw(const imaging::Blob& blob, imaging::ColourImage& picture) {
    const int steps = static_cast<int>(2 * std::numbers::pi * blob.radius) * 2 + 8;  // two a pixel
    for (int i = 0; i < steps; ++i) {
        const double angle = 2 * std::numbers::pi * i / steps;
        const auto x = std::lround(blob.x + blob.radius * std::cos(angle));
        const auto y = std::lround(blob.y + blob.radius * std::sin(angle));
        if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
        const auto place = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
                                static_cast<std::size_t>(x));
        std::copy(kCircle.begin(), kCircle.end(),
                  picture.pixels.begin() + static_cast<std::ptrdiff_t>(place));
    }
}

}  // namespace

imaging::ColourImage overlay(const imaging::Image& image, const std::vector<imaging::Blob>& blobs) {
    const imaging::Image grey = imaging::preprocessed(image, {0.0, 0.0}, 1);
    imaging::ColourImage picture{image.width(), image.height(), {}};
    picture.pixels.reserve(3 * image.pixels());
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            picture.pixels.insert(picture.pixels.end(), 3,
                                  static_cast<imaging::Byte>(std::lround(grey.at(x, y) * 255)));
        }
    }
    for (const imaging::Blob& blob : blobs) draw(blob, picture);
    return picture;
}

}  // namespace memo::dog
