// Interpolation between points (interpolate.h).
#include "scientific/imaging/interpolate.h"

#include <cmath>

namespace memo::imaging {

namespace {

[[nodiscard]] int floor_divided(int value, int divisor) {
    return value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor);
}

}  // namespace

Interpolation::Interpolation(int factor) : factor_(factor) {
    for (int phase = 0; phase < factor; ++phase) {
        const double point = (phase - 0.5 * (factor - 1)) / factor;
        const double from_first = point - std::floor(point) + kBefore;
        Weights weights{};
        for (int i = 0; i < kPoints; ++i) {  // Lagrange's polynomials
            double weight = 1;
            for (int j = 0; j < kPoints; ++j) {
                if (j != i) weight *= (from_first - j) / (i - j);
            }
            weights[static_cast<std::size_t>(i)] = static_cast<float>(weight);
        }
        phases_.push_back(weights);
    }
}

int Interpolation::first_point(int x) const {
    // floor((x - (f - 1) / 2) / f) in whole numbers.
    return floor_divided(2 * x - (factor_ - 1), 2 * factor_) - kBefore;
}

const Interpolation::Weights& Interpolation::weights(int x) const {
    return phases_[static_cast<std::size_t>(x - floor_divided(x, factor_) * factor_)];
}

Neighbourhood Interpolation::around(const Image& image, int x, int y) const {
    Neighbourhood values{};
    if (factor_ == 1) {
        for (int v = 0; v < 3; ++v) {
            const float* row = image.row(mirrored(y + v - 1, image.height()));
            for (int u = 0; u < 3; ++u) {
                values[static_cast<std::size_t>(v)][static_cast<std::size_t>(u)] =
                    row[mirrored(x + u - 1, image.width())];
            }
        }
        return values;
    }
    // Along the rows first: three pixels in every row of points that any of the three below needs.
    const int left = first_point(x - 1);
    const int top = first_point(y - 1);
    const int rows = first_point(y + 1) - top + kPoints;
    std::array<std::array<float, 3>, kPoints + 2> along{};
    for (int r = 0; r < rows; ++r) {
        const float* row = image.row(mirrored(top + r, image.height()));
        std::array<float, kPoints + 2> points{};
        for (int i = 0; i < kPoints + 2; ++i) {
            points[static_cast<std::size_t>(i)] = row[mirrored(left + i, image.width())];
        }
        for (int u = 0; u < 3; ++u) {
            const Weights& weight = weights(x + u - 1);
            const auto shift = static_cast<std::size_t>(first_point(x + u - 1) - left);
            float sum = 0;
            for (std::size_t i = 0; i < kPoints; ++i) sum += weight[i] * points[shift + i];
            along[static_cast<std::size_t>(r)][static_cast<std::size_t>(u)] = sum;
        }
    }
    for (int v = 0; v < 3; ++v) {
        const Weights& weight = weights(y + v - 1);
        const auto shift = static_cast<std::size_t>(first_point(y + v - 1) - top);
        for (std::size_t u = 0; u < 3; ++u) {
            float sum = 0;
            for (std::size_t i = 0; i < kPoints; ++i) sum += weight[i] * along[shift + i][u];
            values[static_cast<std::size_t>(v)][u] = sum;
        }
    }
    return values;
}

}  // namespace memo::imaging
