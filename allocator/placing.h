// From what a plan is to hold to its bytes, inside the process that is to be served. Thread safety: pure
// function. Throws std::bad_alloc.
#pragma once

#include "planner/plan_builder.h"

#include <chrono>
#include <vector>

namespace memo {

// Gives each slot that is not left out its offset within the time given (a plan of little is worth a part of
// it only), says so in the contents (height, max
// load, strategy), and builds the plan. Nothing if there is no such slot, or if check_plan would not have it.
[[nodiscard]] std::vector<char> lay_out(planner::PlanContents& contents, std::chrono::milliseconds budget);

}  // namespace memo
