// The planner's portfolio on the slots of a plan (allocator/placing.h).
#include "allocator/placing.h"

#include "common/plan_format.h"
#include "common/plan_view.h"
#include "planner/head_room.h"
#include "planner/portfolio.h"
#include "planner/problem.h"

#include <algorithm>
#include <cstdint>

namespace memo {

using planner::PlannedSlot;

namespace {

// From this max load on a search may take all of its time; of less, less could be saved.
constexpr Bytes kWorthAllTime{std::uint64_t{16} << 20};

// False if there is nothing to place.
[[nodiscard]] bool place(planner::PlanContents& contents, std::chrono::milliseconds budget) {
    planner::Problem problem;
    for (const PlannedSlot& slot : contents.slots) {
        if (slot.left_out) continue;
        problem.blocks.push_back({slot.size, Bytes{placed_alignment(slot.alignment)}, slot.life});
    }
    if (problem.blocks.empty()) return false;
    const Bytes load = planner::max_load(problem);
    const std::chrono::microseconds worth = std::chrono::microseconds(budget) *
                                            static_cast<std::int64_t>(std::min(load, kWorthAllTime).value) /
                                            static_cast<std::int64_t>(kWorthAllTime.value);
    const planner::Budget until{.deadline = std::chrono::steady_clock::now() + worth};
    const planner::Standing standing = planner::run_portfolio(problem, {}, until);
    contents.strategy = standing.strategy;
    contents.proven_optimal = standing.packing.height <= standing.lower_bound;
    contents.height = standing.packing.height;
    contents.max_load = load;
    std::size_t block = 0;
    for (PlannedSlot& slot : contents.slots) {
        if (!slot.left_out) slot.offset = standing.packing.offsets[block++];
    }
    planner::give_head_room(contents);
    return true;
}

}  // namespace

std::vector<char> lay_out(planner::PlanContents& contents, std::chrono::milliseconds budget) {
    if (contents.slots.size() > kMaxPlanSlots || !place(contents, budget)) return {};
    std::vector<char> plan = planner::build_plan(contents);
    std::vector<std::uint64_t> scratch(plan_check_scratch_words(plan.data(), plan.size()));
    if (check_plan(plan.data(), plan.size(), scratch) != nullptr) return {};
    return plan;
}

}  // namespace memo
