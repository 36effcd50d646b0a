// memo verify: does a plan keep its promises? The claims of the file are recomputed from its slots alone by
// the planner's verifier, which shares no code with the solvers, and compared with the trace that it was made
// from, if given.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_match.h"
#include "cli/plan_summary.h"
#include "planner/problem_csv.h"
#include "planner/verifier.h"

#include <fmt/core.h>

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
        auto source = open_trace(options.trace);
        if (!source) return Error{source.error()};
        const auto round = matching_round(source->trace(), requests_of_threads(*source), plan);
        verdict.matches_trace = round.ok();
        if (!round) set_conflict(verdict, "trace", round.error());
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
