// The back ends direct and recursive (backends.h): they differ only in what an image is blurred from.
//
// A band of rows is blurred and subtracted from the last blur's while it is in the cache. Four slices are
// held, since a consumer looks at three.
#include "scientific/imaging/backends.h"
#include "scientific/imaging/blur.h"
#include "scientific/imaging/image_pool.h"
#include "scientific/imaging/maxima.h"
#include "scientific/imaging/step_chain.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <array>

namespace memo::imaging {

namespace {

constexpr int kBand = 16;  // rows
// What is lost beyond it is 6e-5 of the sum, of whose two effects normalising cures the first and the matched
// variance (gaussian_kernel.h) the second.
constexpr double kStepTruncate = 4.0;

class Separable final : public SliceSource {
  public:
    Separable(int width, int height, const Scales& scales, unsigned threads, bool recursive)
        : SliceSource(threads), scales_(scales), recursive_(recursive), blurs_(width, height) {
        for (Image& slice : slices_) slice = Image(width, height);
    }

    void slices(const Image& image, const Consumer& consumer) override {
        // Not owned: the image outlives this call.
        const std::shared_ptr<const Image> original(std::shared_ptr<const Image>(), &image);
        StepChain chain({0.0, original}, 1.0, kStepTruncate);
        for (int i = 0; i <= scales_.n_bin; ++i) {
            const double sigma = scales_.sigma(i);
            const std::shared_ptr<const Image> narrow = chain.latest().image;
            const Blurred source = recursive_ ? chain.source(sigma) : Blurred{0.0, original};
            const Kernel kernel = source.sigma > 0 ? chain.kernel(source, sigma, 0.0)
                                                   : gaussian_kernel(sigma, scales_.truncate);
            const std::shared_ptr<Image> wide = blurs_.take();
            Image& slice = slices_[static_cast<std::size_t>(i) % slices_.size()];
            for_ranges(threads(), image.height(), [&](int begin, int end) {
                Blur blur(kernel);
                for (int y = begin; y < end; y += kBand) {
                    const int until = std::min(y + kBand, end);
                    blur.rows(*source.image, *wide, y, until);
                    if (i > 0) subtract(*narrow, *wide, scales_.sigma(i - 1), slice, y, until);
                }
            });
            chain.add({sigma, wide});
            if (i > 0) consumer(i - 1, slice);
        }
    }

  private:
    Scales scales_;
    bool recursive_;
    ImagePool blurs_;
    std::array<Image, 4> slices_;
};

}  // namespace

std::unique_ptr<SliceSource> make_direct(int width, int height, const Scales& scales, unsigned threads) {
    return std::make_unique<Separable>(width, height, scales, threads, false);
}

std::unique_ptr<SliceSource> make_recursive(int width, int height, const Scales& scales, unsigned threads) {
    return std::make_unique<Separable>(width, height, scales, threads, true);
}

}  // namespace memo::imaging
