// A grey image of 32-bit floats: what every stage takes and gives.
//
// Invariants: pixels are stored row by row; a row begins on a multiple of 64 bytes, and what lies between its
// last pixel and the next row may be read and written by vector code but means
// nothing. Rows are never a multiple of 4 KiB apart, so that the rows under a kernel do not fight for the
// same lines of the cache. Thread safety: that of a container.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace memo::imaging {

class Image {
  public:
    static constexpr std::size_t kRowAlignment = 16;  // pixels: 64 bytes

    Image() = default;
    // Pixels are not initialised, but for the slack of each row, which is zero.
    Image(int width, int height);

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] std::size_t stride() const { return stride_; }  // pixels from one row to the next
    [[nodiscard]] std::size_t pixels() const { return static_cast<std::size_t>(width_) * height_; }

    [[nodiscard]] float* row(int y) { return data_.get() + static_cast<std::size_t>(y) * stride_; }
    [[nodiscard]] const float* row(int y) const {
        return data_.get() + static_cast<std::size_t>(y) * stride_;
    }
    [[nodiscard]] float& at(int x, int y) { return row(y)[x]; }
    [[nodiscard]] float at(int x, int y) const { return row(y)[x]; }

  private:
    struct Release {
        void operator()(float* data) const { ::operator delete (data, std::align_val_t{64}); }
    };

    int width_ = 0;
    int height_ = 0;
    std::size_t stride_ = 0;
    std::unique_ptr<float[], Release> data_;
};

// The pixel that stands for `index` where an image of `size` pixels is continued by its mirror image, the
// edge lying between two pixels: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ... The one rule for borders in all
// stages: blurring a mirrored image keeps it mirrored, so blurs can follow each other without an error at the
// edge.
[[nodiscard]] constexpr int mirrored(int index, int size) {
    const int period = 2 * size;
    int i = index % period;
    if (i < 0) i += period;
    return i < size ? i : period - 1 - i;
}

}  // namespace memo::imaging
