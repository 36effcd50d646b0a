// What the commands that plan have in common: the options of the solver, progress while it works, Ctrl-C
// (which ends the solving, not the program: the best plan so far is kept), and how an outcome is told.
#pragma once

#include "cli/arguments.h"
#include "cli/output.h"
#include "planner/problem.h"
#include "planner/solve.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memo::cli {

struct SolvingOptions {
    std::string strategy{planner::kPortfolio};
    std::optional<std::uint64_t> capacity;
    double time_limit = planner::SolveOptions{}.time_limit;
    std::uint64_t seed = planner::SolveOptions{}.seed;
    std::uint32_t threads = 0;
    std::string locality = "on";  // or "off"
};

// Declares --strategy, --capacity, --time-limit, --seed, --threads and --locality; the answer is --strategy.
Argument add_solving(const Arguments& command, SolvingOptions& options);

// One line about options that make no sense, or nothing.
[[nodiscard]] std::string wrong_solving(const SolvingOptions& options);

// While this lives, the first Ctrl-C sets the options' `stop`; a second one kills as ever.
class Solving {
  public:
    Solving(const SolvingOptions& options, const Progress& progress);
    ~Solving();
    Solving(const Solving&) = delete;
    Solving& operator=(const Solving&) = delete;

    [[nodiscard]] const planner::SolveOptions& options() const { return options_; }
    [[nodiscard]] static bool interrupted();

  private:
    planner::SolveOptions options_;
};

// fits, impossible or unknown.
[[nodiscard]] const char* verdict_name(planner::Verdict verdict);

[[nodiscard]] Json outcome_json(const planner::Problem& problem, const planner::Outcome& outcome);
[[nodiscard]] std::string outcome_text(const planner::Problem& problem, const planner::Outcome& outcome);

// What the verdict means to the shell: fits 0, proven impossible 3, unknown 4. Says the reason on stderr.
[[nodiscard]] int verdict_code(const planner::Outcome& outcome, const SolvingOptions& options);

}  // namespace memo::cli
