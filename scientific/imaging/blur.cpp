// Separable blurs (blur.h).
//
// The vertical pass takes four rows of the result at a time, so that each vector read of the source serves
// four sums held in registers; the horizontal pass follows while those rows are in the first cache.
#include "scientific/imaging/blur.h"

#include "scientific/imaging/simd.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <array>

namespace memo::imaging {

namespace {

// Room on the left of a scratch row, so that its pixel 0 is as aligned as the row.
[[nodiscard]] std::size_t margin(int radius) {
    const auto wanted = static_cast<std::size_t>(std::max(radius, 1));
    return (wanted + Image::kRowAlignment - 1) / Image::kRowAlignment * Image::kRowAlignment;
}

[[nodiscard]] std::size_t scratch_stride(std::size_t stride, int radius) {
    return stride + 2 * margin(radius) + Image::kRowAlignment;
}

// sums[r][x] = sum over t of taps[t + Rows - 1 - r] * under[t][x], for x in [0, width), a multiple of the
// vector.
template <int Rows>
struct VerticalPass {
    template <class Vector, int Wide>
    MEMO_INLINE void columns(const float* const* under, int count, const float* taps, float* sums,
                             std::size_t stride, std::size_t x) {
        constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
        Vector sum[Rows][Wide] = {};
        for (int t = 0; t < count; ++t) {
            Vector pixels[Wide];
            std::memcpy(pixels, under[t] + x, sizeof pixels);
            for (int r = 0; r < Rows; ++r) {
                for (int i = 0; i < Wide; ++i) sum[r][i] += taps[t + Rows - 1 - r] * pixels[i];
            }
        }
        for (int r = 0; r < Rows; ++r) {
            for (int i = 0; i < Wide; ++i) {
                std::memcpy(sums + static_cast<std::size_t>(r) * stride + x + i * kLanes, &sum[r][i],
                            sizeof(Vector));
            }
        }
    }

    template <class Vector>
    MEMO_INLINE void run(const float* const* under, int count, const float* taps, float* sums,
                         std::size_t stride, std::size_t width) {
        constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
        std::size_t x = 0;
        for (; x + 2 * kLanes <= width; x += 2 * kLanes)
            columns<Vector, 2>(under, count, taps, sums, stride, x);
        for (; x < width; x += kLanes) columns<Vector, 1>(under, count, taps, sums, stride, x);
    }
};

// result[x] = sum over t of taps[t] * from[x + t], for x in [0, width), a multiple of the vector.
struct HorizontalPass {
    template <class Vector, int Wide>
    MEMO_INLINE void columns(const float* from, int count, const float* taps, float* result) {
        constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
        Vector sum[Wide] = {};
        for (int t = 0; t < count; ++t) {
            for (int i = 0; i < Wide; ++i) {
                Vector pixels;
                std::memcpy(&pixels, from + t + static_cast<std::size_t>(i) * kLanes, sizeof pixels);
                sum[i] += taps[t] * pixels;
            }
        }
        std::memcpy(result, sum, sizeof sum);
    }

