// A problem with a tag for each block, and its packing where there is one, from any file that holds a
// problem: a trace (its round), a plan (its placed slots) or a CSV. What `memo whatif` changes and `memo
// show` draws. Thread safety: pure functions, but for the files read.
#pragma once

#include "common/plan_view.h"
#include "common/result.h"
#include "planner/problem_csv.h"
#include "planner/round_plan.h"
#include "planner/scenario.h"
#include "planner/solution.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memo::cli {

struct TaggedProblem {
    planner::Scenario scenario;               // tags are always there; ids too, but where a CSV has none
    std::optional<planner::Packing> packing;  // as the file has it: nobody has verified it
};

// A CSV has ids at best, and the tag is what ids have in common: "conv1" of "conv1/weight", "aten::add" of
// "aten::add #3". All before the last of `/ # . _ -`, without those and spaces at its end; the whole id where
// that would leave nothing.
[[nodiscard]] std::string tag_of_id(std::string_view id);

[[nodiscard]] TaggedProblem tagged_problem(planner::ProblemTable table);
[[nodiscard]] TaggedProblem tagged_problem(const PlanView& plan);

// Which blocks of a trace.
struct RoundChoice {
    std::optional<std::uint32_t> thread;  // nothing: as `memo plan` chooses
    Bytes min_size = planner::kDefaultMinSize;
};

// From a file of any kind. The error is one line that begins with the path.
[[nodiscard]] Result<TaggedProblem> read_tagged_problem(const std::string& path, const RoundChoice& choice);

}  // namespace memo::cli
