// How many bytes are live when. The load only grows where a block is born, or kept again after a gap, so
// these are the only moments that matter for maxima, and a profile over them is exact. A block counts for
// what it keeps, and of an alias the largest part kept counts alone. Every function needs a valid problem of
// one arena. Thread safety: pure functions.
#pragma once

#include "planner/problem.h"

#include <vector>

namespace memo::planner {

// `loads[k]` is what lives just after everything that is born at `births[k]` has been born. Births ascend and
// are distinct; both have one entry a moment at which at least one block is born (or kept again).
struct LoadProfile {
    std::vector<EventIndex> births;
    std::vector<Bytes> loads;
};

// O(n log n).
[[nodiscard]] LoadProfile load_profile(const Problem& problem);

// For each block, the load of the worst moment of its life. O(n log n).
[[nodiscard]] std::vector<Bytes> peak_loads(const Problem& problem);

}  // namespace memo::planner
