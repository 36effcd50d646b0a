// A part of an image, at another size (resize.h).
#include "scientific/imaging/resize.h"

#include "scientific/imaging/simd.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace memo::imaging {

namespace {

// What a new pixel takes of the old ones from `first` on.
struct Share {
    int first = 0;
    std::vector<float> weights;
};

[[nodiscard]] std::vector<Share> shares(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    const double reach = std::max(scale, 1.0);
    std::vector<Share> all;
    all.reserve(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * scale - 0.5;
        const int first = std::max(0, static_cast<int>(std::ceil(centre - reach)));
        const int last = std::min(from - 1, static_cast<int>(std::floor(centre + reach)));
        Share share{first, {}};
        double sum = 0;
        for (int k = first; k <= last; ++k) {
            const double weight = std::max(0.0, 1 - std::fabs(k - centre) / reach);
            sum += weight;
            share.weights.push_back(static_cast<float>(weight));
        }
        for (float& weight : share.weights) weight = static_cast<float>(weight / sum);
        all.push_back(std::move(share));
    }
    return all;
}

// The loop is left to the compiler to vectorise: the vector only chooses the instruction set.
struct AddRow {
    template <class Vector>
    MEMO_INLINE void run(const float* from, float weight, float* sums, std::size_t count) {
        for (std::size_t x = 0; x < count; ++x) sums[x] += weight * from[x];
    }
};

}  // namespace

Image resized(const Image& image, const Rectangle& part, int width, int height) {
    Image result(width, height);
    if (part.width == width && part.height == height) {
        for (int y = 0; y < height; ++y)
            std::copy_n(image.row(part.y + y) + part.x, static_cast<std::size_t>(width), result.row(y));
        return result;
    }
    const std::vector<Share> across = shares(part.width, width);
    const std::vector<Share> down = shares(part.height, height);
    const auto wide = static_cast<std::size_t>(part.width);
    std::vector<float> sums(wide);
    for (int y = 0; y < height; ++y) {
        const Share& rows = down[static_cast<std::size_t>(y)];
        std::fill(sums.begin(), sums.end(), 0.0F);
        for (std::size_t k = 0; k < rows.weights.size(); ++k) {
            const float* from = image.row(part.y + rows.first + static_cast<int>(k)) + part.x;
            run_vectorised<AddRow>(from, rows.weights[k], sums.data(), wide);
        }
        float* to = result.row(y);
        for (int x = 0; x < width; ++x) {
            const Share& share = across[static_cast<std::size_t>(x)];
            const float* from = sums.data() + share.first;
            float sum = 0;
            for (std::size_t k = 0; k < share.weights.size(); ++k) sum += share.weights[k] * from[k];
            to[x] = sum;
        }
    }
    return result;
}

}  // namespace memo::imaging
