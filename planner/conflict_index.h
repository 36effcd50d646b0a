// Which of the blocks placed so far live at the same time as a given one? The question that every greedy
// placement asks once a block, answered without looking at the blocks that live at other times.
//
// All blocks are sorted by birth once. Over that order stands a perfect binary tree that holds, per subtree,
// the latest death of a *placed* block in it. The blocks that overlap `[lower, upper)` are those in the
// prefix born before `upper` that die after `lower`; the search prunes every subtree whose latest death is
// too early. So `place` is O(log n), a query with k answers is O(k log(n / k)), and memory is O(n) whatever
// the number of overlapping pairs.
//
// Invariants: node i covers nodes 2i and 2i + 1 and holds their maximum; unplaced leaves hold 0, which no
// query matches because deaths are at least 1. Thread safety: none for writers; concurrent queries are fine.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::planner {

class ConflictIndex {
  public:
    // Nothing is placed yet. `blocks` must outlive the index.
    explicit ConflictIndex(std::span<const Block> blocks);

    // From now on `block` is among the answers.
    void place(std::size_t block);

    // Calls `visit(block)` for each placed block whose lifetime overlaps `life`, in order of birth.
    template <class Visit>
    void for_each_overlapping(const Lifetime& life, Visit&& visit) const {
        const std::size_t prefix = born_before(life.upper);
        if (prefix != 0) descend(1, 0, leaves_, prefix, life.lower.value, visit);
    }

  private:
    [[nodiscard]] std::size_t born_before(EventIndex moment) const;

    // `node` covers ranks [first, first + width); only ranks below `prefix` count.
    template <class Visit>
    void descend(std::size_t node, std::size_t first, std::size_t width, std::size_t prefix,
                 std::uint64_t after, Visit& visit) const {
        if (latest_death_[node] <= after) return;
        if (width == 1) {
            visit(by_birth_[first]);
            return;
        }
        const std::size_t half = width / 2;
        descend(2 * node, first, half, prefix, after, visit);
        if (first + half < prefix) descend(2 * node + 1, first + half, half, prefix, after, visit);
    }

    std::span<const Block> blocks_;
    std::vector<std::uint32_t> by_birth_;      // rank to block
    std::vector<std::uint32_t> rank_;          // block to rank
    std::vector<EventIndex> births_;           // by rank, for binary search
    std::size_t leaves_ = 1;                   // a power of two, at least the number of blocks
    std::vector<std::uint64_t> latest_death_;  // the tree; root at 1, leaves from leaves_
};

}  // namespace memo::planner
