// The lowest height of a small plain problem by trying every order of placement: for sizes of any magnitude,
// where brute_force.h, which tries every offset, takes mixed problems of small sizes.
#pragma once

#include "planner/problem.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace memo::planner::testing {

// Take an optimal packing and drop its blocks in the order of their offsets, each onto the highest end of
// those before it that live with it: none ends up higher than it was. So the best of all orders is optimal.
// O(n! n^2): for about 7 blocks.
inline Bytes lowest_of_every_order(const Problem& problem) {
    const auto& blocks = problem.blocks;
    std::vector<std::uint32_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0U);
    std::uint64_t lowest = UINT64_MAX;
    do {
        std::vector<std::uint64_t> offsets(blocks.size());
        std::uint64_t height = 0;
        for (std::size_t k = 0; k < order.size(); ++k) {
            const Block& next = blocks[order[k]];
            std::uint64_t offset = 0;
            for (std::size_t j = 0; j < k; ++j) {
                const Block& below = blocks[order[j]];
                const bool both_live =
                    next.life.lower < below.life.upper && below.life.lower < next.life.upper;
                if (both_live) offset = std::max(offset, offsets[order[j]] + below.size.value);
            }
            while (offset % next.alignment.value != 0) ++offset;
            offsets[order[k]] = offset;
            height = std::max(height, offset + next.size.value);
        }
        lowest = std::min(lowest, height);
    } while (std::next_permutation(order.begin(), order.end()));
    return {lowest};
}

}  // namespace memo::planner::testing
