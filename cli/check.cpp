// memo check: limits for CI. Says every limit that was given with what was measured, and ends with exit code
// 3 if one is broken.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "cli/trace_totals.h"
#include "common/request_log.h"
#include "planner/round_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string input;
    std::optional<std::uint64_t> max_peak;
    std::optional<std::uint64_t> max_allocations;
    std::optional<std::uint64_t> max_round_allocations;
    std::string max_gap;
    double time_limit = planner::SolveOptions{}.time_limit;
};

// One limit and what was measured.
struct Check {
    const char* name;
    double measured = 0;
    double limit = 0;
    bool is_bytes = false;
    bool is_share = false;

    [[nodiscard]] bool holds() const { return measured <= limit; }
    [[nodiscard]] std::string text(double value) const {
        if (is_share) return fmt::format("{:.3f} %", 100 * value);
        const auto whole = static_cast<std::uint64_t>(value);
        return is_bytes ? format_bytes(whole) : std::to_string(whole);
    }
};

// "2%" and "2 %" are 0.02, and so is "0.02". Nothing if it is no number of at least 0.
[[nodiscard]] std::optional<double> parse_share(std::string text) {
    double factor = 1;
    if (text.ends_with('%')) {
        factor = 0.01;
        text.erase(text.find_last_not_of("% ") + 1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
        return std::nullopt;
    return value * factor;
}

// What a trace or a plan is measured by. A plan's peak is its arena.
struct Measured {
    std::uint64_t peak = 0;
    std::optional<std::uint64_t> allocations;  // of the whole trace
    std::optional<std::uint64_t> round_allocations;
    std::optional<double> gap;
};

[[nodiscard]] Measured measure_plan(const PlanView& plan) {
    return {.peak = plan.header().height,
            .allocations = std::nullopt,
            .round_allocations = plan.header().period_requests,
            .gap = gap_of(plan.header().height, plan.header().max_load)};
}

[[nodiscard]] Result<Measured> measure_trace(const Options& options, TraceSource& source) {
    Requesters requesters;
    Summary summary(requesters);
    replay(source, requesters, {&summary});
    Measured measured{.peak = summary.peak_bytes(),
                      .allocations = summary.allocations(),
                      .round_allocations = std::nullopt,
                      .gap = std::nullopt};
    if (options.max_gap.empty() && !options.max_round_allocations) return measured;
    planner::RoundPlanOptions wanted;
    wanted.solve.time_limit = options.time_limit;
    if (options.max_gap.empty()) wanted.solve.strategy = "bump";  // only the round counts
    const auto round = planner::plan_round(
        source.trace(), requests_of_threads(source),
        [](std::uint32_t, std::uint32_t) { return std::string(); }, wanted);
    if (!round) return Error{options.input + ": " + round.error()};
    measured.round_allocations = round->contents.period_requests;
    measured.gap = round->outcome.gap;
    return measured;
}

[[nodiscard]] std::vector<Check> checks_of(const Options& options, const Measured& measured) {
    std::vector<Check> checks;
    if (options.max_peak) {
        checks.push_back(
            {"peak", static_cast<double>(measured.peak), static_cast<double>(*options.max_peak), true});
    }
    const auto add_count = [&](const char* name, std::optional<std::uint64_t> count,
                               std::optional<std::uint64_t> limit) {
        if (count && limit)
            checks.push_back({name, static_cast<double>(*count), static_cast<double>(*limit)});
    };
    add_count("allocations", measured.allocations, options.max_allocations);
    add_count("round_allocations", measured.round_allocations, options.max_round_allocations);
    if (!options.max_gap.empty())
        checks.push_back({"gap", *measured.gap, *parse_share(options.max_gap), false, true});
    return checks;
}

void tell(const Options& options, const std::vector<Check>& checks, bool passed) {
    if (options.style.json) {
        Json list = Json::array();
        for (const Check& check : checks) {
            list.push_back({{"name", check.name},
                            {"measured", check.measured},
                            {"limit", check.limit},
                            {"passed", check.holds()}});
        }
        print_json(Json{{"input", options.input}, {"passed", passed}, {"checks", std::move(list)}});
        return;
    }
    Table table({{"check", Align::left}, {"measured"}, {"limit"}, {"", Align::left}});
    for (const Check& check : checks) {
        table.add({check.name, check.text(check.measured), check.text(check.limit),
                   check.holds() ? "holds" : "BROKEN"});
    }
    print(table.text());
}

// One line about options that make no sense, or nothing.
[[nodiscard]] std::string wrong_limits(const Options& options, FileKind kind) {
    if (!options.max_peak && !options.max_allocations && !options.max_round_allocations &&
        options.max_gap.empty())
        return "check: no limit is given: --max-peak, --max-gap, --max-allocations or "
               "--max-round-allocations";
    if (!options.max_gap.empty() && !parse_share(options.max_gap))
        return "check: --max-gap wants a share, such as 2% or 0.02, not '" + printable(options.max_gap) + "'";
    if (kind == FileKind::plan && options.max_allocations)
        return options.input + ": is a plan, which has no allocations but a round's: --max-round-allocations";
    return {};
}

[[nodiscard]] Result<Measured> measure(const Options& options, FileKind kind) {
    if (kind == FileKind::plan) {
        const auto plan = read_plan(options.input);
        if (!plan) return Error{plan.error()};
        return measure_plan(plan->view());
    }
    auto source = open_trace(options.input);
    if (!source) return Error{source.error()};
    return measure_trace(options, *source);
}

[[nodiscard]] int run(const Options& options) {
    const auto kind = kind_of(options.input);
    if (!kind) return refuse(kind.error());
    if (const std::string line = wrong_limits(options, *kind); !line.empty()) return refuse(line);
    const auto measured = measure(options, *kind);
    if (!measured) return refuse(measured.error());
    const std::vector<Check> checks = checks_of(options, *measured);
    const bool passed =
        std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.holds(); });
    tell(options, checks, passed);
    if (passed) return kDone;
    for (const Check& check : checks) {
        if (!check.holds())
            say(fmt::format("{}: {} is {}, more than {}", options.input, check.name,
                            check.text(check.measured), check.text(check.limit)));
    }
    return kCheckFailed;
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "check", "Hold a trace or a plan against limits, for CI", options->style);
    command.add("FILE", options->input, "A trace or a plan").required().shown_as("TRACE|PLAN");
    command.add("--max-peak", options->max_peak, "Most bytes live at once in a trace; of a plan: its arena")
        .in_bytes()
        .shown_as("BYTES");
    command
        .add("--max-gap", options->max_gap,
             "Farthest that the plan may be above the max load: 2% or 0.02 (a trace's round is planned for "
             "it)")
        .shown_as("SHARE");
    command.add("--max-allocations", options->max_allocations, "Most allocations in the whole trace")
        .shown_as("N");
    command.add("--max-round-allocations", options->max_round_allocations, "Most allocations in one round")
        .shown_as("N");
    command.add("--time-limit", options->time_limit, "Seconds for planning a trace's round; default: 10")
        .shown_as("SECONDS");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
