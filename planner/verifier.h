// Does a packing keep its promises? Written from the definition alone: it includes no solver and shares no
// data structure with one, so that one mistake cannot be made twice.
//
// A packing is valid if it has one offset a block, every offset is a multiple of its block's alignment, every
// block ends at or below the height, fixed blocks are where they must be, the blocks of an alias have one
// offset, and no two other blocks of one arena keep a byte in common while both live. Inside a gap a block
// keeps only the gap's bytes. It is checked in order of time: of all conflicts the one reported is the first
// that comes about. Thread safety: pure function.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memo::planner {

enum class ConflictKind : std::uint8_t {
    count,          // not one offset a block, or a list of the problem is not parallel; no moment, no blocks
    malformed,      // the block itself is invalid: empty lifetime, no size, no alignment, gaps out of place
    out_of_bounds,  // ends above the height (or past the largest offset there is)
    misaligned,     // the offset is not a multiple of the alignment
    moved,          // not at its fixed offset
    alias,          // not at the offset of `other`, of the same alias, which was born before
    overlap,        // shares bytes with `other`, which keeps them already
};

struct Conflict {
    ConflictKind kind = ConflictKind::count;
    EventIndex moment;      // when it comes about: the birth of `block`, or the end or start of a gap of it
    std::size_t block = 0;  // index into Problem::blocks
    std::size_t other = 0;  // alias and overlap only: the block that was there first
    std::string message;    // one line for people, with ids, ranges and lifetimes
};

// Nothing if the packing is valid, else its first conflict by time. Among those of one moment, lower block
// indices come first, and of one block in the order of ConflictKind. O(n log n), and for a block that meets
// blocks of an alias the number of those alive. Accepts invalid problems.
[[nodiscard]] std::optional<Conflict> find_conflict(const Problem& problem, const Packing& packing);

}  // namespace memo::planner
