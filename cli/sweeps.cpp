// Capacity and scale sweeps (cli/sweeps.h).
#include "cli/sweeps.h"

#include "cli/json.h"
#include "cli/solving.h"
#include "planner/verifier.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace memo::cli {

namespace {

// Of the max load, in thousandths above it.
constexpr std::array<std::uint64_t, 11> kAbove = {0, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500};
constexpr std::size_t kBar = 24;  // characters of the longest bar

[[nodiscard]] std::string bar_of(double share, char mark) {
    const auto length = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBar));
    std::string bar;
    bar.resize(std::max<std::size_t>(length, 1), mark);
    return bar;
}

// Times of planning lie orders of magnitude apart: 0 for a tenth of a millisecond, one more for each tenfold.
[[nodiscard]] double decades(double seconds) {
    return std::log10(std::max(seconds, 1e-4) / 1e-4);
}

}  // namespace

Result<planner::Outcome> solve_and_verify(const planner::Problem& problem,
                                          const planner::SolveOptions& options) {
    auto outcome = planner::solve(problem, options);
    if (!outcome) return Error{outcome.error()};
    if (const auto conflict = planner::find_conflict(problem, outcome->packing)) {
        return Error{"the verifier refuses the plan: " + conflict->message};
    }
    return outcome;
}

Result<std::vector<CapacityPoint>> sweep_capacity(const planner::Problem& problem,
                                                  planner::SolveOptions options, const Progress& progress) {
    const std::uint64_t load = planner::max_load(problem).value;
    std::vector<CapacityPoint> points;
    for (const std::uint64_t above : kAbove) {
        // Below 2^62 + 2^63: sizes sum up to less than 2^63.
        const Bytes capacity{load + load / 1000 * above + load % 1000 * above / 1000};
        if (!points.empty() && points.back().capacity == capacity) continue;
        progress.show(fmt::format("does it fit in {}?", format_bytes(capacity.value)));
        options.capacity = capacity;
        auto outcome = solve_and_verify(problem, options);
        if (!outcome) return Error{outcome.error()};
        points.push_back({capacity, std::move(*outcome)});
    }
    return points;
}

std::string capacity_text(const std::vector<CapacityPoint>& points) {
    Table table({{"capacity"},
                 {"over max load"},
                 {"plan", Align::left},
                 {"height"},
                 {"strategy", Align::left},
                 {"seconds"},
                 {"time, tenfold from 0.1 ms", Align::left}});
    double most = 1;
    for (const CapacityPoint& point : points) most = std::max(most, decades(point.outcome.seconds));
    for (const CapacityPoint& point : points) {
        const planner::Outcome& outcome = point.outcome;
        const bool fits = outcome.verdict == planner::Verdict::fits;
        const Bytes above = point.capacity - std::min(point.capacity, outcome.max_load);
        const double over = outcome.max_load == Bytes{} ? 0
                                                        : static_cast<double>(above.value) /
                                                              static_cast<double>(outcome.max_load.value);
        table.add({format_bytes(point.capacity.value), format_share(over), verdict_name(outcome.verdict),
                   format_bytes(outcome.height.value), outcome.strategy,
                   fmt::format("{:.4f}", outcome.seconds),
                   bar_of(decades(outcome.seconds) / most, fits ? '#' : '?')});
    }
    return table.text();
}

Json capacity_json(const std::vector<CapacityPoint>& points) {
    Json json = Json::array();
    for (const CapacityPoint& point : points) {
        json.push_back({{"capacity", point.capacity.value},
                        {"verdict", verdict_name(point.outcome.verdict)},
                        {"height", point.outcome.height.value},
                        {"lower_bound", point.outcome.lower_bound.value},
                        {"strategy", point.outcome.strategy},
                        {"seconds", point.outcome.seconds}});
    }
    return json;
}

Result<std::vector<ScalePoint>> sweep_scale(const planner::Scenario& scenario,
                                            const planner::SolveOptions& options, const Progress& progress) {
    std::vector<ScalePoint> points;
    const std::vector<std::uint32_t> all = planner::blocks_of_tag(scenario, "*");
    for (const std::uint64_t times : {1, 2, 4, 8}) {
        progress.show(fmt::format("planning all blocks {} times as large", times));
        const planner::Factor factor{times, 1};
        const auto scaled = planner::scale(scenario, all, factor);
        if (!scaled) return Error{scaled.error()};
        auto outcome = solve_and_verify(scaled->problem, options);
        if (!outcome) return Error{outcome.error()};
        points.push_back({factor, std::move(*outcome)});
    }
    return points;
}

std::string scale_text(const std::vector<ScalePoint>& points) {
    Table table(
        {{"batch"}, {"max load"}, {"height"}, {"gap"}, {"seconds"}, {"height, to scale", Align::left}});
    double most = 1;
    for (const ScalePoint& point : points)
        most = std::max(most, static_cast<double>(point.outcome.height.value));
    for (const ScalePoint& point : points) {
        const planner::Outcome& outcome = point.outcome;
        table.add({fmt::format("x{}", point.factor.numerator), format_bytes(outcome.max_load.value),
                   format_bytes(outcome.height.value), fmt::format("{:.3f} %", 100 * outcome.gap),
                   fmt::format("{:.4f}", outcome.seconds),
                   bar_of(static_cast<double>(outcome.height.value) / most, '#')});
    }
    return table.text();
}

Json scale_json(const std::vector<ScalePoint>& points) {
    Json json = Json::array();
    for (const ScalePoint& point : points) {
        json.push_back({{"factor", point.factor.numerator},
                        {"max_load", point.outcome.max_load.value},
                        {"height", point.outcome.height.value},
                        {"gap", point.outcome.gap},
                        {"proven_optimal", point.outcome.proven_optimal},
                        {"seconds", point.outcome.seconds}});
    }
    return json;
}

}  // namespace memo::cli
