// A plan laid out anew, the same requests with the same lifetimes: with room behind every block, each so many
// bytes larger; or with some of them left out. Thread safety: all functions.
#pragma once

#include "common/plan_view.h"
#include "common/units.h"

#include <vector>

namespace memo {

// The new plan, sealed read-only, for the life of the process; empty if it cannot be had: memory is short, or
// the plan would be too high. Takes up to a fifth of a second, and memory of the next allocator.
[[nodiscard]] PlanView with_room_behind(const PlanView& plan, Bytes room) noexcept;

// Likewise, those slots left out for which `leaves_out` has a 1. Empty, too, if none would be left.
[[nodiscard]] PlanView with_slots_left_out(const PlanView& plan,
                                           const std::vector<char>& leaves_out) noexcept;

}  // namespace memo
