// The planner's portfolio on the slots of a plan (allocator/placing.h).
#include "allocator/placing.h"

#include "common/plan_format.h"
#include "planner/portfolio.h"
#include "planner/problem.h"

namespace memo {

using planner::PlannedSlot;

bool place(planner::PlanContents& contents, std::chrono::milliseconds budget) {
    planner::Problem problem;
    for (const PlannedSlot& slot : contents.slots) {
        if (slot.left_out) continue;
        problem.blocks.push_back({slot.size, Bytes{placed_alignment(slot.alignment)}, slot.life});
    }
    if (problem.blocks.empty()) return false;
    const planner::Budget until{.deadline = std::chrono::steady_clock::now() + budget};
    const planner::Standing standing = planner::run_portfolio(problem, {}, until);
    contents.strategy = standing.strategy;
    contents.proven_optimal = standing.packing.height <= standing.lower_bound;
    contents.height = standing.packing.height;
    contents.max_load = planner::max_load(problem);
    std::size_t block = 0;
    for (PlannedSlot& slot : contents.slots) {
        if (!slot.left_out) slot.offset = standing.packing.offsets[block++];
    }
    return true;
}

}  // namespace memo
