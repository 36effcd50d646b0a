// All solvers together, on one plain problem: greedy orders for a first plan within milliseconds, then the
// search of the peaks (peaks_first.h) at the bound, and between the bound and the best plan so far, with more
// effort each time round, until the plan meets the bound or the capacity, nothing lower can be, or the budget
// is gone.
//
// Thread safety: a pure function, but for the threads that it starts and joins itself.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

#include <functional>
#include <optional>
#include <string_view>

namespace memo::planner {

// The best plan so far and what is known about all others.
struct Standing {
    Packing packing;
    std::string_view strategy;
    Bytes lower_bound;

    // No more to do: the plan is within the capacity, or nothing is, or nothing is lower.
    [[nodiscard]] bool settled(std::optional<Bytes> capacity) const {
        return packing.height <= lower_bound ||
               (capacity && (packing.height <= *capacity || lower_bound > *capacity));
    }
};

struct PortfolioOptions {
    std::optional<Bytes> capacity;
    unsigned threads = 1;
    bool exact = false;  // search alone, on all blocks; the plan to begin with is a greedy one
    // Called when the standing gets better.
    std::function<void(const Standing&)> progress;
};

// A plain, valid problem with at least one block.
[[nodiscard]] Standing run_portfolio(const Problem& problem, const PortfolioOptions& options,
                                     const Budget& budget);

}  // namespace memo::planner
