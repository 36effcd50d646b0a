// The back end pyramid (backends.h): recursive, on fewer and fewer points.
//
// A blur of sigma leaves almost nothing beyond the frequencies that every f-th point can hold if sigma is at
// least kLeastSigma f. From there on a quarter of the points is blurred, at half the distance in points, so
// nearly all of the work is done in the first few slices. Maxima are looked for among the points of a slice
// with slack, and decided in the whole image, interpolated where one is suspected: position and bins are
// those of the other back ends but where two values are closer than the interpolation's error.
#include "scientific/imaging/backends.h"
#include "scientific/imaging/blur.h"
#include "scientific/imaging/image_pool.h"
#include "scientific/imaging/interpolate.h"
#include "scientific/imaging/maxima.h"
#include "scientific/imaging/step_chain.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <tuple>
#include <utility>

namespace memo::imaging {

namespace {

constexpr double kLeastSigma = 2.0;    // points
constexpr double kStepTruncate = 5.0;  // sigma
constexpr int kLeastSide = 16;         // points
constexpr int kMostLevels = 6;         // factors up to 32
constexpr double kReach = 5.0;         // sigma beyond which a border is not felt
constexpr float kPointSlack = 0.9F;    // a point near a maximum has at least this share of it
constexpr float kScaleSlack = 0.98F;   // and of what the same point has in the next bins
constexpr long kPixelsPerThread = 1L << 16U;

struct Level {
    Level(int f, int width, int height) : interpolation(f), images(width, height) {}
    Interpolation interpolation;
    ImagePool images;
};

struct Slice {
    int bin = 0;
    const Level* level = nullptr;
    std::shared_ptr<const Image> image;
};

[[nodiscard]] float largest(const Neighbourhood& values) {
    float most = values[1][1];
    for (const auto& row : values) most = std::max(most, *std::max_element(row.begin(), row.end()));
    return most;
}

// Where between its neighbours the parabola through three values has its top.
[[nodiscard]] double top_of(float before, float at, float after) {
    const double curvature = static_cast<double>(before) - 2.0 * at + after;
    return curvature < 0 ? std::clamp(0.5 * (static_cast<double>(before) - after) / curvature, -0.5, 0.5)
                         : 0.0;
}

class Pyramid final : public MaximumSource {
  public:
    Pyramid(int width, int height, const Scales& scales, unsigned threads)
        : width_(width), height_(height), scales_(scales), threads_(threads) {
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

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override {
        std::vector<Maximum> found;
        std::vector<Slice> last;  // up to three
        slices(image, [&](const Slice& slice) {
            last.push_back(slice);
            if (last.size() < 3) return;
            look_at(last[0], last[1], last[2], threshold, found);
            last.erase(last.begin());
        });
        return found;
    }

  private:
    // The side of the image that is held: a side that halves evenly as it is, else one so much longer that
    // the mirror at the new border is not felt at the old one.
    [[nodiscard]] int extended(int side, int most) const {
        if (side % most == 0) return side;
        const int wanted = side + static_cast<int>(kReach * scales_.max_sigma);
        return (wanted + most - 1) / most * most;
    }

    [[nodiscard]] unsigned threads_for(const Image& image) const {
        return std::clamp(static_cast<unsigned>(static_cast<long>(image.pixels()) / kPixelsPerThread), 1U,
                          threads_);
    }

    [[nodiscard]] std::shared_ptr<const Image> whole(const Image& image) {
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

    [[nodiscard]] std::shared_ptr<const Image> blurred(const Image& source, const Kernel& kernel,
                                                       Level& level) const {
        std::shared_ptr<Image> result = level.images.take();
        blur(source, *result, kernel, threads_for(source));
        return result;
    }

    template <class Consumer>
    void slices(const Image& image, const Consumer& consumer) {
        std::size_t at = 0;  // the level
        StepChain chain({0.0, whole(image)}, 1.0, kStepTruncate);
        std::optional<StepChain> next;  // on the level after, until it reaches far enough to go on there
        for (int i = 0; i <= scales_.n_bin; ++i) {
            const double sigma = scales_.sigma(i);
            const Blurred narrow = chain.latest();
            const Blurred source = chain.source(sigma);
            const Kernel kernel =
                i == 0 ? gaussian_kernel(sigma, scales_.truncate) : chain.kernel(source, sigma, 0.0);
            const Blurred wide{sigma, blurred(*source.image, kernel, levels_[at])};
            if (i > 0) consumer({i - 1, &levels_[at], difference(narrow, wide, levels_[at])});
            chain.add(wide);
            if (!next && at + 1 < levels_.size() && i > 0 && sigma >= kLeastSigma * (2 << at)) {
                const std::shared_ptr<Image> fewer = levels_[at + 1].images.take();
                blur_halving(*source.image, *fewer, chain.kernel(source, sigma, 0.5),
                             threads_for(*source.image));
                next = StepChain({sigma, fewer}, 2 << at, kStepTruncate);
            } else if (next && next->reaches(sigma)) {
                ++at;
                chain = *std::exchange(next, std::nullopt);
                const Blurred& first = chain.source(sigma);
                chain.add({sigma, blurred(*first.image, chain.kernel(first, sigma, 0.0), levels_[at])});
            }
        }
    }

    [[nodiscard]] std::shared_ptr<const Image> difference(const Blurred& narrow, const Blurred& wide,
                                                          Level& level) const {
        const std::shared_ptr<Image> slice = level.images.take();
        for_ranges(threads_for(*slice), slice->height(), [&](int begin, int end) {
            subtract(*narrow.image, *wide.image, narrow.sigma, *slice, begin, end);
        });
        return slice;
    }

    // Adds the maxima of `middle`. One that is at its point but not in its bin is found from its own bin.
    void look_at(const Slice& below, const Slice& middle, const Slice& above, float threshold,
                 std::vector<Maximum>& found) const {
        std::vector<Maximum> points;
        find_flat_maxima(*middle.image, middle.bin, kPointSlack * threshold, points);
        std::vector<Maximum> decided;
        for (const Maximum& point : points) {
            const auto may_top = [&](const Slice& other) {
                return other.level != middle.level ||
                       kScaleSlack * other.image->at(point.x, point.y) <= point.response;
            };
            if (!may_top(below) || !may_top(above)) continue;
            if (const auto maximum = decide(below, middle, above, point, threshold))
                decided.push_back(*maximum);
        }
        const auto order = [](const Maximum& a) { return std::tie(a.y, a.x); };
        std::sort(decided.begin(), decided.end(),
                  [&](const Maximum& a, const Maximum& b) { return order(a) < order(b); });
        const auto end = std::unique(decided.begin(), decided.end(), [&](const Maximum& a, const Maximum& b) {
            return order(a) == order(b);
        });
        found.insert(found.end(), decided.begin(), end);
    }

    // The values around (x, y) in the slice. Outside of the image there is nothing, as in the other back
    // ends.
    [[nodiscard]] Neighbourhood around(const Slice& slice, int x, int y) const {
        Neighbourhood values = slice.level->interpolation.around(*slice.image, x, y);
        for (int v = 0; v < 3; ++v) {
            for (int u = 0; u < 3; ++u) {
                const bool inside =
                    x + u - 1 >= 0 && x + u - 1 < width_ && y + v - 1 >= 0 && y + v - 1 < height_;
                if (!inside) values[static_cast<std::size_t>(v)][static_cast<std::size_t>(u)] = -INFINITY;
            }
        }
        return values;
    }

    [[nodiscard]] std::optional<Maximum> decide(const Slice& below, const Slice& middle, const Slice& above,
                                                const Maximum& point, float threshold) const {
        const Interpolation& grid = middle.level->interpolation;
        const Neighbourhood points = Interpolation(1).around(*middle.image, point.x, point.y);
        const double right = top_of(points[1][0], points[1][1], points[1][2]);
        const double down = top_of(points[0][1], points[1][1], points[2][1]);
        int x = static_cast<int>(std::lround(grid.position(point.x + right)));
        int y = static_cast<int>(std::lround(grid.position(point.y + down)));
        if (grid.factor() == 1) x = point.x, y = point.y;
        x = std::clamp(x, 0, width_ - 1);
        y = std::clamp(y, 0, height_ - 1);
        Neighbourhood values = around(middle, x, y);
        // The guess is off by a pixel now and then: go up.
        for (int steps = 0; largest(values) > values[1][1]; ++steps) {
            if (steps > grid.factor()) return std::nullopt;
            std::size_t column = 1;
            std::size_t row = 1;
            for (std::size_t v = 0; v < 3; ++v) {
                for (std::size_t u = 0; u < 3; ++u) {
                    if (values[v][u] > values[row][column]) column = u, row = v;
                }
            }
            x += static_cast<int>(column) - 1;
            y += static_cast<int>(row) - 1;
            values = around(middle, x, y);
        }
        const float top = values[1][1];
        if (!(top > threshold)) return std::nullopt;
        const Neighbourhood under = around(below, x, y);
        if (largest(under) > top) return std::nullopt;
        const Neighbourhood over = around(above, x, y);
        if (largest(over) > top) return std::nullopt;
        return Maximum{x, y, middle.bin, top, under[1][1], over[1][1]};
    }

    int width_;
    int height_;
    Scales scales_;
    unsigned threads_;
    std::deque<Level> levels_;
};

}  // namespace

std::unique_ptr<MaximumSource> make_pyramid(int width, int height, const Scales& scales, unsigned threads) {
    return std::make_unique<Pyramid>(width, height, scales, threads);
}

}  // namespace memo::imaging
