// Hill climbing over orders of placement: a packing is what `place_in_order` makes of an order with the
// lowest gap, and a step moves a block that ends at the height ahead of one that is in its way.
//
// After the hill climb of Apache TVM's Unified Static Memory Planner (RFC 0009, 2021), which swaps buffers at
// the peak with their neighbours and now and then takes a worse order; the acceptance here is simulated
// annealing's (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983), the start is greedy by size.
//
// Ends at the max load, at the end of the budget, or after a number of steps without a better packing that
// depends on the number of blocks alone. So a run that the budget does not cut short depends on the problem
// and Budget::seed only. A step costs as much as `place_in_order`. Thread safety: pure function.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

namespace memo::planner {

// Needs a valid plain problem. Never higher than greedy by size.
[[nodiscard]] Packing hill_climb(const Problem& problem, const Budget& budget);

}  // namespace memo::planner
