// Where the max load comes from: the stretches of time at the peak, the blocks and tags alive there, and
// their blame, the bytes of max load that would be saved without each of them. Blame is less than a block's
// size where another moment is nearly as loaded: freeing one block then only moves the peak.
//
// Loads are those of `max_load`: a gap counts what its block keeps, of an alias the largest member alive
// counts alone, arenas are apart. Every function needs a valid problem. Thread safety: pure functions.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memo::planner {

// The load from `moment` on, up to the next step.
struct LoadStep {
    EventIndex moment;
    Bytes load;

    bool operator==(const LoadStep&) const = default;
};

// Of one arena, in order of time, neighbours different; the last step has load 0. Empty without blocks.
// O(n log n).
[[nodiscard]] std::vector<LoadStep> load_curve(const Problem& problem, std::uint32_t arena = 0);

// What without the block or tag the max load would be lower by. Freed early means dead from the peak's first
// moment on (never born, if it is born there); dropped, never there at all.
struct Blame {
    Bytes freed_early;
    Bytes dropped;

    bool operator==(const Blame&) const = default;
};

struct PeakBlock {
    std::uint32_t block = 0;
    Bytes
        bytes;  // what it adds to the load: they sum to the max load (0 for the smaller members of an alias)
    Blame saved;
};

struct PeakTag {
    std::string tag;
    std::size_t blocks = 0;  // alive at the peak
    Bytes bytes;
    // Freed early: those of its blocks that are alive at the peak. Dropped: all of its blocks.
    Blame saved;
};

struct Peak {
    Bytes max_load;
    std::uint32_t arena = 0;  // the first one with that load
    std::vector<Lifetime>
        stretches;  // of time at the max load in that arena, in order, apart from each other
    // Alive at the first moment of the first stretch. Most saved when dropped first, then when freed early,
    // then most bytes, then in order of index or name.
    std::vector<PeakBlock> blocks;
    std::vector<PeakTag> tags;
};

// `tags` is parallel to the blocks, or empty: no tags. Without blocks everything is empty. O(n log n).
[[nodiscard]] Peak find_peak(const Problem& problem, std::span<const std::string> tags = {});

}  // namespace memo::planner
