// Gergov's approximation: a plan at most three times as high as the max load, in O(n log n) before the last
// step. The best factor known that is simple; no other strategy here has any.
//
// After J. Gergov, "Algorithms for Compile-Time Memory Optimization" (SODA 1999), and the notion of a
// 2-allocation in his "Approximation Algorithms for Dynamic Storage Allocation" (ESA 1996); as a planner of
// tensors in Levental, "Memory Planning for Deep Neural Networks" (arXiv 2203.00448), §3. Three steps:
//
// 1. A 2-allocation: offsets under which no byte ever belongs to more than two live blocks, no higher than
//    the max load.
// 2. Three colours: in the order of step 1 each block overlaps at most two earlier ones, so three colours
//    always do. Each colour is a valid packing by itself, and the three bands lie above one another: this is
//    the plan of at most 3 x max load.
// 3. Ours: the blocks settle. In ascending order of their places, each goes to the lowest gap that fits,
//    which is never above its place in the band.
//
// Sizes count rounded up to the block's own alignment. Guarantee: where all blocks have the same alignment,
// height <= 3 x the max load of the rounded sizes, so 3 x max load at alignment 1. With mixed alignments the
// packing is as valid, but step 3 may lift blocks, and nothing is promised about the height. Thread safety:
// pure functions.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"

#include <cstdint>
#include <vector>

namespace memo::planner {

// Steps 1 and 2; both vectors are parallel to the blocks. Blocks of one colour that live at the same time
// share no byte.
struct TwoAllocation {
    std::vector<Offset> offsets;
    std::vector<std::uint8_t> colours;  // 0, 1 or 2
};

// Needs a valid plain problem. O(n log n).
[[nodiscard]] TwoAllocation two_allocation(const Problem& problem);

// All three steps; needs a valid plain problem. The last one costs as much as `place_in_order`.
[[nodiscard]] Packing gergov(const Problem& problem);

}  // namespace memo::planner
