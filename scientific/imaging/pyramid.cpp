// The back end pyramid (backends.h): recursive, on fewer and fewer points.
//
// Maxima are looked for among the points of a slice with slack, and decided in the whole image, interpolated
// where one is suspected: position and bins are those of the other back ends but where two values are closer
// than the interpolation's error.
#include "scientific/imaging/backends.h"
#include "scientific/imaging/interpolate.h"
#include "scientific/imaging/maxima.h"
#include "scientific/imaging/pyramid_blurs.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

namespace memo::imaging {

namespace {

constexpr double kStepTruncate = 5.0;  // sigma
constexpr float kPointSlack = 0.9F;    // a point near a maximum has at least this share of it
constexpr float kScaleSlack = 0.98F;   // and of what the same point has in the next bins

struct Slice {
    int bin = 0;
    const PyramidLevel* level = nullptr;
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
        : width_(width), height_(height), blurs_(width, height, scales, kStepTruncate, threads) {}

    [[nodiscard]] std::vector<Maximum> maxima(const Image& image, float threshold) override {
        std::vector<Maximum> found;
        std::vector<Slice> last;  // up to three
        blurs_.pairs(image, [&](int bin, PyramidLevel& level, const Blurred& narrow, const Blurred& wide) {
            last.push_back({bin, &level, difference(narrow, wide, level)});
            if (last.size() < 3) return;
            look_at(last[0], last[1], last[2], threshold, found);
            last.erase(last.begin());
        });
        return found;
    }

  private:
    [[nodiscard]] std::shared_ptr<const Image> difference(const Blurred& narrow, const Blurred& wide,
                                                          PyramidLevel& level) const {
        const std::shared_ptr<Image> slice = level.images.take();
        for_ranges(blurs_.threads_for(*slice), slice->height(), [&](int begin, int end) {
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
    PyramidBlurs blurs_;
};

}  // namespace

std::unique_ptr<MaximumSource> make_pyramid(int width, int height, const Scales& scales, unsigned threads) {
    return std::make_unique<Pyramid>(width, height, scales, threads);
}

}  // namespace memo::imaging
