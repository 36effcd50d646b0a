// memo whatif: what if sizes, tags, alignments or the capacity were different; and, without a change, what
// forms the peak and what each block and tag in it costs.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/peak_report.h"
#include "cli/sweeps.h"
#include "cli/tagged_problem.h"
#include "planner/scenario.h"
#include "planner/solve.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace memo::cli {

namespace {

// All tags, as a name for --scale.
constexpr std::string_view kBatch = "batch";

struct Options {
    Style style;
    std::string input;
    std::vector<std::string> scale;
    std::vector<std::string> drop_tag;
    std::uint64_t align = 0;  // 0: as it is
    std::uint64_t split = 0;
    std::uint64_t time_limit = 2;  // seconds, for each plan
    std::uint64_t min_size = planner::kDefaultMinSize.value;
    std::optional<std::uint32_t> thread;
    bool capacity_sweep = false;
    bool scale_sweep = false;
    bool blame = false;

    [[nodiscard]] bool changes() const {
        return !scale.empty() || !drop_tag.empty() || align != 0 || split != 0;
    }
};

// The blocks whose tags match; an error if none do.
[[nodiscard]] Result<std::vector<std::uint32_t>> chosen_blocks(const planner::Scenario& scenario,
                                                               const std::string& pattern) {
    auto blocks = planner::blocks_of_tag(scenario, pattern);
    if (!blocks.empty()) return blocks;
    const std::set<std::string> tags(scenario.tags.begin(), scenario.tags.end());
    const std::vector<std::string> names(tags.begin(), tags.end());
    return Error{"whatif: no block has a tag that matches '" + printable(pattern) + "'; did you mean '" +
                 printable(nearest(pattern, names)) + "'?"};
}

// NAME=FACTOR. Tags may have a `=` of their own, factors have none.
[[nodiscard]] Result<planner::Scenario> scaled(const planner::Scenario& scenario, const std::string& words) {
    const std::size_t mark = words.rfind('=');
    if (mark == std::string::npos || mark == 0) {
        return Error{"whatif: --scale takes NAME=FACTOR, like batch=2, and not '" + printable(words) + "'"};
    }
    const auto factor = planner::parse_factor(std::string_view(words).substr(mark + 1));
    if (!factor) return Error{"whatif: --scale: " + printable(factor.error())};
    const std::string name = words.substr(0, mark);
    const auto blocks = chosen_blocks(scenario, name == kBatch ? "*" : name);
    if (!blocks) return Error{blocks.error()};
    return planner::scale(scenario, *blocks, *factor);
}

// Drops, scales, splits and aligns, in this order.
[[nodiscard]] Result<planner::Scenario> changed(planner::Scenario scenario, const Options& options) {
    std::optional<Error> error;
    const auto take = [&](Result<planner::Scenario> next) {
        if (next) {
            scenario = std::move(*next);
        } else {
            error = Error{next.error()};
        }
    };
    for (const std::string& pattern : options.drop_tag) {
        const auto blocks = chosen_blocks(scenario, pattern);
        if (!blocks) return Error{blocks.error()};
        take(planner::drop(scenario, *blocks));
        if (error) return *error;
    }
    for (const std::string& words : options.scale) {
        take(scaled(scenario, words));
        if (error) return *error;
    }
    if (options.split != 0) take(planner::split(scenario, Bytes{options.split}));
    if (error) return *error;
    if (options.align != 0) take(planner::align(scenario, Bytes{options.align}));
    if (error) return *error;
    return scenario;
}

[[nodiscard]] std::uint64_t total_bytes(const planner::Problem& problem) {
    std::uint64_t bytes = 0;
    for (const planner::Block& block : problem.blocks) bytes += block.size.value;
    return bytes;
}

[[nodiscard]] Json planned_json(const planner::Problem& problem, const planner::Outcome& outcome) {
    return {{"blocks", problem.blocks.size()},
            {"bytes", total_bytes(problem)},
            {"max_load", outcome.max_load.value},
            {"height", outcome.height.value},
            {"gap", outcome.gap},
            {"proven_optimal", outcome.proven_optimal},
            {"strategy", outcome.strategy},
            {"seconds", outcome.seconds}};
}

// "-12.5 %", "same".
[[nodiscard]] std::string change(std::uint64_t before, std::uint64_t after) {
    if (before == after) return "same";
    if (before == 0) return "new";
    const double ratio = static_cast<double>(after) / static_cast<double>(before);
    return fmt::format("{:+.1f} %", 100 * (ratio - 1));
}

[[nodiscard]] std::string comparison(const planner::Problem& before, const planner::Outcome& old_plan,
                                     const planner::Problem& after, const planner::Outcome& new_plan) {
    Table table({{"", Align::left}, {"before"}, {"after"}, {"change"}});
    const auto bytes = [&](const char* name, std::uint64_t was, std::uint64_t is) {
        table.add({name, fmt::format("{} ({})", format_bytes(was), was),
                   fmt::format("{} ({})", format_bytes(is), is), change(was, is)});
    };
    table.add({"blocks", std::to_string(before.blocks.size()), std::to_string(after.blocks.size()),
               change(before.blocks.size(), after.blocks.size())});
    bytes("bytes in all", total_bytes(before), total_bytes(after));
    bytes("max load", old_plan.max_load.value, new_plan.max_load.value);
    bytes("height", old_plan.height.value, new_plan.height.value);
    table.add({"gap", fmt::format("{:.3f} %", 100 * old_plan.gap),
               fmt::format("{:.3f} %", 100 * new_plan.gap), ""});
    const auto optimal = [](const planner::Outcome& plan) {
        return plan.proven_optimal ? "yes" : "not proven";
    };
    table.add({"optimal", optimal(old_plan), optimal(new_plan), ""});
    return table.text();
}

// Collects what to print: sections of text, or members of one JSON object.
class Report {
  public:
    explicit Report(const Style& style) : style_(style) {}

