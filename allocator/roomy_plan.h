// A plan laid out anew with room behind every block: the same requests with the same lifetimes, each so many
// bytes larger. Thread safety: all functions.
#pragma once

#include "common/plan_view.h"
#include "common/units.h"

namespace memo {

// The new plan, sealed read-only, for the life of the process; empty if it cannot be had: memory is short, or
// the plan would be too high. Takes up to a fifth of a second, and memory of the next allocator.
[[nodiscard]] PlanView with_room_behind(const PlanView& plan, Bytes room) noexcept;

}  // namespace memo
