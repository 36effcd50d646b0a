// Linear scan: one sweep over time that gives each block a gap at its birth and takes the gap back at its
// death. What a malloc that is never wrong could do at best without looking ahead.
//
// After Poletto and Sarkar, "Linear Scan Register Allocation" (TOPLAS 21(5), 1999), §4, with bytes instead of
// registers: the active set is ordered by death, the free list holds gaps, and nothing is ever spilled,
// because the arena grows instead. Blocks born at one moment are taken largest first. The packing is that of
// `place_in_order` with Order::birth and the same rule, but found from the free list alone, without a look at
// the pairs of blocks that live at the same time.
//
// Time O(n log n) with GapRule::best and, for GapRule::first, plus a walk over the gaps of one size class a
// block; where alignments differ, plus the gaps that are too small only because of them. Memory O(n). Thread
// safety: pure function.
#pragma once

#include "planner/greedy.h"
#include "planner/problem.h"
#include "planner/solution.h"

namespace memo::planner {

// Needs a valid plain problem.
[[nodiscard]] Packing linear_scan(const Problem& problem, GapRule rule);

}  // namespace memo::planner
