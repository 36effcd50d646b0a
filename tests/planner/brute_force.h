// The least height there is, found by trying every offset: slow, short and with nothing in common with the
// solvers. And problems whose least height is known and exceeds the max load, which is where a complete
// search can be wrong: among small random problems they are rare.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace memo::planner::testing {

// The height of the lowest packing of a valid problem with any mixture of options, or nothing if it is above
// `limit`, at most 64. For up to about 7 blocks (12 if they are tight), and offsets and sizes that stay
// small.
[[nodiscard]] std::optional<Bytes> least_height(const Problem& problem, std::uint64_t limit = 64);

struct Planted {
    Problem problem;
    Bytes optimum;  // above the max load
};

// Plain problems of 6 or 7 blocks in few moments, of sizes 1 to 4, with optima by `least_height`. The same
// for the same generator state. About 10 ms each.
[[nodiscard]] std::vector<Planted> planted_cores(std::mt19937_64& random, std::size_t count);

// A problem around a core: scaled in size and time, with blocks that live throughout, neighbours in time, and
// its blocks in another order. The optimum is what it says by these arguments:
// - sizes times k: a packing in which no block can sink has offsets that are sums of sizes, so multiples of
// k;
// - a block of size s that lives throughout: nothing crosses it, so taking it out and closing the hole lowers
//   any packing by s;
// - a neighbour in time shares no moment with the rest, so the optimum is the larger of the two; here its own
//   blocks lie below the core's;
// - moments stretched: the same pairs of blocks meet.
[[nodiscard]] Planted enlarged(std::mt19937_64& random, const Planted& core);

}  // namespace memo::planner::testing
