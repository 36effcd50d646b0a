// The table of strategies and the portfolio over it.
#include "planner/strategy.h"

#include "planner/greedy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace memo::planner {
namespace {

template <Order order, GapRule rule>
Packing greedy(const Problem& problem) {
    return place_in_order(problem, placement_order(problem, order), rule);
}

Outcome assess(Packing packing, std::string_view strategy, Bytes bound) {
    Outcome outcome;
    outcome.height = packing.height;
    outcome.packing = std::move(packing);
    outcome.strategy = strategy;
    outcome.max_load = bound;
    outcome.proven_optimal = outcome.height == bound;
    if (bound.value != 0) {
        outcome.gap = static_cast<double>((outcome.height - bound).value) / static_cast<double>(bound.value);
    }
    return outcome;
}

Outcome run_portfolio(const Problem& problem, Bytes bound) {
    std::optional<Outcome> lowest;
    for (const Strategy& strategy : strategies()) {
        Outcome outcome = assess(strategy.place(problem), strategy.name, bound);
        if (!lowest || outcome.height < lowest->height) lowest = std::move(outcome);
        if (lowest->proven_optimal) break;
    }
    return *std::move(lowest);
}

Error unknown_strategy(std::string_view name) {
    std::string message =
        "unknown strategy '" + std::string(name) + "'; there are " + std::string(kBestStrategy);
    for (const Strategy& strategy : strategies()) message += ", " + std::string(strategy.name);
    return {std::move(message)};
}

}  // namespace

std::span<const Strategy> strategies() {
    using enum Order;
    using enum GapRule;
    // The portfolio's favourites come first, so that it often stops after one; bump can win only where
    // nothing can be shared, and then a greedy has tied with it already.
    static constexpr std::array table{
        Strategy{"greedy-by-size", "largest first, lowest gap", greedy<size, first>},
        Strategy{"greedy-by-size-best", "largest first, smallest gap", greedy<size, best>},
        Strategy{"greedy-by-lifetime", "longest-lived first, lowest gap", greedy<lifetime, first>},
        Strategy{"greedy-by-lifetime-best", "longest-lived first, smallest gap", greedy<lifetime, best>},
        Strategy{"greedy-by-area", "largest size x lifetime first, lowest gap", greedy<area, first>},
        Strategy{"greedy-by-area-best", "largest size x lifetime first, smallest gap", greedy<area, best>},
        Strategy{"greedy-by-breadth", "most loaded moment first, lowest gap", greedy<breadth, first>},
        Strategy{"greedy-by-breadth-best", "most loaded moment first, smallest gap", greedy<breadth, best>},
        Strategy{"greedy-by-birth", "in order of time, lowest gap", greedy<birth, first>},
        Strategy{"greedy-by-birth-best", "in order of time, smallest gap", greedy<birth, best>},
        Strategy{"bump", "no reuse: every block above the one before it", bump},
    };
    return table;
}

Result<Outcome> solve(const Problem& problem, std::string_view strategy) {
    if (auto invalid = validate(problem)) return *std::move(invalid);
    const auto start = std::chrono::steady_clock::now();
    const auto finish = [&](Outcome outcome) {
        outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return outcome;
    };
    const Bytes bound = max_load(problem);
    if (strategy == kBestStrategy) return finish(run_portfolio(problem, bound));
    const auto all = strategies();
    const auto named =
        std::find_if(all.begin(), all.end(), [&](const Strategy& s) { return s.name == strategy; });
    if (named == all.end()) return unknown_strategy(strategy);
    return finish(assess(named->place(problem), named->name, bound));
}

}  // namespace memo::planner
