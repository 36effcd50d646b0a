// The output of a solver: a place for every block. A packing is only a claim; verifier.h says whether it
// holds. Thread safety: a plain value.
#pragma once

#include "common/units.h"

#include <vector>

namespace memo::planner {

// `offsets` is parallel to Problem::blocks; block i occupies bytes [offsets[i], offsets[i] + size) of its
// arena. `height` is the size of the arena, of the largest one where there are several: no block ends above
// it, and solvers make it the highest end (0 without blocks).
struct Packing {
    std::vector<Offset> offsets;
    Bytes height;

    bool operator==(const Packing&) const = default;
};

}  // namespace memo::planner
