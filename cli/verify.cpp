// memo verify: does a plan keep its promises? The claims of the file are recomputed from its slots alone by
// the planner's verifier, which shares no code with the solvers, and compared with the trace that it was made
// from, if given.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "common/plan_format.h"
#include "planner/problem_csv.h"
#include "planner/round_plan.h"
#include "planner/verifier.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
    std::string trace;
};

struct Verdict {
    std::optional<Json> conflict;  // kind, message
    std::uint64_t height = 0;
    std::uint64_t max_load = 0;  // recomputed
    std::size_t blocks = 0;
    std::optional<bool> matches_trace;
};

[[nodiscard]] const char* kind_name(planner::ConflictKind kind) {
    switch (kind) {
        case planner::ConflictKind::count:
            return "count";
        case planner::ConflictKind::malformed:
            return "malformed";
        case planner::ConflictKind::out_of_bounds:
            return "out_of_bounds";
        case planner::ConflictKind::misaligned:
            return "misaligned";
        case planner::ConflictKind::moved:
            return "moved";
        case planner::ConflictKind::alias:
            return "alias";
        case planner::ConflictKind::overlap:
            return "overlap";
    }
    return "unknown";
}

[[nodiscard]] Verdict check_packing(const planner::Problem& problem, const planner::Packing& packing) {
    Verdict verdict;
    verdict.height = packing.height.value;
    verdict.blocks = problem.blocks.size();
    if (const auto conflict = planner::find_conflict(problem, packing)) {
        verdict.conflict = Json{{"kind", kind_name(conflict->kind)}, {"message", conflict->message}};
    }
    if (!planner::validate(problem)) verdict.max_load = planner::max_load(problem).value;
    return verdict;
}

// Where a round of the trace and the plan part ways, or nothing. `round` is what planning this trace gives.
[[nodiscard]] std::optional<std::string> difference(const PlanView& plan, const planner::RoundPlan& round) {
    const auto& expected = round.contents.slots;
    const auto slots = plan.slots();
    for (std::size_t i = 0; i < std::min(slots.size(), expected.size()); ++i) {
        const PlanSlot& slot = slots[i];
        const PlanCaller& caller = plan.callers()[slot.caller];
        const planner::PlannedSlot& want = expected[i];
        const char* what = nullptr;
        if (slot.size != want.size.value) what = "size";
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

// The plan is good for the trace if it fits the round of any of its threads.
[[nodiscard]] std::optional<std::string> compare_with(const Trace& trace, const PlanView& plan) {
    std::optional<std::string> first;
    for (std::uint32_t thread = 0; thread < trace.threads.size(); ++thread) {
        planner::RoundPlanOptions wanted;
        wanted.thread = thread;
        wanted.min_size = Bytes{plan.header().min_size};
        wanted.solve.strategy = "bump";  // only the slots count here, not their places
        const auto round = planner::plan_round(
            trace, [](std::uint32_t, std::uint32_t) { return std::string(); }, wanted);
        if (!round) continue;
        const auto found = difference(plan, *round);
        if (!found) return std::nullopt;
        if (!first) first = found;
    }
    return first ? first : "no thread of the trace repeats";
}

void set_conflict(Verdict& verdict, const char* kind, std::string message) {
    if (!verdict.conflict) verdict.conflict = Json{{"kind", kind}, {"message", std::move(message)}};
}

[[nodiscard]] Result<Verdict> verify_plan(const Options& options) {
    const auto file = read_plan(options.plan);
    if (!file) return Error{file.error()};
    const PlanView plan = file->view();
    const PlacedSlots placed = placed_slots(plan);
    Verdict verdict = check_packing(placed.problem, placed.packing);
    if (plan.header().max_load != verdict.max_load) {
        set_conflict(verdict, "max_load",
                     fmt::format("the plan says that its max load is {} bytes, but it is {}",
                                 plan.header().max_load, verdict.max_load));
    }
    if (!options.trace.empty()) {
        const auto trace = open_trace(options.trace);
        if (!trace) return Error{trace.error()};
        const auto found = compare_with(*trace, plan);
        verdict.matches_trace = !found;
        if (found) set_conflict(verdict, "trace", *found);
    }
    return verdict;
}

[[nodiscard]] Result<Verdict> verify_table(const Options& options) {
    if (!options.trace.empty()) return Error{"verify: a problem in CSV is not compared with a trace"};
    const auto table = planner::read_problem_csv(options.plan);
    if (!table) return Error{table.error()};
    const auto packing = planner::plan_of(*table);
    if (!packing) return Error{options.plan + ": " + packing.error()};
    return check_packing(table->problem, *packing);
}

[[nodiscard]] int run(const Options& options) {
    const auto kind = kind_of(options.plan);
    if (!kind) return refuse(kind.error());
    const bool is_table = *kind == FileKind::text && options.plan.ends_with(".csv");
    const auto verdict = is_table ? verify_table(options) : verify_plan(options);
    if (!verdict) return refuse(verdict.error());

    const bool valid = !verdict->conflict;
    if (options.style.json) {
        print_json(Json{
            {"valid", valid},
            {"conflict", valid ? Json(nullptr) : *verdict->conflict},
            {"height", verdict->height},
            {"max_load", verdict->max_load},
            {"gap", verdict->height < verdict->max_load ? 0 : gap_of(verdict->height, verdict->max_load)},
            {"blocks", verdict->blocks},
            {"matches_trace", verdict->matches_trace ? Json(*verdict->matches_trace) : Json(nullptr)}});
    } else {
        print(fmt::format("valid      {}\n", valid));
        if (!valid) print("conflict   " + printable((*verdict->conflict)["message"].text()) + "\n");
        print(fmt::format("height     {} bytes\nmax load   {} bytes\nblocks     {}\n", verdict->height,
                          verdict->max_load, verdict->blocks));
        if (verdict->matches_trace)
            print(fmt::format("trace      {}\n", *verdict->matches_trace ? "matches" : "differs"));
    }
    if (valid) {
        hint(options.style, is_table ? "memo plan " + shell_word(options.plan) + " --compare"
                                     : "memo run --plan " + shell_word(options.plan) + " -- PROGRAM ARGS");
    } else {
        hint(options.style, "memo plan TRACE -o " + shell_word(options.plan));
    }
    return valid ? kDone : kCheckFailed;
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "verify", "Check a plan, or a solved problem in CSV", options->style);
    command.add("PLAN", options->plan, "A plan, or a problem with an offset column")
        .required()
        .shown_as("PLAN|SOLVED.csv");
    command.add("TRACE", options->trace, "The trace that the plan was made from");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
