// Placement as a mixed-integer program, solved by COIN-OR's `cbc` where it is installed.
//
// The model, after Levental, "Memory Planning for Deep Neural Networks" (arXiv 2203.00448), §3, and Maas et
// al., "TelaMalloc" (ASPLOS 2023), §3: one offset a block, the height, and for each pair of blocks that live
// at the same time one binary which says who is above; two constraints a pair, of which a large constant
// switches one off. The constant is the height of greedy by size, which is also where the search starts from:
// the result is never above it.
//
// Solvers compute in floating point, and a binary that is off by 10^-6 switches off less than all of the
// constant. So only the order of the offsets is believed: the blocks are placed again in that order, each in
// the lowest gap. If the solver's packing was valid, none ends up higher than it was there. Without a limit
// of time the result is optimal, up to that tolerance; with one it is as good as the solver got.
// Thread safety: pure function, but for the child process (cbc.h).
#pragma once

#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace memo::planner {

// Pairs of blocks that live at the same time.
inline constexpr std::size_t kMipPairs = 20'000;

// Needs a valid plain problem. Nearly any problem of more than a hundred pairs takes as long as the budget
// lets it. The error: no `cbc` in PATH, more than kMipPairs pairs, or no place for a temporary file.
[[nodiscard]] Result<Packing> mip(const Problem& problem, const Budget& budget);

}  // namespace memo::planner
