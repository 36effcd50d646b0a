// What a block occupies when: its life cut at its gaps. Whoever must honour gaps walks these parts. Needs a
// block that is valid but for what other blocks have to say. Thread safety: pure function.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>

namespace memo::planner {

// Bytes [begin, end) of a block or an item, counted from its own offset, kept during `life`.
struct Piece {
    Lifetime life;
    Offset begin;
    Offset end;

    auto operator<=>(const Piece&) const = default;
};

// Calls `visit(piece)` for the stretches of the block's life in which it occupies anything, in order of time
// and disjoint in it.
template <class Visit>
void for_each_part(const Problem& problem, std::size_t block, Visit&& visit) {
    const Block& whole = problem.blocks[block];
    const Offset top = Offset{} + whole.size;
    EventIndex since = whole.life.lower;
    if (!problem.gaps.empty()) {
        for (const Gap& gap : problem.gaps[block]) {
            if (since < gap.life.lower) visit(Piece{{since, gap.life.lower}, {}, top});
            if (gap.begin < gap.end) visit(Piece{gap.life, gap.begin, gap.end});
            since = gap.life.upper;
        }
    }
    if (since < whole.life.upper) visit(Piece{{since, whole.life.upper}, {}, top});
}

}  // namespace memo::planner
