// memo plan: from a trace to a plan file, or from a problem in CSV or JSON to the same with offsets. Nothing
// is written that the verifier has not accepted.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_compare.h"
#include "cli/problem_json.h"
#include "cli/scopes.h"
#include "cli/solving.h"
#include "cli/stacks.h"
#include "common/op_tags.h"
#include "common/request_log.h"
#include "planner/problem_csv.h"
#include "planner/round_plan.h"
#include "planner/solve.h"
#include "planner/verifier.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string input;
    std::string output;
    SolvingOptions solving;
    std::uint64_t min_size = planner::kDefaultMinSize.value;
    std::optional<std::uint32_t> thread;
    bool compare = false;
};

int refuse_check(const std::string& message) {
    say(message);
    return kCheckFailed;
}

[[nodiscard]] bool is_json(const std::string& path) {
    return path.ends_with(".json");
}

[[nodiscard]] Result<planner::ProblemTable> read_table(const std::string& path) {
    return is_json(path) ? read_problem_json(path) : planner::read_problem_csv(path);
}

[[nodiscard]] std::string solved_text(const planner::ProblemTable& table, const planner::Outcome& outcome,
                                      const std::string& path) {
    if (!is_json(path)) return planner::format_problem_csv(table);
    Json json = outcome_json(table.problem, outcome);
    json["blocks"] = blocks_json(table);
    return json.dump(1) + "\n";
}

[[nodiscard]] int plan_table(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.input);
    auto table = read_table(options.input);
    if (!table) return refuse(table.error());
    planner::fix_offsets(*table);
    if (options.compare) {
        return compare_strategies(table->problem, options.input, options.solving, options.style);
    }
    progress.show(fmt::format("placing {} blocks", table->problem.blocks.size()));
    const Solving session(options.solving, progress);
    const auto outcome = planner::solve(table->problem, session.options());
    if (!outcome) return refuse(options.input + ": " + outcome.error());
    if (const auto conflict = planner::find_conflict(table->problem, outcome->packing)) {
        return refuse_check("the verifier refuses the plan: " + conflict->message);
    }
    if (!options.output.empty()) {
        planner::set_plan(*table, outcome->packing);
        const std::string text = solved_text(*table, *outcome, options.output);
        if (const auto problem = write_whole(options.output, text)) return refuse(problem->message);
    }
    progress.show("");
    if (options.style.json) {
        Json json = outcome_json(table->problem, *outcome);
        json["plan"] = options.output.empty() ? Json(nullptr) : Json(options.output);
        print_json(json);
    } else {
        print(outcome_text(table->problem, *outcome) +
              fmt::format("blocks     {}\n", table->problem.blocks.size()));
        if (!options.output.empty()) print("plan       " + options.output + "\n");
    }
    const int code = verdict_code(*outcome, options.solving);
    hint(options.style, options.output.empty() ? "memo plan " + shell_word(options.input) + " -o FILE.csv"
                                               : "memo verify " + shell_word(options.output));
    return code;
}

[[nodiscard]] Json round_json(const planner::RoundPlan& plan, const ThreadRequests& requests,
                              const std::string& output) {
    Json json = outcome_json(plan.problem, plan.outcome);
    json["slots"] = plan.contents.slots.size();
    json["plan"] = output;
    json["program"] = plan.contents.program;
    json["thread"] = plan.thread;
    json["allocations"] = requests.allocations;
    json["looked_at"] = requests.size();
    json["rounds"] = plan.period.rounds.size();
    json["period_requests"] = plan.contents.period_requests;
    json["period_bytes"] = plan.contents.period_bytes.value;
    json["min_size"] = plan.contents.min_size.value;
    json["left_out"] = plan.left_out;
    json["left_out_bytes"] = plan.left_out_bytes.value;
    return json;
}

[[nodiscard]] std::string round_text(const planner::RoundPlan& plan, const ThreadRequests& requests,
                                     const std::string& output) {
    const planner::PlanContents& contents = plan.contents;
    std::string text = outcome_text(plan.problem, plan.outcome);
    text +=
        fmt::format("round      {} allocations, {}, seen {} times in thread {}\n", contents.period_requests,
                    format_bytes(contents.period_bytes.value), plan.period.rounds.size(), plan.thread);
    if (requests.skipped() > 0) {
        text += fmt::format("looked at  the last {} of the thread's {} allocations\n", requests.size(),
                            requests.allocations);
    }
    text += fmt::format("slots      {} of at least {} bytes", contents.slots.size(), contents.min_size.value);
    if (plan.left_out > 0) {
        text += fmt::format("; {} of them ({}) outlive the round and are left out", plan.left_out,
                            format_bytes(plan.left_out_bytes.value));
    }
    text += "\nplan       " + output + "\n";
    return text;
}

