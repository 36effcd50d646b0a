// Growing slots in place (planner/head_room.h).
#include "planner/head_room.h"

#include "common/plan_format.h"
#include "planner/problem.h"

#include <algorithm>

namespace memo::planner {

namespace {

constexpr std::size_t kMostWork = std::size_t{1} << 26;
constexpr std::uint64_t kShare = 8;  // one in so many bytes

[[nodiscard]] bool has_room(const PlannedSlot& slot) {
    return slot.variable && !slot.left_out;
}

}  // namespace

void give_head_room(PlanContents& contents) {
    std::vector<PlannedSlot>& slots = contents.slots;
    const auto variable = static_cast<std::size_t>(std::count_if(slots.begin(), slots.end(), has_room));
    if (variable == 0 || variable > kMostWork / slots.size()) return;
    for (PlannedSlot& slot : slots) {
        if (!has_room(slot)) continue;
        const std::uint64_t end = (slot.offset + slot.size).value;
        std::uint64_t limit = std::min(contents.height.value, end + slot.size.value / kShare);
        for (const PlannedSlot& other : slots) {
            const bool together =
                !other.left_out && other.life.lower < slot.life.upper && slot.life.lower < other.life.upper;
            if (together && other.offset.value >= end) limit = std::min(limit, other.offset.value);
        }
        const std::uint64_t more = (limit - end) / kMinSlotAlignment * kMinSlotAlignment;
        slot.size = slot.size + Bytes{more};
    }
    Problem problem;
    for (const PlannedSlot& slot : slots) {
        if (!slot.left_out) problem.blocks.push_back({slot.size, {}, slot.life});
    }
    contents.max_load = max_load(problem);
}

}  // namespace memo::planner
