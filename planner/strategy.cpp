// The table of strategies, and what each does with problems that are not plain.
#include "planner/strategy.h"

#include "planner/general_greedy.h"
#include "planner/gergov.h"
#include "planner/greedy.h"
#include "planner/hill_climb.h"
#include "planner/linear_scan.h"
#include "planner/mincost_flow.h"
#include "planner/mip.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace memo::planner {
namespace {

constexpr std::string_view kBump = "bump";
constexpr std::string_view kGergov = "gergov";
constexpr std::string_view kMincostFlow = "mincost-flow";
constexpr std::string_view kMip = "mip";
constexpr std::string_view kHillClimb = "hill-climb";

// Why `strategy` cannot take a problem that is not plain.
Error cannot_place(std::string_view strategy, const Problem& problem) {
    const auto has = [](const auto& entries, auto what) {
        return std::any_of(entries.begin(), entries.end(), what);
    };
    std::string_view what = "blocks of several arenas";
    if (has(problem.fixed, [](const auto& offset) { return offset.has_value(); })) {
        what = "fixed offsets";
    } else if (has(problem.aliases, [](std::uint32_t alias) { return alias != kNoAlias; })) {
        what = "aliases";
    } else if (has(problem.gaps, [](const auto& gaps) { return !gaps.empty(); })) {
        what = "gaps";
    }
    return {std::string(strategy) + " cannot place " + std::string(what)};
}

template <Order order, GapRule rule>
Result<Packing> greedy(const Problem& problem, const Budget&) {
    if (!is_plain(problem)) return place_general(problem, order, {rule, {}});
    return place_in_order(problem, placement_order(problem, order), rule);
}

template <GapRule rule>
Result<Packing> scan(const Problem& problem, const Budget&) {
    if (!is_plain(problem)) return place_general(problem, Order::birth, {rule, {}});
    return linear_scan(problem, rule);
}

// A strategy that takes plain problems only, and perhaps no budget.
template <const std::string_view& name, auto place>
Result<Packing> plain_only(const Problem& problem, const Budget& budget) {
    if (!is_plain(problem)) return cannot_place(name, problem);
    if constexpr (requires { place(problem, budget); }) {
        return place(problem, budget);
    } else {
        return place(problem);
    }
}

}  // namespace

std::span<const Strategy> strategies() {
    using enum Order;
    using enum GapRule;
    static constexpr std::array table{
        Strategy{kBump, "no reuse: every block above the one before it", plain_only<kBump, bump>},
        Strategy{"linear-scan", "in order of time, lowest gap", scan<first>},
        Strategy{"linear-scan-best", "in order of time, smallest gap", scan<best>},
        Strategy{"greedy-by-size", "largest first, lowest gap", greedy<size, first>},
        Strategy{"greedy-by-size-best", "largest first, smallest gap", greedy<size, best>},
        Strategy{"greedy-by-lifetime", "longest-lived first, lowest gap", greedy<lifetime, first>},
        Strategy{"greedy-by-lifetime-best", "longest-lived first, smallest gap", greedy<lifetime, best>},
        Strategy{"greedy-by-breadth", "most loaded moment first, lowest gap", greedy<breadth, first>},
        Strategy{"greedy-by-breadth-best", "most loaded moment first, smallest gap", greedy<breadth, best>},
        Strategy{"greedy-by-area", "largest size x lifetime first, lowest gap", greedy<area, first>},
        Strategy{"greedy-by-area-best", "largest size x lifetime first, smallest gap", greedy<area, best>},
        Strategy{kGergov, "at most three times the max load", plain_only<kGergov, gergov>},
        Strategy{kMincostFlow, "shared objects by minimum-cost flow, stacked",
                 plain_only<kMincostFlow, mincost_flow>},
        Strategy{kMip, "mixed-integer program, solved by COIN-OR's cbc", plain_only<kMip, mip>},
        Strategy{kHillClimb, "local search over orders, from greedy-by-size",
                 plain_only<kHillClimb, hill_climb>},
    };
    return table;
}

const Strategy* find_strategy(std::string_view name) {
    const auto all = strategies();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Strategy& s) { return s.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace memo::planner
