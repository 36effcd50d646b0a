// memo plan: from a trace to a plan file, or from a problem in CSV to the same with offsets. Nothing is
// written that the verifier has not accepted.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "cli/symbols.h"
#include "common/op_tags.h"
#include "planner/problem_csv.h"
#include "planner/round_plan.h"
#include "planner/strategy.h"
#include "planner/verifier.h"

#include <fmt/format.h>

#include <algorithm>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string input;
    std::string output;
    std::string strategy{planner::kBestStrategy};
    std::uint64_t min_size = planner::kDefaultMinSize.value;
    std::optional<std::uint32_t> thread;
    bool compare = false;
};

int refuse_check(const std::string& message) {
    say(message);
    return kCheckFailed;
}

// One line if there is no such strategy.
[[nodiscard]] std::string unknown_strategy(const std::string& name) {
    std::vector<std::string> names = {std::string(planner::kBestStrategy)};
    for (const planner::Strategy& strategy : planner::strategies()) names.emplace_back(strategy.name);
    if (std::find(names.begin(), names.end(), name) != names.end()) return {};
    return "plan: unknown strategy '" + printable(name) + "'; did you mean '" + nearest(name, names) +
           "'? `memo plan --compare` lists them";
}

[[nodiscard]] Json outcome_json(const planner::Outcome& outcome, std::size_t slots) {
    return {{"height", outcome.height.value},
            {"max_load", outcome.max_load.value},
            {"gap", outcome.gap},
            {"proven_optimal", outcome.proven_optimal},
            {"strategy", outcome.strategy},
            {"seconds", outcome.seconds},
            {"slots", slots}};
}

[[nodiscard]] std::string outcome_text(const planner::Outcome& outcome) {
    std::string text;
    text += fmt::format("height     {} ({} bytes), {}\n", format_bytes(outcome.height.value),
                        outcome.height.value, describe_gap(outcome.gap, outcome.proven_optimal));
    text += fmt::format("max load   {} ({} bytes)\n", format_bytes(outcome.max_load.value),
                        outcome.max_load.value);
    text += fmt::format("strategy   {}, {:.3f} s\n", outcome.strategy, outcome.seconds);
    return text;
}

// --compare: every strategy on the same problem.
[[nodiscard]] int compare(const planner::Problem& problem, const Options& options) {
    Table table(
        {{"strategy", Align::left}, {"height"}, {"over max load"}, {"seconds"}, {"how", Align::left}});
    Json rows = Json::array();
    const Progress progress(options.style);
    for (const planner::Strategy& strategy : planner::strategies()) {
        progress.show(fmt::format("placing {} blocks: {}", problem.blocks.size(), strategy.name));
        const auto outcome = planner::solve(problem, strategy.name);
        if (!outcome) return refuse(options.input + ": " + outcome.error());
        if (const auto conflict = planner::find_conflict(problem, outcome->packing)) {
            return refuse_check(
                fmt::format("{}: the verifier refuses its plan: {}", strategy.name, conflict->message));
        }
        Json row = outcome_json(*outcome, problem.blocks.size());
        rows.push_back(std::move(row));
        table.add({outcome->strategy, std::to_string(outcome->height.value),
                   fmt::format("{:.3f} %", 100 * outcome->gap), fmt::format("{:.3f}", outcome->seconds),
                   std::string(strategy.summary)});
    }
    progress.show("");
    if (options.style.json) {
        print_json(Json{{"max_load", planner::max_load(problem).value}, {"strategies", std::move(rows)}});
    } else {
        print(fmt::format("max load {} bytes, {} blocks\n\n", planner::max_load(problem).value,
                          problem.blocks.size()));
        print(table.text());
    }
    hint(options.style, "memo plan " + shell_word(options.input) + " -o FILE");
    return kDone;
}

