// Which solver a problem goes to, and what is said about its answer.
#include "planner/solve.h"

#include "planner/general_greedy.h"
#include "planner/general_solve.h"
#include "planner/items.h"
#include "planner/locality.h"
#include "planner/portfolio.h"
#include "planner/strategy.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kExact = "exact";

// A time so long that nobody waits for it is no limit; the clock could not count it.
Clock::time_point deadline_after(Clock::time_point start, double seconds) {
    constexpr double kForever = 1e9;
    if (!(seconds < kForever)) return Clock::time_point::max();
    return start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// One arena's share of the work.
struct Job {
    const SolveOptions& options;
    Budget budget;
    Clock::time_point start;

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - start).count();
    }
    void report(Bytes height, Bytes lower_bound, std::string_view strategy) const {
        if (options.progress) options.progress({height, lower_bound, strategy, seconds()});
    }
};

// Follows the hints as far as that does not cost any height.
void follow_hints(const Problem& problem, Standing& standing) {
    if (std::none_of(problem.hints.begin(), problem.hints.end(),
                     [](const auto& hint) { return hint.has_value(); })) {
        return;
    }
    GeneralOptions options;
    options.hints_below = standing.packing.height;
    Packing hinted = place_general(problem, Order::size, options);
    if (hinted.height > standing.packing.height) return;
    standing.packing = std::move(hinted);
    standing.strategy = "hints";
}

Result<Standing> solve_arena(const Problem& problem, const Job& job) {
    const std::string_view name = job.options.strategy;
    const bool all = name == kPortfolio || name == kExact;
    Standing standing;
    if (!all) {
        const Strategy* strategy = find_strategy(name);
        auto packing = strategy->place(problem, job.budget);
        if (!packing) return Error{packing.error()};
        standing.packing = std::move(*packing);
        standing.strategy = strategy->name;
        standing.lower_bound = max_load(problem);
        return standing;
    }
    const std::optional<Bytes> capacity = job.options.capacity;
    if (is_plain(problem)) {
        PortfolioOptions options;
        options.capacity = capacity;
        options.threads = job.options.threads;
        options.exact = name == kExact;
        options.progress = [&](const Standing& better) {
            job.report(better.packing.height, better.lower_bound, better.strategy);
        };
        standing = run_portfolio(problem, options, job.budget);
    } else {
        GeneralResult general = solve_general(
            problem, capacity, job.budget,
            [&](Bytes height, Bytes bound, std::string_view by) { job.report(height, bound, by); });
        return Standing{std::move(general.packing), general.name, general.lower_bound};
    }
    follow_hints(problem, standing);
    if (job.options.locality) {
        standing.packing = improve_locality(problem, standing.packing, job.budget);
    }
    return standing;
}

Outcome assess(Packing packing, const Standing& facts, Bytes load, const SolveOptions& options) {
    Outcome outcome;
    outcome.height = packing.height;
    outcome.packing = std::move(packing);
    outcome.strategy = facts.strategy;
    outcome.max_load = load;
    outcome.lower_bound = std::max(facts.lower_bound, load);
    outcome.proven_optimal = outcome.height <= outcome.lower_bound;
    if (load.value != 0) {
        outcome.gap = static_cast<double>((outcome.height - load).value) / static_cast<double>(load.value);
    }
    if (options.capacity && outcome.height > *options.capacity) {
        outcome.verdict = outcome.lower_bound > *options.capacity ? Verdict::impossible : Verdict::unknown;
    }
    return outcome;
}

Error unknown_strategy(std::string_view name) {
    std::string message = "unknown strategy '" + std::string(name) + "'; there are " +
                          std::string(kPortfolio) + ", " + std::string(kExact);
    for (const Strategy& strategy : strategies()) message += ", " + std::string(strategy.name);
    return {std::move(message)};
}

// Arenas one after the other, the one with the highest load first: it will most likely decide the height.
Result<Outcome> solve_arenas(const Problem& problem, const Job& job) {
    const std::vector<ArenaProblem> arenas = split_arenas(problem);
    std::vector<std::size_t> order;
    std::vector<Bytes> loads;
    for (const ArenaProblem& arena : arenas) {
        order.push_back(order.size());
        loads.push_back(max_load(arena.problem));
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return loads[a] > loads[b]; });
    std::vector<Packing> packings(arenas.size());
    Standing facts;
    for (const std::size_t arena : order) {
        auto standing = solve_arena(arenas[arena].problem, job);
        if (!standing) return Error{standing.error()};
        if (standing->packing.height > facts.packing.height || facts.strategy.empty()) {
            facts.packing.height = standing->packing.height;
            facts.strategy = standing->strategy;
        }
        facts.lower_bound = std::max(facts.lower_bound, standing->lower_bound);
        packings[arena] = std::move(standing->packing);
    }
    return assess(join_arenas(arenas, packings), facts, max_load(problem), job.options);
}

}  // namespace

Result<Outcome> solve(const Problem& problem, const SolveOptions& given) {
    if (auto invalid = validate(problem)) return *std::move(invalid);
    SolveOptions options = given;
    if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
    const bool known =
        options.strategy == kPortfolio || options.strategy == kExact || find_strategy(options.strategy);
    if (!known) return unknown_strategy(options.strategy);

    const Clock::time_point start = Clock::now();
    Job job{options, {deadline_after(start, options.time_limit), options.stop, options.seed}, start};
    const auto finish = [&](Outcome outcome) {
        outcome.seconds = job.seconds();
        return outcome;
    };
    if (problem.blocks.empty()) {
        return finish(assess({}, {{}, "bump", {}}, {}, options));
    }
    if (!problem.arena_of.empty()) {
        auto outcome = solve_arenas(problem, job);
        if (!outcome) return outcome;
        return finish(std::move(*outcome));
    }
    auto standing = solve_arena(problem, job);
    if (!standing) return Error{standing.error()};
    Packing packing = std::move(standing->packing);
    return finish(assess(std::move(packing), *standing, max_load(problem), options));
}

Result<Outcome> solve(const Problem& problem, std::string_view strategy) {
    SolveOptions options;
    options.strategy = strategy;
    return solve(problem, options);
}

}  // namespace memo::planner
