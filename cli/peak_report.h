// The peak and its blame in words: which lifetimes and tags form it, and what freeing each of them earlier
// would save. Thread safety: pure functions.
#pragma once

#include "cli/output.h"
#include "planner/peak.h"
#include "planner/scenario.h"

#include <string>

namespace memo::cli {

// Needs at least one block.
[[nodiscard]] std::string peak_text(const planner::Scenario& scenario, const planner::Peak& peak);

// The same with every block and tag of the peak: max_load, stretches, tags, blocks.
[[nodiscard]] Json peak_json(const planner::Scenario& scenario, const planner::Peak& peak);

}  // namespace memo::cli
