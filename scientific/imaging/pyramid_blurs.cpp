// The blurs of a scale space on fewer and fewer points (pyramid_blurs.h).
#include "scientific/imaging/pyramid_blurs.h"

#include "scientific/imaging/blur.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace memo::imaging {

namespace {

constexpr double kLeastSigma = 2.0;  // points
constexpr int kLeastSide = 16;       // points
constexpr int kMostLevels = 6;       // factors up to 32
constexpr double kReach = 5.0;       // sigma beyond which a border is not felt
constexpr long kPixelsPerThread = 1L << 16U;

}  // namespace

PyramidBlurs::PyramidBlurs(int width, int height, const Scales& scales, double step_truncate,
                           unsigned threads)
    : scales_(scales), step_truncate_(step_truncate), threads_(threads) {
    int factors = 1;
    while (factors < kMostLevels && (kLeastSide << factors) <= std::min(width, height) &&
           scales.max_sigma >= kLeastSigma * (1 << factors)) {
        ++factors;
    }
    const int most = 1 << (factors - 1);
    int wide = extended(width, most);
    int high = extended(height, most);
    for (int i = 0; i < factors; ++i) {
        levels_.emplace_back(1 << i, wide, high);
        wide /= 2;
        high /= 2;
    }
}

// The side of the image that is held: a side that halves evenly as it is, else one so much longer that the
// mirror at the new border is not felt at the old one.
int PyramidBlurs::extended(int side, int most) const {
    if (side % most == 0) return side;
    const int wanted = side + static_cast<int>(kReach * scales_.max_sigma);
    return (wanted + most - 1) / most * most;
}

unsigned PyramidBlurs::threads_for(const Image& image) const {
    return std::clamp(static_cast<unsigned>(static_cast<long>(image.pixels()) / kPixelsPerThread), 1U,
                      threads_);
}

std::shared_ptr<const Image> PyramidBlurs::whole(const Image& image) {
    ImagePool& images = levels_.front().images;
    if (image.width() == images.width() && image.height() == images.height()) {
        return {std::shared_ptr<const Image>(), &image};  // not owned: it outlives this
    }
    std::shared_ptr<Image> larger = images.take();
    for (int y = 0; y < larger->height(); ++y) {
        const float* from = image.row(mirrored(y, image.height()));
        float* to = larger->row(y);
        std::copy_n(from, image.width(), to);
        for (int x = image.width(); x < larger->width(); ++x) to[x] = from[mirrored(x, image.width())];
    }
    return larger;
}

std::shared_ptr<const Image> PyramidBlurs::blurred(const Image& source, const Kernel& kernel,
                                                   PyramidLevel& level) const {
    std::shared_ptr<Image> result = level.images.take();
    blur(source, *result, kernel, threads_for(source));
    return result;
}

void PyramidBlurs::pairs(const Image& image, const Consumer& consumer) {
    std::size_t at = 0;  // the level
    StepChain chain({0.0, whole(image)}, 1.0, step_truncate_);
    std::optional<StepChain> next;  // on the level after, until it reaches far enough to go on there
    for (int i = 0; i <= scales_.n_bin; ++i) {
        const double sigma = scales_.sigma(i);
        const Blurred narrow = chain.latest();
        const Blurred source = chain.source(sigma);
        const Kernel kernel =
            i == 0 ? gaussian_kernel(sigma, scales_.truncate) : chain.kernel(source, sigma, 0.0);
        const Blurred wide{sigma, blurred(*source.image, kernel, levels_[at])};
        if (i > 0) consumer(i - 1, levels_[at], narrow, wide);
        chain.add(wide);
        if (!next && at + 1 < levels_.size() && i > 0 && sigma >= kLeastSigma * (2 << at)) {
            const std::shared_ptr<Image> fewer = levels_[at + 1].images.take();
            blur_halving(*source.image, *fewer, chain.kernel(source, sigma, 0.5), threads_for(*source.image));
            next = StepChain({sigma, fewer}, 2 << at, step_truncate_);
            if (i < scales_.n_bin && next->reaches(scales_.sigma(i + 1))) {  // at once, where steps are wide
                ++at;
                chain = *std::exchange(next, std::nullopt);
            }
        } else if (next && next->reaches(sigma)) {
            ++at;
            chain = *std::exchange(next, std::nullopt);
            const Blurred& first = chain.source(sigma);
            chain.add({sigma, blurred(*first.image, chain.kernel(first, sigma, 0.0), levels_[at])});
        }
    }
}

}  // namespace memo::imaging