// The program as the user started it, for the hint.
[[nodiscard]] std::string program_words(const Trace& trace) {
    std::vector<std::string> words = trace.arguments;
    if (words.empty()) words = {trace.program};
    return shell_words(words);
}

[[nodiscard]] int plan_trace(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.input);
    auto source = open_trace(options.input);
    if (!source) return refuse(source.error());
    const Trace& trace = source->trace();
    Requesters requesters;
    RequestLog log(trace);
    const EventCount count = replay(*source, requesters, {&log});
    const std::vector<ThreadRequests> requests = log.take();
    if (options.thread && *options.thread >= trace.threads.size()) {
        return refuse(fmt::format("{}: there is no thread {}; it has {}, see `memo periods`", options.input,
                                  *options.thread, trace.threads.size()));
    }
    progress.show("naming operations");
    StackNames stacks(trace, options.input);
    const OpTags tags = resolve_op_tags(trace, requesters.all(), stacks.symbols());
    planner::RoundPlanOptions wanted;
    wanted.thread = options.thread;
    wanted.min_size = Bytes{options.min_size};
    wanted.name_of = [&](const Frame& frame) { return stacks.function(frame); };
    wanted.scope_of = [&](std::uint32_t context) { return scope_text(trace, context); };
    progress.show("finding the round and placing its blocks");
    const Solving session(options.solving, progress);
    wanted.solve = session.options();
    const auto plan = planner::plan_round(
        trace, requests,
        [&](std::uint32_t site, std::uint32_t context) { return tags.tags()[tags.index_of(site, context)]; },
        wanted);
    if (!plan) {
        std::uint64_t looked_at = 0;
        for (const ThreadRequests& thread : requests) looked_at += thread.size();
        const std::string part =
            looked_at == count.allocations ? "" : fmt::format("the last {} of ", looked_at);
        return refuse_check(fmt::format("{}: {} ({}{} allocations in {} threads were looked at)",
                                        options.input, plan.error(), part, count.allocations,
                                        trace.threads.size()));
    }
    if (options.compare) {
        return compare_strategies(plan->problem, options.input, options.solving, options.style);
    }
    if (const auto conflict = planner::find_conflict(plan->problem, plan->outcome.packing)) {
        return refuse_check("the verifier refuses the plan: " + conflict->message);
    }
    const auto bytes = checked_plan(plan->contents);
    if (!bytes) return refuse_check(bytes.error());
    const std::string output =
        options.output.empty() ? with_extension(options.input, ".plan") : options.output;
    if (const auto problem = write_whole(output, *bytes)) return refuse(problem->message);
    progress.show("");
    if (options.style.json) {
        print_json(round_json(*plan, requests[plan->thread], output));
    } else {
        print(round_text(*plan, requests[plan->thread], output));
    }
    const int code = verdict_code(plan->outcome, options.solving);
    hint(options.style, "memo run --plan " + shell_word(output) + " -- " + program_words(trace));
    return code;
}

[[nodiscard]] int run(const Options& options) {
    if (const std::string line = wrong_solving(options.solving); !line.empty())
        return refuse("plan: " + line);
    const auto kind = kind_of(options.input);
    if (!kind) return refuse(kind.error());
    switch (*kind) {
        case FileKind::trace:
            return plan_trace(options);
        case FileKind::plan:
            return refuse(options.input + ": is a plan already; see `memo show`");
        case FileKind::text:
            break;
    }
    return plan_table(options);
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "plan", "Place the blocks of a trace's round, or of a problem",
                            options->style);
    command
        .add("INPUT", options->input,
             "A trace, or a problem in CSV (id,lower,upper,size[,alignment,hint,gaps,offset,alias,arena]) or "
             "JSON")
        .required()
        .shown_as("TRACE|PROBLEM");
    const Argument output =
        command.add("-o,--output", options->output,
                    "Where to write; default: the trace's name with .plan; for a problem: nowhere");
    output.shown_as("FILE");
    const Argument strategy = add_solving(command, options->solving);
    command
        .add("--min-size", options->min_size,
             "Leave smaller requests to the next allocator; default: " + std::to_string(options->min_size))
        .in_bytes()
        .shown_as("BYTES");
    command.add("--thread", options->thread, "Whose round; default: the thread with the most repeating bytes")
        .shown_as("N");
    command.add_flag("--compare", options->compare, "Try every strategy, write nothing")
        .excludes(strategy)
        .excludes(output);
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
