// Anytime solving of one arena's problem with gaps, fixed offsets or aliases: greedy placement first, then
// the complete search (general_search.h) at the lower bound and between it and the best packing so far, with
// ever more effort, and steps of local search over orders of placement in between. Problems of many items get
// local search alone.
//
// Hints are followed last, as far as greedy placement can without costing any height.
//
// Thread safety: a pure function; it starts no threads. But for what time cuts short, the result depends on
// the problem, the capacity and Budget::seed alone.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

#include <functional>
#include <optional>
#include <string_view>

namespace memo::planner {

struct GeneralResult {
    Packing packing;
    // No packing is lower. So the packing is proven optimal if its height is this, and a capacity below this
    // is impossible.
    Bytes lower_bound;
    std::string_view name;  // of what made the packing: a strategy of strategy.h, or `exact`
};

// The best height so far, the lower bound, and the name of what found the packing: called when either of the
// first two gets better.
using GeneralProgress = std::function<void(Bytes height, Bytes lower_bound, std::string_view name)>;

// Needs a valid problem of one arena. Ends when the packing is proven optimal, when one within the capacity
// is found or proven impossible, or at the end of the budget; with more items than the search takes also when
// local search has found nothing better for long.
[[nodiscard]] GeneralResult solve_general(const Problem& problem, std::optional<Bytes> capacity,
                                          const Budget& budget, const GeneralProgress& progress = {});

}  // namespace memo::planner
