// Room for sizes that were not seen: a slot of variable size is made larger where nothing that lives at the
// same time is in the way, and the plan becomes no higher. Thread safety: pure function.
#pragma once

#include "planner/plan_builder.h"

namespace memo::planner {

// At most an eighth more for each slot, in steps of the smallest alignment. The max load becomes that of the
// larger slots. O(variable slots x slots), and nothing at all where that is too much.
void give_head_room(PlanContents& contents);

}  // namespace memo::planner
