// The planner's front door: problem in, the best plan that could be found out, and what is known about it:
// how high it is, how far from the bound, whether it is proven optimal. Callers need no other header to get a
// plan; verifier.h is for whoever writes one down.
//
// Thread safety: pure functions, but for the threads that `solve` starts and joins itself. `stop` may be set
// from anywhere, a signal handler included.
#pragma once

#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace memo::planner {

// All solvers together: the name of the default.
inline constexpr std::string_view kPortfolio = "portfolio";

// The best plan so far, while the portfolio works.
struct Incumbent {
    Bytes height;
    Bytes lower_bound;
    std::string_view strategy;
    double seconds = 0;
};

struct SolveOptions {
    // `portfolio`, `exact`, or a name of strategy.h.
    std::string strategy{kPortfolio};
    // Decide instead of minimise: the first plan at most this high will do.
    std::optional<Bytes> capacity{};
    // Wall time. The plan of a run that ended by itself depends only on the problem, `seed` and the other
    // options; one that time or `stop` cut short has no better plan than it had by then.
    double time_limit = 10;
    std::uint64_t seed = 1;
    unsigned threads = 0;  // 0: as many as there are cores
    bool locality = true;  // look for a plan of the same height that reuses bytes sooner (locality.h)
    const std::atomic<bool>* stop = nullptr;
    // Called, from the thread that called `solve`, when the incumbent or the bound gets better.
    std::function<void(const Incumbent&)> progress{};
};

enum class Verdict : std::uint8_t {
    fits,        // the packing is within the capacity (always, where none was given)
    impossible,  // proven: no packing is within the capacity; the one given is the best one known
    unknown,     // neither was found in the time given; likewise
};

struct Outcome {
    Packing packing;
    std::string strategy;         // the one that made the packing; never `portfolio`
    Bytes height;                 // of the packing
    Bytes max_load;               // bytes live at the worst moment
    Bytes lower_bound;            // no plan is lower: the max load, or more where search has proven it
    double gap = 0;               // (height - max load) / max load; 0 where nothing lives
    bool proven_optimal = false;  // height equals the lower bound
    Verdict verdict = Verdict::fits;
    double seconds = 0;  // wall time of the solving
};

// Always a packing of the whole problem, whatever the limits. The error is that of `validate`, a strategy
// that there is not (the line lists them), or one that cannot do what the problem asks for (a fixed offset,
// say).
[[nodiscard]] Result<Outcome> solve(const Problem& problem, const SolveOptions& options = {});

// With a strategy by name, and defaults.
[[nodiscard]] Result<Outcome> solve(const Problem& problem, std::string_view strategy);

}  // namespace memo::planner
