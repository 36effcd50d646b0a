// From a plan to its contents, and back (allocator/roomy_plan.h).
#include "allocator/roomy_plan.h"

#include "allocator/placing.h"
#include "planner/plan_builder.h"

#include <sys/mman.h>

#include <chrono>
#include <cstring>
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
        made.tag = plan.string(slot.tag);
    }
    return contents;
}

[[nodiscard]] PlanView sealed(const std::vector<char>& bytes) {
    std::vector<std::uint64_t> scratch(plan_check_scratch_words(bytes.data(), bytes.size()));
    if (check_plan(bytes.data(), bytes.size(), scratch) != nullptr) return {};
    void* memory = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return {};
    std::memcpy(memory, bytes.data(), bytes.size());
    mprotect(memory, bytes.size(), PROT_READ);
    return PlanView(memory);
}

}  // namespace

PlanView with_room_behind(const PlanView& plan, Bytes room) noexcept {
    try {
        planner::PlanContents contents = contents_of(plan, room);
        if (!place(contents, kBudget)) return {};
        return sealed(planner::build_plan(contents));
    } catch (...) {  // memory ran out
        return {};
    }
}

}  // namespace memo
