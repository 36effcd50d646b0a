// A plan as people and JSON see it: what `memo plan`, `memo info` and `memo show` have in common.
#pragma once

#include "cli/output.h"
#include "common/plan_view.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <string>
#include <vector>

namespace memo::cli {

// (height - max load) / max load; 0 where nothing is planned.
[[nodiscard]] double gap_of(std::uint64_t height, std::uint64_t max_load);

// "0.12 % over the max load, not proven optimal".
[[nodiscard]] std::string describe_gap(double gap, bool proven_optimal);

// What each slot is called: its tag (or "untagged") and which one of that tag it is: "aten::conv2d #3".
[[nodiscard]] std::vector<std::string> slot_names(const PlanView& plan);

// What was open around a slot's allocation, "nn::Net > nn::features.3"; empty where nothing was, or the plan
// has no stacks.
[[nodiscard]] std::string slot_scope(const PlanView& plan, std::size_t slot);

// The call stack of a slot, innermost first: "at::empty (libtorch_cpu.so+0x1234)", or where a frame is if it
// has no name; empty where the plan has no stacks.
[[nodiscard]] std::vector<std::string> slot_stack(const PlanView& plan, std::size_t slot);

// The plan's header as JSON: program, strategy, height, max_load, gap, proven_optimal, slots, ...
[[nodiscard]] Json plan_json(const PlanView& plan);

// The same for people, a line each.
[[nodiscard]] std::string plan_text(const PlanView& plan);

// The placed slots of a plan as the planner's verifier takes them. `slots[i]` is the slot that block i came
// from; blocks are named after their slots.
struct PlacedSlots {
    planner::Problem problem;
    planner::Packing packing;
    std::vector<std::uint32_t> slots;
};
[[nodiscard]] PlacedSlots placed_slots(const PlanView& plan);

}  // namespace memo::cli
