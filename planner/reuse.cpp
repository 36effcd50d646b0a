// Sweeps in order of birth (planner/reuse.h).
#include "planner/reuse.h"

#include "planner/locality.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace memo::planner {

double coldness_of(std::uint64_t distance) {
    return std::log2(1 + static_cast<double>(distance) / static_cast<double>(kNearby.value));
}

Timeline::Timeline(const std::vector<Block>& blocks)
    : by_birth(blocks.size()), born(blocks.size()), freed(blocks.size()) {
    std::iota(by_birth.begin(), by_birth.end(), 0U);
    std::sort(by_birth.begin(), by_birth.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(blocks[a].life.lower, a) < std::tie(blocks[b].life.lower, b);
    });
    for (const std::uint32_t b : by_birth) {
        born[b] = total;
        total += blocks[b].size.value;
    }
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const std::size_t rank = first_born_at(blocks, blocks[b].life.upper);
        freed[b] = rank == by_birth.size() ? total : born[by_birth[rank]];
    }
}

std::size_t Timeline::first_born_at(const std::vector<Block>& blocks, EventIndex moment) const {
    const auto at = std::partition_point(by_birth.begin(), by_birth.end(), [&](std::uint32_t block) {
        return blocks[block].life.lower < moment;
    });
    return static_cast<std::size_t>(at - by_birth.begin());
}

std::vector<UsedTogether> pairs_used_together(const std::vector<Block>& blocks,
                                              const std::vector<std::uint32_t>& by_birth) {
    std::vector<UsedTogether> pairs;
    std::vector<std::uint32_t> before(blocks.size());  // the living, as a list from the youngest
    constexpr std::uint32_t kNobody = UINT32_MAX;
    std::uint32_t youngest = kNobody;
    for (const std::uint32_t block : by_birth) {
        std::uint32_t* link = &youngest;
        for (std::size_t found = 0; found < kUsedTogether && *link != kNobody;) {
            const std::uint32_t other = *link;
            if (blocks[other].life.upper <= blocks[block].life.lower) {
                *link = before[other];  // dead, for all that are still to come too
                continue;
            }
            const Bytes weight = std::min(blocks[block].size, blocks[other].size);
            pairs.push_back({other, block, static_cast<double>(weight.value)});
            link = &before[other];
            ++found;
        }
        before[block] = youngest;
        youngest = block;
    }
    return pairs;
}

double total_weight(const std::vector<UsedTogether>& pairs) {
    return std::accumulate(pairs.begin(), pairs.end(), 0.0,
                           [](double sum, const UsedTogether& pair) { return sum + pair.weight; });
}

}  // namespace memo::planner
