// The solvers by name, and what solving says about a plan: how high it is, how far from the bound, whether it
// is proven optimal. This is the planner's front door; callers need no other header to get a plan.
//
// A strategy is a name, a line for people and a function from a valid problem to a valid packing. New solvers
// join by one row in the table of strategy.cpp. `best` is the portfolio: it tries the others in a fixed
// order, keeps the lowest packing (the earliest of equals) and stops as soon as one is as low as the max
// load, which nothing can beat. Thread safety: pure functions; the table is constant.
#pragma once

#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <span>
#include <string>
#include <string_view>

namespace memo::planner {

struct Strategy {
    std::string_view name;
    std::string_view summary;
    Packing (*place)(const Problem&);
};

// The strategies that place blocks themselves, in the order in which `best` tries them: all but `best`.
[[nodiscard]] std::span<const Strategy> strategies();

inline constexpr std::string_view kBestStrategy = "best";

struct Outcome {
    Packing packing;
    std::string strategy;         // the one that made the packing; never `best`
    Bytes height;                 // of the packing
    Bytes max_load;               // the lower bound of every plan
    double gap = 0;               // (height - max load) / max load; 0 where nothing lives
    bool proven_optimal = false;  // height equals the bound
    double seconds = 0;           // wall time of the solving
};

// Solves with the named strategy or `best`. The error is that of `validate`, or one line that lists the names
// there are. The packing is not verified here: verifier.h is for whoever writes a plan down.
[[nodiscard]] Result<Outcome> solve(const Problem& problem, std::string_view strategy = kBestStrategy);

}  // namespace memo::planner
