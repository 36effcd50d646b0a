// Greedy placement: take the blocks in some order, and put each into a gap between the blocks already placed
// that live at the same time. The order and the choice of the gap make the named strategies of the
// literature:
//
// - by size, smallest gap: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference"
// (2020), §5.2;
// - by size and by lifetime, first and smallest gap: Levental, "Memory Planning for Deep Neural Networks"
//   (arXiv 2203.00448, 2022), §3;
// - by breadth: Pisarchyk and Lee, §5.3, with "operator" read as "moment";
// - bump: no reuse at all, the baseline of both.
//
// Every function needs a valid problem and gives a valid packing whose height is the highest end. Ties are
// broken by the block's index at last, so that the same problem always gets the same packing. Thread safety:
// pure functions.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace memo::planner {

enum class Order : std::uint8_t {
    size,      // largest first
    lifetime,  // longest-lived first
    area,      // largest size x lifetime first
    birth,     // in order of time: what an online allocator could do at best with this gap rule
    breadth,   // blocks of the most loaded moment first, largest first within it
};

enum class GapRule : std::uint8_t {
    first,  // the lowest gap that is large enough
    best,   // the smallest such gap, the lowest of equals; above everything only where no gap is large enough
};

// Block indices in the order of placement.
[[nodiscard]] std::vector<std::uint32_t> placement_order(const Problem& problem, Order order);

// Places the blocks in the order given, a permutation of all block indices. Time O(n sqrt(n) + p log n) where
// p is the number of pairs of blocks that live at the same time (in practice about 10 ns a pair); memory
// O(n).
[[nodiscard]] Packing place_in_order(const Problem& problem, std::span<const std::uint32_t> order,
                                     GapRule rule);

// The same around blocks that have their places already, which do not conflict; `order` holds all others.
[[nodiscard]] Packing place_around(const Problem& problem,
                                   std::span<const std::pair<std::uint32_t, Offset>> placed,
                                   std::span<const std::uint32_t> order, GapRule rule);

// Every block above the one before it, in index order.
[[nodiscard]] Packing bump(const Problem& problem);

}  // namespace memo::planner
