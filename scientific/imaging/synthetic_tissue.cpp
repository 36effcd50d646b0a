// Synthetic electron micrographs (synthetic_tissue.h).
//
// Cells are those of a jittered grid's Voronoi diagram: a pixel lies on a membrane where its two nearest
// seeds are equally far.
#include "scientific/imaging/synthetic_tissue.h"

#include "scientific/imaging/blur.h"
#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/random.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace memo::imaging {

namespace {

constexpr double kInside = 0.72;  // brightness
constexpr double kDarkest = 0.15;
constexpr double kTruncate = 4.0;

struct Cell {
    double x;
    double y;
    double brightness;
    bool vesicles;
    bool mitochondrion;
};

class Tissue {
  public:
    explicit Tissue(const TissueOptions& options)
        : options_(options),
          columns_(static_cast<int>(options.width / options.cell) + 4),
          rows_(static_cast<int>(options.height / options.cell) + 4),
          random_(options.seed) {
        for (int r = 0; r < rows_; ++r) {
            for (int c = 0; c < columns_; ++c) {
                const double x = (c - 2 + random_.uniform()) * options.cell;
                const double y = (r - 2 + random_.uniform()) * options.cell;
                const double brightness = kInside + 0.1 * (random_.uniform() - 0.5);
                const bool vesicles = random_.uniform() < 0.4;
                cells_.push_back({x, y, brightness, vesicles, random_.uniform() < 0.25});
            }
        }
    }

    [[nodiscard]] Image painted() {
        Image image(options_.width, options_.height);
        for (int y = 0; y < options_.height; ++y) {
            for (int x = 0; x < options_.width; ++x) {
                const double grain = 0.05 * random_.normal();
                image.at(x, y) = static_cast<float>(membrane_at(x, y) + grain);
            }
        }
        for (const Cell& cell : cells_) {
            if (cell.mitochondrion) add_mitochondrion(cell, image);
            if (cell.vesicles) add_vesicles(cell, image);
        }
        return image;
    }

    void add_noise(Image& image) const {
        Random random(options_.seed ^ 0x5bd1e995U);
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                image.at(x, y) += static_cast<float>(options_.noise * random.normal());
        }
    }

  private:
    [[nodiscard]] double membrane_at(int x, int y) const {
        const int column = static_cast<int>(x / options_.cell) + 2;
        const int row = static_cast<int>(y / options_.cell) + 2;
        double nearest = 1e18;
        double second = 1e18;
        double brightness = kInside;
        for (int r = std::max(row - 2, 0); r <= std::min(row + 2, rows_ - 1); ++r) {
            for (int c = std::max(column - 2, 0); c <= std::min(column + 2, columns_ - 1); ++c) {
                const Cell& cell = cells_[static_cast<std::size_t>(r) * columns_ + c];
                const double distance = (cell.x - x) * (cell.x - x) + (cell.y - y) * (cell.y - y);
                if (distance < nearest) {
                    second = nearest;
                    nearest = distance;
                    brightness = cell.brightness;
                } else if (distance < second) {
                    second = distance;
                }
            }
        }
        const double off = 0.5 * (std::sqrt(second) - std::sqrt(nearest)) / options_.membrane;
        return brightness - (brightness - kDarkest) * std::exp(-0.5 * off * off);
    }

    // Darkens the image where shade(dx, dy), within `reach` of the centre, says so: 0 to 1.
    template <class Shade>
    void darken(double x, double y, double reach, Image& image, const Shade& shade) const {
        const int left = std::max(0, static_cast<int>(x - reach));
        const int right = std::min(options_.width - 1, static_cast<int>(x + reach) + 1);
        const int top = std::max(0, static_cast<int>(y - reach));
        const int bottom = std::min(options_.height - 1, static_cast<int>(y + reach) + 1);
        for (int v = top; v <= bottom; ++v) {
            for (int u = left; u <= right; ++u) {
                float& pixel = image.at(u, v);
                pixel -= static_cast<float>((pixel - kDarkest) * shade(u - x, v - y));
            }
        }
    }

    void add_mitochondrion(const Cell& cell, Image& image) {
        const double angle = std::numbers::pi * random_.uniform();
        const double length = options_.cell * (0.25 + 0.1 * random_.uniform());
        const double breadth = 0.5 * length;
        const double period = 5 + 2 * random_.uniform();
        darken(cell.x, cell.y, length + 3, image, [&](double dx, double dy) {
            const double along = dx * std::cos(angle) + dy * std::sin(angle);
            const double across = dy * std::cos(angle) - dx * std::sin(angle);
            const double out = std::hypot(along / length, across / breadth);
            if (out > 1) return 0.0;
            const double cristae = 0.5 + 0.5 * std::cos(2 * std::numbers::pi * along / period);
            return out > 0.85 ? 0.9 : 0.3 + 0.4 * cristae;
        });
    }

    void add_vesicles(const Cell& cell, Image& image) {
        const double reach = 0.35 * options_.cell;
        for (int i = 0; i < static_cast<int>(options_.vesicles); ++i) {
            const double x = cell.x + random_.between(-reach, reach);
            const double y = cell.y + random_.between(-reach, reach);
            const double radius = random_.between(2.5, 4.0);
            darken(x, y, radius + 3, image, [&](double dx, double dy) {
                const double off = std::hypot(dx, dy) - radius;
                return 0.8 * std::exp(-0.5 * off * off);
            });
        }
    }

    TissueOptions options_;
    int columns_;
    int rows_;
    Random random_;
    std::vector<Cell> cells_;
};

}  // namespace

Image synthesise_tissue(const TissueOptions& options) {
    Tissue tissue(options);
    Image sharp = tissue.painted();
    if (options.blur > 0) {
        Image blurred(options.width, options.height);
        blur(sharp, blurred, gaussian_kernel(options.blur, kTruncate), 1);
        sharp = std::move(blurred);
    }
    tissue.add_noise(sharp);
    return sharp;
}

}  // namespace memo::imaging
