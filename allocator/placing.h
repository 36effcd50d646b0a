// Placing the blocks of a plan with the planner, inside the process that is to be served. Thread safety: pure
// function. Throws std::bad_alloc.
#pragma once

#include "planner/plan_builder.h"

#include <chrono>

namespace memo {

// Gives each slot that is not left out its offset within the time given, and says so in the contents (height,
// max load, strategy); false if there is no such slot.
[[nodiscard]] bool place(planner::PlanContents& contents, std::chrono::milliseconds budget);

}  // namespace memo