    void add(const char* name, const Json& json, const std::string& text) {
        if (style_.json) {
            json_[name] = json;
        } else {
            text_ += (text_.empty() ? "" : "\n") + text;
        }
    }
    void write() const {
        if (style_.json) {
            print_json(json_);
        } else {
            print(text_);
        }
    }

  private:
    const Style& style_;
    Json json_ = Json::object();
    std::string text_;
};

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.input);
    const auto read = read_tagged_problem(options.input, {options.thread, Bytes{options.min_size}});
    if (!read) return refuse(read.error());
    const planner::Scenario& before = read->scenario;
    const auto after = changed(before, options);
    if (!after) return refuse(after.error());
    planner::SolveOptions wanted;
    wanted.time_limit = static_cast<double>(options.time_limit);

    Report report(options.style);
    if (options.changes()) {
        progress.show("planning it as it is");
        const auto old_plan = solve_and_verify(before.problem, wanted);
        if (!old_plan) return refuse(options.input + ": " + old_plan.error());
        progress.show("planning it with the change");
        const auto new_plan = solve_and_verify(after->problem, wanted);
        if (!new_plan) return refuse(options.input + ": " + new_plan.error());
        report.add("before", planned_json(before.problem, *old_plan), "");
        report.add("after", planned_json(after->problem, *new_plan),
                   comparison(before.problem, *old_plan, after->problem, *new_plan));
    }
    if (options.capacity_sweep) {
        const auto points = sweep_capacity(after->problem, wanted, progress);
        if (!points) return refuse(options.input + ": " + points.error());
        report.add("capacities", capacity_json(*points), capacity_text(*points));
    }
    if (options.scale_sweep) {
        const auto points = sweep_scale(*after, wanted, progress);
        if (!points) return refuse(options.input + ": " + points.error());
        report.add("scales", scale_json(*points), scale_text(*points));
    }
    const bool nothing_else = !options.changes() && !options.capacity_sweep && !options.scale_sweep;
    if (options.blame || nothing_else) {
        const planner::Peak peak = planner::find_peak(after->problem, after->tags);
        report.add(
            "peak", peak_json(*after, peak),
            peak.blocks.empty() ? std::string("peak       nothing is left\n") : peak_text(*after, peak));
    }
    progress.show("");
    report.write();
    const std::string file = shell_word(options.input);
    hint(options.style, nothing_else ? "memo whatif " + file + " --capacity-sweep" : "memo plan " + file);
    return kDone;
}

}  // namespace

void add_whatif(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "whatif", "Show what forms the peak, and what changes would do",
                            options->style);
    command
        .add("INPUT", options->input,
             "A trace, a plan, or a problem in CSV; offsets in it do not matter. Tags of a CSV are its ids "
             "up to "
             "their last separator (/ # . _ -): conv1 of conv1/weight")
        .required()
        .shown_as("TRACE|PLAN|PROBLEM.csv");
    command
        .add("--scale", options->scale,
             "Sizes times FACTOR (2, 0.5, 3/2): of all blocks if NAME is batch, else of those whose tag is "
             "NAME, "
             "where * stands for anything")
        .one_at_a_time()
        .shown_as("NAME=FACTOR");
    command.add("--drop-tag", options->drop_tag, "Without the blocks of these tags; * stands for anything")
        .one_at_a_time()
        .shown_as("GLOB");
    command.add("--align", options->align, "Align every block to this as well").in_bytes().shown_as("BYTES");
    command.add("--split", options->split, "Split larger blocks into parts that are placed one by one")
        .in_bytes()
        .shown_as("BYTES");
    command.add_flag("--capacity-sweep", options->capacity_sweep,
                     "Does a plan fit in 1 to 1.5 times the max load, and how fast is that known?");
    command.add_flag("--scale-sweep", options->scale_sweep,
                     "Plans of all blocks 1, 2, 4 and 8 times as large");
    command.add_flag(
        "--blame", options->blame,
        "What forms the peak, and what freeing each block earlier would save; the default without "
        "changes and sweeps");
    command
        .add("--time-limit", options->time_limit,
             "For each plan; default: " + std::to_string(options->time_limit))
        .shown_as("SECONDS");
    command
        .add("--min-size", options->min_size,
             "Of a trace: leave smaller requests out; default: " + std::to_string(options->min_size))
        .in_bytes()
        .shown_as("BYTES");
    command.add("--thread", options->thread, "Of a trace: whose round; default: as `memo plan` chooses")
        .shown_as("N");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
