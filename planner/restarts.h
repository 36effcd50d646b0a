// The complete search in many short runs. How long one takes has a heavy tail: a run that goes wrong early
// rarely recovers, while another order of branching may succeed at once.
//
// Runs are a fixed sequence: the orders that pay one by one, then those that pay later mixed and with noise,
// under limits after Luby, Sinclair and Zuckerman ("Optimal speedup of Las Vegas algorithms", 1993): 1 1 2 1
// 1 2 4 1 …, so nearly as good as the best fixed limit, whatever that is, and never at an end short of a
// complete search. What a run learns, failed states and where it failed, the next ones use. Thread safety:
// pure functions of their arguments.
#pragma once

#include "planner/niche_search.h"

#include <cstddef>
#include <cstdint>

namespace memo::planner {

// Run `number` (0, 1, …) for a part of so many blocks. `expired` is empty.
[[nodiscard]] SearchRun restart(std::uint64_t number, std::size_t blocks, std::uint64_t seed);

}  // namespace memo::planner
