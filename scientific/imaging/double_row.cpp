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
constexpr std::size_t kMargin = 16;  // at either end, so that the first point is aligned; two are used

// `count` is a multiple of the vector in both: rows are as long as the stride of `half`.
struct AlongColumn {
    template <class Vector>
    MEMO_INLINE void run(const float* a, const float* b, const float* c, const float* d, float wa, float wb,
                         float wc, float wd, float* sums, std::size_t count) {
        for (std::size_t x = 0; x < count; x += sizeof(Vector) / sizeof(float)) {
            Vector rows[4];
            std::memcpy(&rows[0], a + x, sizeof(Vector));
            std::memcpy(&rows[1], b + x, sizeof(Vector));
            std::memcpy(&rows[2], c + x, sizeof(Vector));
            std::memcpy(&rows[3], d + x, sizeof(Vector));
            const Vector sum = wa * rows[0] + wb * rows[1] + wc * rows[2] + wd * rows[3];
            std::memcpy(sums + x, &sum, sizeof sum);
        }
    }
};

struct AlongRow {
    template <class Vector>
    MEMO_INLINE void run(const float* points, float* even, float* odd, std::size_t count) {
        const float wa = kWeights[0];
        const float wb = kWeights[1];
        const float wc = kWeights[2];
        const float wd = kWeights[3];
        for (std::size_t k = 0; k < count; k += sizeof(Vector) / sizeof(float)) {
            Vector at[5];
            for (std::size_t i = 0; i < 5; ++i) std::memcpy(&at[i], points + k + i - 2, sizeof(Vector));
            const Vector first = wa * at[0] + wb * at[1] + wc * at[2] + wd * at[3];
            const Vector second = wd * at[1] + wc * at[2] + wb * at[3] + wa * at[4];
            std::memcpy(even + k, &first, sizeof first);
            std::memcpy(odd + k, &second, sizeof second);
        }
    }
};

// The loops below are left to the compiler to vectorise: the vector only chooses the instruction set.
struct PutTogether {
    template <class Vector>
    MEMO_INLINE void run(const float* even, const float* odd, std::size_t count, float* row) {
        for (std::size_t k = 0; k < count; ++k) {
            row[2 * k] = even[k];
            row[2 * k + 1] = odd[k];
        }
    }
};

struct RaiseTo {
    template <class Vector>
    MEMO_INLINE void run(const float* even, const float* odd, std::size_t count, float* row) {
        for (std::size_t k = 0; k < count; ++k) {
            row[2 * k] = row[2 * k] > even[k] ? row[2 * k] : even[k];
            row[2 * k + 1] = row[2 * k + 1] > odd[k] ? row[2 * k + 1] : odd[k];
        }
    }
};

// Row `y` at the columns of `half`, into `points`, with two more at either end.
[[nodiscard]] const float* points_of(const Image& half, int y, float* points) {
    const auto width = static_cast<std::size_t>(half.width());
    const auto under = [&](int k) { return half.row(mirrored(k, half.height())); };
    const int k = y / 2;
    const auto& w = kWeights;
    if (y % 2 == 0) {
        run_vectorised<AlongColumn>(under(k - 2), under(k - 1), under(k), under(k + 1), w[0], w[1], w[2],
                                    w[3], points, half.stride());
    } else {
        run_vectorised<AlongColumn>(under(k - 1), under(k), under(k + 1), under(k + 2), w[3], w[2], w[1],
                                    w[0], points, half.stride());
    }
    for (int i = 1; i <= 2; ++i) {
        points[-i] = points[mirrored(-i, half.width())];
        points[static_cast<int>(width) - 1 + i] =
            points[mirrored(static_cast<int>(width) - 1 + i, half.width())];
    }
    return points;
}

}  // namespace

void double_row_apart(const Image& half, int y, float* even, float* odd, std::vector<float>& scratch) {
    scratch.resize(std::max(scratch.size(), half.stride() + 2 * kMargin));
    run_vectorised<AlongRow>(points_of(half, y, scratch.data() + kMargin), even, odd, half.stride());
}

void double_row(const Image& half, int y, float* row, std::vector<float>& scratch) {
    const std::size_t stride = half.stride() + 2 * kMargin;
    scratch.resize(3 * stride);
    float* even = scratch.data() + stride;
    float* odd = even + stride;
    const auto width = static_cast<std::size_t>(half.width());
    run_vectorised<AlongRow>(points_of(half, y, scratch.data() + kMargin), even, odd, half.stride());
    run_vectorised<PutTogether>(static_cast<const float*>(even), static_cast<const float*>(odd), width, row);
}

void raise_to(const float* even, const float* odd, std::size_t count, float* row) {
    run_vectorised<RaiseTo>(even, odd, count, row);
}

}  // namespace memo::imaging
