// Comparing slots (cli/plan_match.h).
#include "cli/plan_match.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>

namespace memo::cli {

namespace {

// Where a round of the trace and the plan part ways, or nothing. `round` is what planning this trace gives.
[[nodiscard]] std::optional<std::string> difference(const PlanView& plan, const planner::RoundPlan& round) {
    const auto& expected = round.contents.slots;
    const auto slots = plan.slots();
    for (std::size_t i = 0; i < std::min(slots.size(), expected.size()); ++i) {
        const PlanSlot& slot = slots[i];
        const PlanCaller& caller = plan.callers()[slot.caller];
        const planner::PlannedSlot& want = expected[i];
        const char* what = nullptr;
        const bool varies = (slot.flags & kSlotVariable) != 0;
        // A slot of variable size may have been given room for more than was seen.
        if (varies ? slot.size < want.size.value : slot.size != want.size.value) what = "size";
        if (varies != want.variable) what = "being of variable size";
        if (slot.alignment != want.alignment) what = "alignment";
        if (want.caller != planner::PlannedCaller{plan.string(caller.module), caller.offset}) what = "caller";
        if (slot.lower != want.life.lower.value || slot.upper != want.life.upper.value) what = "lifetime";
        if (((slot.flags & kSlotLeftOut) != 0) != want.left_out) what = "being left out";
        if (what != nullptr) return fmt::format("slot {} differs from the trace's round in its {}", i, what);
    }
    if (slots.size() != expected.size()) {
        return fmt::format("the plan has {} slots, the trace's round {}", slots.size(), expected.size());
    }
    return std::nullopt;
}

}  // namespace

Result<planner::RoundPlan> matching_round(const Trace& trace, std::span<const ThreadRequests> threads,
                                          const PlanView& plan) {
    std::optional<std::string> first;
    for (std::uint32_t thread = 0; thread < threads.size(); ++thread) {
        planner::RoundPlanOptions wanted;
        wanted.thread = thread;
        wanted.min_size = Bytes{plan.header().min_size};
        wanted.solve.strategy = "bump";  // only the slots count here, not their places
        wanted.head_room = false;
        auto round = planner::plan_round(
            trace, threads, [](std::uint32_t, std::uint32_t) { return std::string(); }, wanted);
        if (!round) continue;
        auto found = difference(plan, *round);
        if (!found) return std::move(*round);
        if (!first) first = std::move(found);
    }
    return Error{first ? *first : "no thread of the trace repeats"};
}

}  // namespace memo::cli
