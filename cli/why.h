// Why a run under libmemomalloc.so did not profit, and what to do about it, from what the library wrote down
// at the program's end (allocator/run_report.h).
#pragma once

#include "allocator/run_report.h"

#include <optional>
#include <string>
#include <vector>

namespace memo::cli {

struct RunFacts {
    RunReport report;
    std::vector<RunRequest> requests;  // the oldest first
};

// What is in the file; nothing if there is no report, or no whole one.
[[nodiscard]] std::optional<RunFacts> read_run_report(const std::string& path);

struct Verdict {
    bool profited = false;  // from a plan, or from the pool alone
    // One line, what to do included; empty if there is no more to say than that a plan was served.
    std::string why;
    // The library has said it itself while the program ran.
    bool said = false;
};

// `program`: how to call it. `planned`: a plan was given to it.
[[nodiscard]] Verdict judge_run(const RunFacts& facts, const std::string& program, bool planned);

}  // namespace memo::cli
