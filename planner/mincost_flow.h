// Shared objects by minimum-cost flow: blocks take turns in a few fixed buffers, each as large as its largest
// block, and the buffers are stacked.
//
// After Lee et al., "On-Device Neural Net Inference with Mobile GPUs" (arXiv 1907.01989, 2019), §4, and
// Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (arXiv 2001.03288, 2020),
// §4; compared in Levental (arXiv 2203.00448), §3. The flow: every block gets one unit, either from the
// source at the cost of its size (a new object) or from a block that is dead by then, each of which gives at
// most one, at the cost of the bytes by which it outgrows that block. A chain of blocks is an object. The
// flow is optimal for these costs. They count growth over the block before, not over the largest before it,
// so the sum of the objects may be above that of the best assignment, and is never above the cost; the height
// of this kind of plan is above the max load wherever blocks of different sizes share.
//
// Time O(n^3) at worst, hence the limit; memory O(n), for edges are never stored. Thread safety: pure
// function.
#pragma once

#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

#include <cstddef>

namespace memo::planner {

inline constexpr std::size_t kMincostFlowBlocks = 2000;

// Needs a valid plain problem; the error is that it has more than kMincostFlowBlocks blocks. If the budget
// ends first, blocks that have not had their turn get objects of their own.
[[nodiscard]] Result<Packing> mincost_flow(const Problem& problem, const Budget& budget);

}  // namespace memo::planner
