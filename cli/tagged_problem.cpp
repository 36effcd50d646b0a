// Problems with tags (cli/tagged_problem.h).
#include "cli/tagged_problem.h"

#include "cli/files.h"
#include "cli/plan_summary.h"
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "common/request_log.h"

#include <map>
#include <utility>

namespace memo::cli {

namespace {

[[nodiscard]] Result<TaggedProblem> read_round(const std::string& path, const RoundChoice& choice) {
    auto source = open_trace(path);
    if (!source) return Error{source.error()};
    const Trace& trace = source->trace();
    Requesters requesters;
    RequestLog log(trace);
    replay(*source, requesters, {&log});
    ElfSymbols symbols(trace, path);
    const OpTags tags = resolve_op_tags(trace, requesters.all(), symbols);
    planner::RoundPlanOptions wanted;
    wanted.thread = choice.thread;
    wanted.min_size = choice.min_size;
    wanted.solve.strategy = "bump";  // only the blocks count here, not their places
    auto round = planner::plan_round(
        trace, log.take(),
        [&](std::uint32_t site, std::uint32_t context) { return tags.tags()[tags.index_of(site, context)]; },
        wanted);
    if (!round) return Error{path + ": " + round.error()};
    TaggedProblem result{{std::move(round->problem), {}}, std::nullopt};
    result.scenario.problem.ids.clear();
    // Named as the slots of the plan will be.
    std::map<std::string, std::size_t> seen;
    for (const planner::PlannedSlot& slot : round->contents.slots) {
        const std::string tag = slot.tag.empty() ? "untagged" : slot.tag;
        const std::size_t occurrence = ++seen[tag];
        if (slot.left_out) continue;
        result.scenario.problem.ids.push_back(tag + " #" + std::to_string(occurrence));
        result.scenario.tags.push_back(slot.tag);
    }
    return result;
}

}  // namespace

std::string tag_of_id(std::string_view id) {
    static constexpr std::string_view kSeparators = "/#._-";
    const std::size_t last = id.find_last_of(kSeparators);
    if (last == std::string_view::npos || last == 0) return std::string(id);
    const std::size_t end = id.find_last_not_of("/#._- ", last - 1);
    return std::string(end == std::string_view::npos ? id : id.substr(0, end + 1));
}

TaggedProblem tagged_problem(planner::ProblemTable table) {
    TaggedProblem result;
    if (auto plan = planner::plan_of(table)) result.packing = std::move(*plan);
    result.scenario.tags.resize(table.problem.blocks.size());
    for (std::size_t i = 0; i < table.problem.ids.size(); ++i) {
        result.scenario.tags[i] = tag_of_id(table.problem.ids[i]);
    }
    result.scenario.problem = std::move(table.problem);
    return result;
}

TaggedProblem tagged_problem(const PlanView& plan) {
    PlacedSlots placed = placed_slots(plan);
    TaggedProblem result{{std::move(placed.problem), {}}, std::move(placed.packing)};
    for (const std::uint32_t slot : placed.slots) {
        result.scenario.tags.emplace_back(plan.string(plan.slots()[slot].tag));
    }
    return result;
}

Result<TaggedProblem> read_tagged_problem(const std::string& path, const RoundChoice& choice) {
    const auto kind = kind_of(path);
    if (!kind) return Error{kind.error()};
    if (*kind == FileKind::trace) return read_round(path, choice);
    if (*kind == FileKind::plan) {
        const auto plan = read_plan(path);
        if (!plan) return Error{plan.error()};
        return tagged_problem(plan->view());
    }
    auto table = planner::read_problem_csv(path);
    if (!table) return Error{table.error()};
    return tagged_problem(std::move(*table));
}

}  // namespace memo::cli
