// From a plan to its contents, and back (allocator/roomy_plan.h).
#include "allocator/roomy_plan.h"

#include "allocator/placing.h"
#include "allocator/sealed_plan.h"
#include "planner/plan_builder.h"

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace memo {

namespace {

constexpr std::chrono::milliseconds kBudget{200};

[[nodiscard]] planner::PlanContents contents_of(const PlanView& plan, Bytes room) {
    const PlanHeader& header = plan.header();
    planner::PlanContents contents;
    contents.program = plan.string(header.program);
    contents.program_build_id = plan.string(header.program_build_id);
    contents.min_size = Bytes{header.min_size};
    contents.period_requests = header.period_requests;
    contents.period_bytes = Bytes{header.period_bytes};
    for (const PlanSlot& slot : plan.slots()) {
        const PlanCaller& caller = plan.callers()[slot.caller];
        planner::PlannedSlot& made = contents.slots.emplace_back();
        made.size = Bytes{slot.size} + room;
        made.alignment = slot.alignment;
        made.caller = {plan.string(caller.module), caller.offset};
        made.life = {{slot.lower}, {slot.upper}};
        made.position = slot.position;
        made.left_out = (slot.flags & kSlotLeftOut) != 0;
        made.variable = (slot.flags & kSlotVariable) != 0;
        made.tag = plan.string(slot.tag);
    }
    return contents;
}

[[nodiscard]] PlanView laid_out(planner::PlanContents contents) {
    const std::vector<char> plan_bytes = lay_out(contents, kBudget);
    return plan_bytes.empty() ? PlanView() : seal_plan(plan_bytes);
}

}  // namespace

PlanView with_slots_left_out(const PlanView& plan, const std::vector<char>& leaves_out) noexcept {
    try {
        planner::PlanContents contents = contents_of(plan, Bytes{0});
        bool some_left = false;
        for (std::size_t slot = 0; slot < contents.slots.size(); ++slot) {
            planner::PlannedSlot& made = contents.slots[slot];
            made.left_out = made.left_out || leaves_out[slot] != 0;
            some_left = some_left || !made.left_out;
        }
        return some_left ? laid_out(std::move(contents)) : PlanView();
    } catch (...) {  // memory ran out
        return {};
    }
}

PlanView with_room_behind(const PlanView& plan, Bytes room) noexcept {
    try {
        return laid_out(contents_of(plan, room));
    } catch (...) {  // memory ran out
        return {};
    }
}

}  // namespace memo
