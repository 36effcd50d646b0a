// The common form of problems that are not plain, for the solvers that take them: what must move together is
// one item, and what an item occupies is a set of rectangles over time and bytes.
//
// A block with gaps is one item of several pieces; the blocks of an alias are one item, whose pieces are the
// union of theirs. So solvers need to know of pieces and fixed offsets alone. Several arenas are several
// problems: `split_arenas` and `join_arenas`. Every function needs a valid problem. Thread safety: pure
// functions.
#pragma once

#include "planner/parts.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memo::planner {

struct Item {
    // Disjoint rectangles, counted from the item's offset, in order of birth and then of begin; none of them
    // is empty, but there may be none at all.
    std::vector<Piece> pieces;
    Bytes alignment{1};           // the least common multiple of the members'
    std::optional<Offset> fixed;  // where one member is fixed, so are all
    std::optional<Offset> hint;   // of the first member that has one
    Bytes size;                   // the largest member's: the item must end below the height even in a gap
    std::vector<std::uint32_t> members;  // block indices, ascending; never empty

    bool operator==(const Item&) const = default;
};

// The items of a problem of one arena, ordered by their first members: every block is a member of exactly
// one. O(n log n) but for aliases, which cost the number of their members alive summed over the moments at
// which that set changes.
[[nodiscard]] std::vector<Item> make_items(const Problem& problem);

// The problem of the given blocks alone, in the order given; `arenas` stays as it is.
[[nodiscard]] Problem select_blocks(const Problem& problem, std::span<const std::uint32_t> blocks);

// One arena's share of a problem.
struct ArenaProblem {
    Problem problem;                    // of one arena: `arena_of` is empty
    std::string name;                   // of the arena; empty where it has none
    std::vector<std::uint32_t> blocks;  // its block i is block blocks[i] of the whole
};

// One problem for each arena that has blocks, in order of arena index; nothing is dropped but empty arenas.
[[nodiscard]] std::vector<ArenaProblem> split_arenas(const Problem& problem);

// The packing of the whole from one packing for each of its arenas; the height is that of the highest.
[[nodiscard]] Packing join_arenas(std::span<const ArenaProblem> arenas, std::span<const Packing> packings);

}  // namespace memo::planner
