// Rows of responses, and the features in them (feature_rows.h).
#include "scientific/imaging/feature_rows.h"

#include "scientific/imaging/simd.h"

#include <algorithm>

namespace memo::imaging {

namespace {

constexpr int kChunk = 256;  // pixels whose vertical maxima are kept

// The loop is left to the compiler to vectorise: the vector only chooses the instruction set.
struct CountInChunk {
    // *count grows by the features in [0, size); one pixel before and one after are there.
    template <class Vector>
    MEMO_INLINE void run(const float* up, const float* row, const float* down, int size, float threshold,
                         std::size_t* count) {
        int exceeding = 0;
        for (int x = 0; x < size; ++x) exceeding |= static_cast<int>(row[x] > threshold);
        if (exceeding == 0) return;
        float tallest[kChunk + 2];
        for (int x = 0; x < size + 2; ++x) {
            const float outer = up[x - 1] > down[x - 1] ? up[x - 1] : down[x - 1];
            tallest[x] = outer > row[x - 1] ? outer : row[x - 1];
        }
        int found = 0;
        for (int x = 0; x < size; ++x) {
            const float value = row[x];
            found += static_cast<int>(value > threshold) & static_cast<int>(value >= tallest[x]) &
                     static_cast<int>(value >= tallest[x + 1]) & static_cast<int>(value >= tallest[x + 2]);
        }
        *count += static_cast<std::size_t>(found);
    }
};

struct Respond {
    template <class Vector>
    MEMO_INLINE void run(const float* const* blurs, const float* sigmas, std::size_t count, bool onto,
                         float* bright, float* dark, std::size_t width) {
        for (std::size_t x = 0; x < width; x += sizeof(Vector) / sizeof(float)) {
            Vector narrow;
            Vector wide;
            std::memcpy(&narrow, blurs[0] + x, sizeof narrow);
            std::memcpy(&wide, blurs[1] + x, sizeof wide);
            Vector most = sigmas[0] * (narrow - wide);
            Vector least = most;
            for (std::size_t i = 1; i + 1 < count; ++i) {
                narrow = wide;
                std::memcpy(&wide, blurs[i + 1] + x, sizeof wide);
                const Vector response = sigmas[i] * (narrow - wide);
                most = most > response ? most : response;
                least = least < response ? least : response;
            }
            Vector darkest = -least;
            if (onto) {
                Vector before;
                std::memcpy(&before, bright + x, sizeof before);
                most = most > before ? most : before;
                std::memcpy(&before, dark + x, sizeof before);
                darkest = darkest > before ? darkest : before;
            }
            std::memcpy(bright + x, &most, sizeof most);
            std::memcpy(dark + x, &darkest, sizeof darkest);
        }
    }
};

}  // namespace

std::size_t count_in_row(const float* up, const float* row, const float* down, int width, float threshold) {
    std::size_t count = 0;
    const auto alone = [&](int x) {
        const float value = row[x];
        if (!(value > threshold)) return;
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, width - 1); ++u) {
            if (up[u] > value || row[u] > value || down[u] > value) return;
        }
        ++count;
    };
    alone(0);
    for (int x = 1; x < width - 1; x += kChunk) {
        run_vectorised<CountInChunk>(up + x, row + x, down + x, std::min(kChunk, width - 1 - x), threshold,
                                     &count);
    }
    if (width > 1) alone(width - 1);
    return count;
}

void respond(const float* const* blurs, const float* sigmas, std::size_t count, bool onto, float* bright,
             float* dark, std::size_t width) {
    run_vectorised<Respond>(blurs, sigmas, count, onto, bright, dark, width);
}

}  // namespace memo::imaging
