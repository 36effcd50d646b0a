// Rows from half as many points (double_row.h).
#include "scientific/imaging/double_row.h"

#include "scientific/imaging/simd.h"

#include <algorithm>
#include <array>

namespace memo::imaging {

namespace {

// Lagrange's polynomials at three quarters of the way from the second to the third of four points: where the
// even pixels lie. The odd ones lie at one quarter.
constexpr std::array<float, 4> kWeights = {-0.0390625F, 0.2734375F, 0.8203125F, -0.0546875F};
constexpr std::size_t kMargin = 16;  // before the first point, so that it is aligned; two are used

// The loops are left to the compiler to vectorise: the vector only chooses the instruction set.
struct AlongColumn {
    template <class Vector>
    MEMO_INLINE void run(const float* a, const float* b, const float* c, const float* d, float wa, float wb,
                         float wc, float wd, float* sums, std::size_t width) {
        for (std::size_t x = 0; x < width; ++x) sums[x] = wa * a[x] + wb * b[x] + wc * c[x] + wd * d[x];
    }
};

struct AlongRow {
    template <class Vector>
    MEMO_INLINE void run(const float* points, float* row, std::size_t count) {
        const float wa = kWeights[0];
        const float wb = kWeights[1];
        const float wc = kWeights[2];
        const float wd = kWeights[3];
        for (std::size_t k = 0; k < count; ++k) {
            const float* p = points + k;
            row[2 * k] = wa * p[-2] + wb * p[-1] + wc * p[0] + wd * p[1];
            row[2 * k + 1] = wd * p[-1] + wc * p[0] + wb * p[1] + wa * p[2];
        }
    }
};

}  // namespace

void double_row(const Image& half, int y, float* row, std::vector<float>& scratch) {
    const auto width = static_cast<std::size_t>(half.width());
    scratch.resize(width + 2 * kMargin);
    float* points = scratch.data() + kMargin;
    const auto under = [&](int k) { return half.row(mirrored(k, half.height())); };
    const int k = y / 2;
    const auto& w = kWeights;
    if (y % 2 == 0) {
        run_vectorised<AlongColumn>(under(k - 2), under(k - 1), under(k), under(k + 1), w[0], w[1], w[2],
                                    w[3], points, width);
    } else {
        run_vectorised<AlongColumn>(under(k - 1), under(k), under(k + 1), under(k + 2), w[3], w[2], w[1],
                                    w[0], points, width);
    }
    for (int i = 1; i <= 2; ++i) {
        points[-i] = points[mirrored(-i, half.width())];
        points[static_cast<int>(width) - 1 + i] =
            points[mirrored(static_cast<int>(width) - 1 + i, half.width())];
    }
    run_vectorised<AlongRow>(points, row, width);
}

}  // namespace memo::imaging