    template <class Vector>
    MEMO_INLINE void run(const float* from, int count, const float* taps, float* result, std::size_t width) {
        constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
        constexpr std::size_t kWide = 8;
        std::size_t x = 0;
        for (; x + kWide * kLanes <= width; x += kWide * kLanes) {
            columns<Vector, kWide>(from + x, count, taps, result + x);
        }
        for (; x < width; x += kLanes) columns<Vector, 1>(from + x, count, taps, result + x);
    }
};

// Continues a scratch row over its edges.
void mirror(float* row, int width, int radius) {
    for (int i = 1; i <= radius; ++i) {
        row[-i] = row[mirrored(-i, width)];
        row[width - 1 + i] = row[mirrored(width - 1 + i, width)];
    }
}

}  // namespace

Blur::Blur(const Kernel& kernel)
    : radius_(kernel.last()), taps_(kernel.taps.size() + 2 * std::size_t{kRowsAtOnce - 1}) {
    std::copy(kernel.taps.begin(), kernel.taps.end(), taps_.begin() + kRowsAtOnce - 1);
}

void Blur::rows(const Image& source, Image& result, int begin, int end) {
    const int taps = 2 * radius_ + 1;
    const std::size_t stride = source.stride();
    const std::size_t middle_stride = scratch_stride(stride, radius_);
    middle_.resize(kRowsAtOnce * middle_stride);
    under_.resize(static_cast<std::size_t>(taps + kRowsAtOnce - 1));
    float* const middle = middle_.data() + margin(radius_);
    for (int y = begin; y < end; y += kRowsAtOnce) {
        const int rows = std::min(kRowsAtOnce, end - y);
        for (int i = 0; i < taps + kRowsAtOnce - 1; ++i) {
            under_[static_cast<std::size_t>(i)] = source.row(mirrored(y - radius_ + i, source.height()));
        }
        run_vectorised<VerticalPass<kRowsAtOnce>>(under_.data(), taps + kRowsAtOnce - 1,
                                                  static_cast<const float*>(taps_.data()), middle,
                                                  middle_stride, stride);
        for (int r = 0; r < rows; ++r) {
            float* row = middle + static_cast<std::size_t>(r) * middle_stride;
            mirror(row, source.width(), radius_);
            run_vectorised<HorizontalPass>(static_cast<const float*>(row - radius_), taps,
                                           static_cast<const float*>(taps_.data() + kRowsAtOnce - 1),
                                           result.row(y + r), stride);
        }
    }
}

void blur(const Image& source, Image& result, const Kernel& kernel, unsigned threads) {
    for_ranges(threads, source.height(), [&](int begin, int end) {
        Blur one(kernel);
        one.rows(source, result, begin, end);
    });
}

void blur_halving(const Image& source, Image& result, const Kernel& kernel, unsigned threads) {
    const int count = static_cast<int>(kernel.taps.size());
    const int reach = kernel.last();
    for_ranges(threads, result.height(), [&](int begin, int end) {
        const std::size_t stride = source.stride();
        std::vector<float> scratch(scratch_stride(stride, reach));
        float* const row = scratch.data() + margin(reach);
        std::vector<const float*> under(kernel.taps.size());
        // The two halves of the taps meet the pixels at even and at odd places.
        std::vector<float> even(result.stride() + kernel.taps.size() + Image::kRowAlignment);
        std::vector<float> odd(even.size());
        std::array<std::vector<float>, 2> taps;
        for (int t = 0; t < count; ++t) {
            taps[static_cast<std::size_t>(t) % 2].push_back(kernel.taps[static_cast<std::size_t>(t)]);
        }
        std::vector<float> other(result.stride());
        for (int y = begin; y < end; ++y) {
            for (int t = 0; t < count; ++t) {
                under[static_cast<std::size_t>(t)] =
                    source.row(mirrored(2 * y + kernel.first + t, source.height()));
            }
            run_vectorised<VerticalPass<1>>(under.data(), count, kernel.taps.data(), row, std::size_t{0},
                                            stride);
            mirror(row, source.width(), reach);
            const float* const first = row + kernel.first;
            const int pairs = result.width() + count / 2 - 1;
            for (std::ptrdiff_t i = 0; i < pairs; ++i) {
                even[static_cast<std::size_t>(i)] = first[2 * i];
                odd[static_cast<std::size_t>(i)] = first[2 * i + 1];
            }
            float* const out = result.row(y);
            run_vectorised<HorizontalPass>(static_cast<const float*>(even.data()),
                                           static_cast<int>(taps[0].size()),
                                           static_cast<const float*>(taps[0].data()), out, result.stride());
            run_vectorised<HorizontalPass>(
                static_cast<const float*>(odd.data()), static_cast<int>(taps[1].size()),
                static_cast<const float*>(taps[1].data()), other.data(), result.stride());
            for (int x = 0; x < result.width(); ++x) out[x] += other[static_cast<std::size_t>(x)];
        }
    });
}

}  // namespace memo::imaging
