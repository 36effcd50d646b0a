// The scale space of the paper, and what can compute it.
//
//   sigma_i = min_sigma + (max_sigma - min_sigma) i / n_bin       i = 0 ... n_bin
//   G_i     = the image blurred with sigma_i                      n_bin + 1 of them
//   DoG_i   = sigma_i (G_i - G_{i+1})                             n_bin slices; bright blobs are positive
//
// A maximum is a pixel of a slice that exceeds the threshold and that no pixel of its 3 x 3 x 3 neighbourhood
// exceeds. The first and the last slice have no neighbour on one side, and hold no maxima; at the border of
// the image the neighbours that are there count.
#pragma once

#include "scientific/imaging/image.h"

#include <functional>
#include <vector>

namespace memo::imaging {

struct Scales {
    double min_sigma = 2.5;  // pixels
    double max_sigma = 23.0;
    int n_bin = 50;
    double truncate = 5.0;  // radius of a kernel in sigma, for the back ends that cut kernels at all

    [[nodiscard]] constexpr double sigma(int i) const {
        return min_sigma + (max_sigma - min_sigma) * i / n_bin;
    }
    [[nodiscard]] constexpr double step() const { return (max_sigma - min_sigma) / n_bin; }
};

// A maximum of the neighbourhood in (x, y, bin), with the responses at the same pixel one bin below and
// above.
struct Maximum {
    int x = 0;
    int y = 0;
    int bin = 0;
    float response = 0;
    float below = 0;
    float above = 0;
};

// A back end, made for one size of image. Thread safety: one caller at a time; it may start threads itself.
class MaximumSource {
  public:
    MaximumSource() = default;
    MaximumSource(const MaximumSource&) = delete;
    MaximumSource& operator=(const MaximumSource&) = delete;
    virtual ~MaximumSource() = default;

    // All maxima above `threshold`, in the order of bins, then rows, then columns.
    [[nodiscard]] virtual std::vector<Maximum> maxima(const Image& image, float threshold) = 0;
};

// A back end that computes whole slices.
class SliceSource : public MaximumSource {
  public:
    using Consumer = std::function<void(int bin, const Image& slice)>;

    // Hands over DoG_0 ... DoG_{n_bin - 1} in this order. The last two slices handed over stay as they are
    // while the consumer looks at the next.
    virtual void slices(const Image& image, const Consumer& consumer) = 0;

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override;

  protected:
    explicit SliceSource(unsigned threads) : threads_(threads) {}
    [[nodiscard]] unsigned threads() const { return threads_; }

  private:
    unsigned threads_;
};

}  // namespace memo::imaging
