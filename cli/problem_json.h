// Problems as JSON, for people and for tools that would rather not write CSV:
//
//   {"blocks": [{"id": "a", "lower": 0, "upper": 4, "size": 64, "alignment": 64, "offset": 128, "hint": 0,
//                "gaps": [{"lower": 1, "upper": 2, "begin": 0, "end": 16}], "alias": "x", "arena": "sram"}]}
//
// `lower`, `upper` and `size` are needed, the rest may be absent or null; in a gap, `begin` and `end` are 0
// where they are absent: nothing is kept. Lifetimes are half-open, moments may be negative. Ids are strings
// or whole numbers, and either every block has one or none has. What the fields mean is what the columns of
// planner/problem_csv.h mean. Other fields are ignored, in the blocks and beside them (a plan's height, say).
// Thread safety: pure functions.
#pragma once

#include "cli/json.h"
#include "common/result.h"
#include "planner/problem_csv.h"

#include <string>
#include <string_view>

namespace memo::cli {

// A valid problem with at least one block. The error is one line that names the block and the field.
[[nodiscard]] Result<planner::ProblemTable> parse_problem_json(std::string_view text);

// The same from a file; errors start with the path.
[[nodiscard]] Result<planner::ProblemTable> read_problem_json(const std::string& path);

// The array of blocks, for the caller to put beside what else it has to say: {"blocks": ...}. Fields that say
// nothing are left out, but for `offset`: where any block has one, the others have null. Parsing it gives the
// same table under the conditions of `format_problem_csv`.
[[nodiscard]] Json blocks_json(const planner::ProblemTable& table);

}  // namespace memo::cli