[[nodiscard]] int plan_table(const Options& options) {
    auto table = planner::read_problem_csv(options.input);
    if (!table) return refuse(table.error());
    if (options.compare) return compare(table->problem, options);
    auto outcome = planner::solve(table->problem, options.strategy);
    if (!outcome) return refuse(options.input + ": " + outcome.error());
    if (const auto conflict = planner::find_conflict(table->problem, outcome->packing)) {
        return refuse_check("the verifier refuses the plan: " + conflict->message);
    }
    const std::size_t blocks = table->problem.blocks.size();
    if (!options.output.empty()) {
        table->offsets = outcome->packing.offsets;
        if (const auto problem = write_whole(options.output, planner::format_problem_csv(*table))) {
            return refuse(problem->message);
        }
    }
    if (options.style.json) {
        Json json = outcome_json(*outcome, blocks);
        json["plan"] = options.output.empty() ? Json(nullptr) : Json(options.output);
        print_json(json);
    } else {
        print(outcome_text(*outcome) + fmt::format("blocks     {}\n", blocks));
        if (!options.output.empty()) print("plan       " + options.output + "\n");
    }
    hint(options.style, options.output.empty() ? "memo plan " + shell_word(options.input) + " -o FILE.csv"
                                               : "memo verify " + shell_word(options.output));
    return kDone;
}

[[nodiscard]] std::size_t allocation_count(const Trace& trace) {
    return static_cast<std::size_t>(
        std::count_if(trace.events.begin(), trace.events.end(),
                      [](const Event& e) { return e.kind == EventKind::allocate; }));
}

[[nodiscard]] Json round_json(const planner::RoundPlan& plan, const std::string& output) {
    Json json = outcome_json(plan.outcome, plan.contents.slots.size());
    json["plan"] = output;
    json["program"] = plan.contents.program;
    json["thread"] = plan.thread;
    json["rounds"] = plan.period.rounds.size();
    json["period_requests"] = plan.contents.period_requests;
    json["period_bytes"] = plan.contents.period_bytes.value;
    json["min_size"] = plan.contents.min_size.value;
    json["left_out"] = plan.left_out;
    json["left_out_bytes"] = plan.left_out_bytes.value;
    return json;
}

[[nodiscard]] std::string round_text(const planner::RoundPlan& plan, const std::string& output) {
    const planner::PlanContents& contents = plan.contents;
    std::string text = outcome_text(plan.outcome);
    text +=
        fmt::format("round      {} allocations, {}, seen {} times in thread {}\n", contents.period_requests,
                    format_bytes(contents.period_bytes.value), plan.period.rounds.size(), plan.thread);
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
    const auto trace = open_trace(options.input);
    if (!trace) return refuse(trace.error());
    if (options.thread && *options.thread >= trace->threads.size()) {
        return refuse(fmt::format("{}: there is no thread {}; it has {}, see `memo periods`", options.input,
                                  *options.thread, trace->threads.size()));
    }
    progress.show("naming operations");
    ElfSymbols symbols(*trace);
    const OpTags tags = resolve_op_tags(*trace, symbols);
    planner::RoundPlanOptions wanted;
    wanted.thread = options.thread;
    wanted.min_size = Bytes{options.min_size};
    wanted.strategy = options.strategy;
    progress.show("finding the round and placing its blocks");
    const auto plan = planner::plan_round(
        *trace,
        [&](std::uint32_t site, std::uint32_t context) { return tags.tags()[tags.index_of(site, context)]; },
        wanted);
    if (!plan) {
        return refuse_check(fmt::format("{}: {} ({} allocations in {} threads were looked at)", options.input,
                                        plan.error(), allocation_count(*trace), trace->threads.size()));
    }
    if (options.compare) return compare(plan->problem, options);
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
        print_json(round_json(*plan, output));
    } else {
        print(round_text(*plan, output));
    }
    hint(options.style, "memo run --plan " + shell_word(output) + " -- " + program_words(*trace));
    return kDone;
}

[[nodiscard]] int run(const Options& options) {
    if (const std::string line = unknown_strategy(options.strategy); !line.empty()) return refuse(line);
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
    command.add("INPUT", options->input, "A trace, or a problem in CSV (id,lower,upper,size[,alignment])")
        .required()
        .shown_as("TRACE|PROBLEM.csv");
    const Argument output =
        command.add("-o,--output", options->output,
                    "Where to write; default: the trace's name with .plan; for a problem: nowhere");
    output.shown_as("FILE");
    const Argument strategy =
        command.add("--strategy", options->strategy, "How to place the blocks; default: best");
    strategy.shown_as("NAME");
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
