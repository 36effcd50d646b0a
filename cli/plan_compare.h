// memo plan --compare: every strategy on one problem, side by side. Each plan is verified.
#pragma once

#include "cli/command.h"
#include "cli/solving.h"
#include "planner/problem.h"

#include <string>

namespace memo::cli {

// Prints the table (or JSON) and returns an exit code; `input` names the problem in messages.
[[nodiscard]] int compare_strategies(const planner::Problem& problem, const std::string& input,
                                     const SolvingOptions& solving, const Style& style);

}  // namespace memo::cli
