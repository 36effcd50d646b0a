// Memory of images (image.h).
#include "scientific/imaging/image.h"

#include <algorithm>

namespace memo::imaging {

namespace {

[[nodiscard]] std::size_t stride_for(int width) {
    constexpr std::size_t kPage = 4096 / sizeof(float);
    const std::size_t stride = (static_cast<std::size_t>(width) + Image::kRowAlignment - 1) /
                               Image::kRowAlignment * Image::kRowAlignment;
    return stride % kPage == 0 ? stride + Image::kRowAlignment : stride;
}

}  // namespace

Image::Image(int width, int height)
    : width_(width),
      height_(height),
      stride_(stride_for(width)),
      data_(static_cast<float*>(
          ::operator new (stride_* static_cast<std::size_t>(height) * sizeof(float), std::align_val_t{64}))) {
    for (int y = 0; y < height; ++y) std::fill(row(y) + width, row(y) + stride_, 0.0F);
}

}  // namespace memo::imaging
