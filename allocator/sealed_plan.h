// The bytes of a plan in pages of their own, read-only. Thread safety: all functions.
#pragma once

#include "common/plan_view.h"

#include <span>

namespace memo {

// A sealed copy of a plan that check_plan accepts; empty if there is no memory.
[[nodiscard]] PlanView seal_plan(std::span<const char> bytes);

// Gives the pages back. Not of a plan that is served.
void unseal_plan(const PlanView& plan);

}  // namespace memo
