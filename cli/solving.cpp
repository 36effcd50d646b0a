// The solver's options on the command line, and its outcome in words (cli/solving.h).
#include "cli/solving.h"

#include "cli/command.h"
#include "cli/json.h"
#include "cli/nearest.h"
#include "cli/plan_summary.h"
#include "planner/locality.h"
#include "planner/strategy.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <vector>

namespace memo::cli {
namespace {

std::atomic<bool> stop_wanted{false};  // a signal handler can reach nothing else

void on_interrupt(int) {
    stop_wanted.store(true);
}

}  // namespace

const char* verdict_name(planner::Verdict verdict) {
    switch (verdict) {
        case planner::Verdict::fits:
            return "fits";
        case planner::Verdict::impossible:
            return "impossible";
        case planner::Verdict::unknown:
            break;
    }
    return "unknown";
}

Argument add_solving(const Arguments& command, SolvingOptions& options) {
    const Argument strategy = command.add("--strategy", options.strategy,
                                          "How to place the blocks: portfolio (default), exact, or a name "
                                          "that --compare lists");
    strategy.shown_as("NAME");
    command
        .add("--capacity", options.capacity,
             "Only find out whether a plan of this height exists: exit code 0 yes, 3 proven impossible, 4 "
             "unknown")
        .in_bytes()
        .shown_as("BYTES");
    command.add("--time-limit", options.time_limit, "Seconds after which the best plan so far will do")
        .shown_as("SECONDS");
    command.add("--seed", options.seed, "Of the search's random choices").shown_as("N");
    command.add("--threads", options.threads, "Default: one a core").shown_as("N");
    command
        .add("--locality", options.locality,
             "on (default): among plans of the same height, look for one that reuses bytes sooner; off: as "
             "the "
             "solver found it")
        .one_of({"on", "off"})
        .shown_as("on|off");
    return strategy;
}

std::string wrong_solving(const SolvingOptions& options) {
    if (!(options.time_limit >= 0)) return "--time-limit must not be negative";
    constexpr std::uint32_t kMostThreads = 1024;
    if (options.threads > kMostThreads) return fmt::format("--threads must be at most {}", kMostThreads);
    if (options.strategy == planner::kPortfolio || options.strategy == "exact" ||
        planner::find_strategy(options.strategy) != nullptr) {
        return {};
    }
    std::vector<std::string> names = {std::string(planner::kPortfolio), "exact"};
    for (const planner::Strategy& strategy : planner::strategies()) names.emplace_back(strategy.name);
    return "unknown strategy '" + printable(options.strategy) + "'; did you mean '" +
           nearest(options.strategy, names) + "'? `memo plan --compare` lists them";
}

Solving::Solving(const SolvingOptions& options, const Progress& progress) {
    options_.strategy = options.strategy;
    if (options.capacity) options_.capacity = Bytes{*options.capacity};
    options_.time_limit = options.time_limit;
    options_.seed = options.seed;
    options_.threads = options.threads;
    options_.locality = options.locality == "on";
    options_.stop = &stop_wanted;
    options_.progress = [&progress](const planner::Incumbent& best) {
        const double load = std::max(1.0, static_cast<double>(best.lower_bound.value));
        progress.show(fmt::format("{:.1f} s: height {} ({:.2f} % over the bound), {}; Ctrl-C keeps it",
                                  best.seconds, format_bytes(best.height.value),
                                  100 * (static_cast<double>(best.height.value) / load - 1), best.strategy));
    };
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
}

Solving::~Solving() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(SIGINT, &action, nullptr);
}

bool Solving::interrupted() {
    return stop_wanted.load();
}

Json outcome_json(const planner::Problem& problem, const planner::Outcome& outcome) {
    Json json = {{"height", outcome.height.value},
                 {"max_load", outcome.max_load.value},
                 {"lower_bound", outcome.lower_bound.value},
                 {"gap", outcome.gap},
                 {"proven_optimal", outcome.proven_optimal},
                 {"verdict", verdict_name(outcome.verdict)},
                 {"strategy", outcome.strategy},
                 {"seconds", outcome.seconds},
                 {"slots", problem.blocks.size()}};
    if (planner::is_plain(problem)) {
        const planner::Locality locality = planner::measure_locality(problem, outcome.packing);
        json["locality"] = {{"reuse_distance", locality.reuse_distance},
                            {"fresh", locality.fresh.value},
                            {"coldness", locality.coldness},
                            {"aliased", locality.aliased}};
    }
    return json;
}

std::string outcome_text(const planner::Problem& problem, const planner::Outcome& outcome) {
    std::string text;
    text += fmt::format("height     {} ({} bytes), {}\n", format_bytes(outcome.height.value),
                        outcome.height.value, describe_gap(outcome.gap, outcome.proven_optimal));
    text += fmt::format("max load   {} ({} bytes)\n", format_bytes(outcome.max_load.value),
                        outcome.max_load.value);
    if (outcome.lower_bound > outcome.max_load) {
        text += fmt::format("bound      {} ({} bytes): search has proven that nothing is lower\n",
                            format_bytes(outcome.lower_bound.value), outcome.lower_bound.value);
    }
    text += fmt::format("strategy   {}, {:.3f} s\n", outcome.strategy, outcome.seconds);
    constexpr std::size_t kManyBlocks = 100'000;  // measuring them would keep people waiting
    if (planner::is_plain(problem) && problem.blocks.size() <= kManyBlocks) {
        const planner::Locality locality = planner::measure_locality(problem, outcome.packing);
        text +=
            fmt::format("reuse      after {} of other requests on average; {:.1f} % of neighbours alias\n",
                        format_bytes(static_cast<std::uint64_t>(std::llround(locality.reuse_distance))),
                        100 * locality.aliased);
    }
    return text;
}

int verdict_code(const planner::Outcome& outcome, const SolvingOptions& options) {
    switch (outcome.verdict) {
        case planner::Verdict::fits:
            return kDone;
        case planner::Verdict::impossible:
            say(fmt::format("no plan fits in {} bytes: proven; the lowest possible has at least {}",
                            options.capacity.value_or(0), outcome.lower_bound.value));
            return kCheckFailed;
        case planner::Verdict::unknown:
            break;
    }
    say(
        fmt::format("no plan within {} bytes was found in {:.3g} s, and none was proven impossible; the best "
                    "has {} (see --time-limit)",
                    options.capacity.value_or(0), outcome.seconds, outcome.height.value));
    return kUndecided;
}

}  // namespace memo::cli
