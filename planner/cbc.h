// The mixed-integer solver of COIN-OR as an external program: text of a model in, values out. Nothing is
// linked, so that MemoMalloc builds and runs without it.
//
// The model goes through a folder of its own below TMPDIR (or /tmp), which is gone when the call returns.
// Thread safety: concurrent calls do not meet. No signal handler is touched; the child stays in the process
// group of its parent, so that Ctrl-C at a terminal ends both.
#pragma once

#include "common/result.h"
#include "planner/strategy.h"

#include <string_view>
#include <utility>
#include <vector>

namespace memo::planner {

// The best values `cbc` found for the variables of the model called x0, x1, … (index and value; a variable
// that is left out is 0). When the search was cut short they need not obey the model; when nothing was found
// in time there are none. `model` is in CPLEX's LP format. When the budget ends, `cbc` is killed.
//
// The error is one line: there is no `cbc` in PATH, or no file can be written.
[[nodiscard]] Result<std::vector<std::pair<std::size_t, double>>> run_cbc(std::string_view model,
                                                                          const Budget& budget);

}  // namespace memo::planner
