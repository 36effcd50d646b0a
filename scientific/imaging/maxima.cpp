// Maxima of the 3 x 3 x 3 neighbourhood (maxima.h).
//
// Few pixels exceed the threshold and fewer their neighbours: 64 pixels at a time are compared with the
// threshold first, then with the neighbours that rule out most, and only what is left is looked at alone.
#include "scientific/imaging/maxima.h"

#include "scientific/imaging/simd.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <cstdint>

namespace memo::imaging {

namespace {

constexpr int kChunk = 64;

// The loops are left to the compiler to vectorise: the vector only chooses the instruction set.
struct MarkCandidates {
    // marks[i] is set where row[x + i] exceeds the threshold and neither its neighbours in the row nor the
    // pixels above and below it exceed it; *any where one mark is. x - 1 and x + kChunk are within the row.
    template <class Vector>
    MEMO_INLINE void run(const float* up, const float* row, const float* down, float threshold,
                         std::int32_t* marks, bool* any) {
        std::int32_t exceeding = 0;
        for (int i = 0; i < kChunk; ++i) exceeding |= static_cast<std::int32_t>(row[i] > threshold);
        *any = exceeding != 0;
        if (exceeding == 0) return;
        std::int32_t marked = 0;
        for (int i = 0; i < kChunk; ++i) {
            const float value = row[i];
            const std::int32_t mark = static_cast<std::int32_t>(value > threshold) &
                                      static_cast<std::int32_t>(value >= row[i - 1]) &
                                      static_cast<std::int32_t>(value >= row[i + 1]) &
                                      static_cast<std::int32_t>(value >= up[i]) &
                                      static_cast<std::int32_t>(value >= down[i]);
            marks[i] = mark;
            marked |= mark;
        }
        *any = marked != 0;
    }
};

struct Subtract {
    template <class Vector>
    MEMO_INLINE void run(const float* narrow, const float* wide, float sigma, float* slice,
                         std::size_t count) {
        for (std::size_t x = 0; x < count; x += sizeof(Vector) / sizeof(float)) {
            Vector a;
            Vector b;
            std::memcpy(&a, narrow + x, sizeof a);
            std::memcpy(&b, wide + x, sizeof b);
            const Vector difference = sigma * (a - b);
            std::memcpy(slice + x, &difference, sizeof difference);
        }
    }
};

// No pixel within one of (x, y) in `slice` exceeds `value`.
[[nodiscard]] bool none_exceeds(const Image& slice, int x, int y, float value) {
    const int left = std::max(x - 1, 0);
    const int right = std::min(x + 1, slice.width() - 1);
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, slice.height() - 1); ++v) {
        const float* row = slice.row(v);
        for (int u = left; u <= right; ++u) {
            if (row[u] > value) return false;
        }
    }
    return true;
}

// Calls look(x, y) for every pixel of the rows that may be a maximum within its slice.
template <class Look>
void for_candidates(const Image& slice, float threshold, int begin, int end, const Look& look) {
    std::int32_t marks[kChunk];
    for (int y = begin; y < end; ++y) {
        const float* row = slice.row(y);
        const float* up = slice.row(std::max(y - 1, 0));
        const float* down = slice.row(std::min(y + 1, slice.height() - 1));
        const auto alone = [&](int x) {
            if (row[x] > threshold) look(x, y);
        };
        alone(0);
        int x = 1;
        for (; x + kChunk < slice.width(); x += kChunk) {
            bool any = false;
            run_vectorised<MarkCandidates>(up + x, row + x, down + x, threshold, +marks, &any);
            if (!any) continue;
            for (int i = 0; i < kChunk; ++i) {
                if (marks[i] != 0) look(x + i, y);
            }
        }
        for (; x < slice.width(); ++x) alone(x);
    }
}

}  // namespace

void find_maxima(const Image& below, const Image& middle, const Image& above, int bin, float threshold,
                 int begin, int end, std::vector<Maximum>& found) {
    for_candidates(middle, threshold, begin, end, [&](int x, int y) {
        const float value = middle.at(x, y);
        if (!none_exceeds(middle, x, y, value) || !none_exceeds(below, x, y, value) ||
            !none_exceeds(above, x, y, value)) {
            return;
        }
        found.push_back({x, y, bin, value, below.at(x, y), above.at(x, y)});
    });
}

void find_maxima(const Image& below, const Image& middle, const Image& above, int bin, float threshold,
                 unsigned threads, std::vector<Maximum>& found) {
    const int parts = std::clamp(static_cast<int>(threads), 1, middle.height());
    std::vector<std::vector<Maximum>> each(static_cast<std::size_t>(parts));
    for_ranges(threads, parts, [&](int first, int last) {
        for (int part = first; part < last; ++part) {
            const auto from = [&](int p) {
                return static_cast<int>(static_cast<long>(middle.height()) * p / parts);
            };
            find_maxima(below, middle, above, bin, threshold, from(part), from(part + 1),
                        each[static_cast<std::size_t>(part)]);
        }
    });
    for (const auto& some : each) found.insert(found.end(), some.begin(), some.end());
}

void find_flat_maxima(const Image& slice, int bin, float threshold, std::vector<Maximum>& found) {
    for_candidates(slice, threshold, 0, slice.height(), [&](int x, int y) {
        const float value = slice.at(x, y);
        if (none_exceeds(slice, x, y, value)) found.push_back({x, y, bin, value, 0, 0});
    });
}

void subtract(const Image& narrow, const Image& wide, double sigma, Image& slice, int begin, int end) {
    for (int y = begin; y < end; ++y) {
        run_vectorised<Subtract>(narrow.row(y), wide.row(y), static_cast<float>(sigma), slice.row(y),
                                 slice.stride());
    }
}

std::vector<Maximum> SliceSource::maxima(const Image& image, float threshold) {
    std::vector<Maximum> found;
    const Image* below = nullptr;
    const Image* middle = nullptr;
    slices(image, [&](int bin, const Image& slice) {
        if (below != nullptr) find_maxima(*below, *middle, slice, bin - 1, threshold, threads_, found);
        below = middle;
        middle = &slice;
    });
    return found;
}

}  // namespace memo::imaging
