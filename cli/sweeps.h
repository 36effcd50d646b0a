// Curves of a problem: does a plan fit as the capacity grows, and what does it take as all sizes grow. Every
// plan is checked by the verifier. Thread safety: as `planner::solve`.
#pragma once

#include "cli/output.h"
#include "common/result.h"
#include "planner/scenario.h"
#include "planner/solve.h"

#include <string>
#include <vector>

namespace memo::cli {

// `planner::solve`, and the verifier after it. The error is one line.
[[nodiscard]] Result<planner::Outcome> solve_and_verify(const planner::Problem& problem,
                                                        const planner::SolveOptions& options);

struct CapacityPoint {
    Bytes capacity;
    planner::Outcome outcome;
};

// From the max load to one and a half times it, closest together where it gets tight.
[[nodiscard]] Result<std::vector<CapacityPoint>> sweep_capacity(const planner::Problem& problem,
                                                                planner::SolveOptions options,
                                                                const Progress& progress);
[[nodiscard]] std::string capacity_text(const std::vector<CapacityPoint>& points);
[[nodiscard]] Json capacity_json(const std::vector<CapacityPoint>& points);

struct ScalePoint {
    planner::Factor factor;
    planner::Outcome outcome;
};

// Every block 1, 2, 4 and 8 times as large.
[[nodiscard]] Result<std::vector<ScalePoint>> sweep_scale(const planner::Scenario& scenario,
                                                          const planner::SolveOptions& options,
                                                          const Progress& progress);
[[nodiscard]] std::string scale_text(const std::vector<ScalePoint>& points);
[[nodiscard]] Json scale_json(const std::vector<ScalePoint>& points);

}  // namespace memo::cli
