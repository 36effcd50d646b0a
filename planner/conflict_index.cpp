// Building and updating the index; the queries are templates in the header.
#include "planner/conflict_index.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace memo::planner {

ConflictIndex::ConflictIndex(std::span<const Block> blocks)
    : blocks_(blocks),
      by_birth_(blocks.size()),
      rank_(blocks.size()),
      births_(blocks.size()),
      leaves_(std::bit_ceil(std::max<std::size_t>(blocks.size(), 1))),
      latest_death_(2 * leaves_, 0) {
    std::iota(by_birth_.begin(), by_birth_.end(), 0U);
    std::sort(by_birth_.begin(), by_birth_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(blocks[a].life.lower, a) < std::tie(blocks[b].life.lower, b);
    });
    for (std::size_t rank = 0; rank < by_birth_.size(); ++rank) {
        rank_[by_birth_[rank]] = static_cast<std::uint32_t>(rank);
        births_[rank] = blocks[by_birth_[rank]].life.lower;
    }
}

void ConflictIndex::place(std::size_t block) {
    const std::uint64_t death = blocks_[block].life.upper.value;
    for (std::size_t node = leaves_ + rank_[block]; node != 0 && latest_death_[node] < death; node /= 2) {
        latest_death_[node] = death;
    }
}

std::size_t ConflictIndex::born_before(EventIndex moment) const {
    return static_cast<std::size_t>(std::lower_bound(births_.begin(), births_.end(), moment) -
                                    births_.begin());
}

}  // namespace memo::planner
