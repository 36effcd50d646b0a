// The input of the planner: blocks that live for known intervals of time and want a fixed place in an arena.
// This file holds the shape of a problem, what makes one valid, and the bound that no plan can beat.
//
// Conventions: lifetimes are half-open `[lower, upper)` in event indices, sizes and alignments are bytes, and
// blocks are named by their index in `Problem::blocks` everywhere (packings and conflicts are parallel to
// it). Two blocks may share bytes if and only if they lie in different arenas, share an alias, or at no
// moment occupy a byte in common. A size of 0 is not valid: whoever builds a problem leaves such blocks out,
// or gives them one byte if their address must be unique (malloc(0)). Thread safety: plain values and pure
// functions.
//
// Most problems are plain: sizes, alignments and lifetimes. What few need lies in vectors of its own, each
// parallel to `blocks` or empty, so that a million plain blocks cost 32 bytes each. (Their braces let tests
// name blocks and ids alone.)
#pragma once

#include "common/result.h"
#include "common/units.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace memo::planner {

struct Block {
    Bytes size;
    Bytes alignment{1};  // the offset is a multiple of this; any number > 0
    Lifetime life;

    bool operator==(const Block&) const = default;
};

// A stretch of a block's life in which it keeps only bytes [begin, end) of itself, counted from its own
// offset; nothing at all where begin equals end.
struct Gap {
    Lifetime life;
    Offset begin;
    Offset end;

    bool operator==(const Gap&) const = default;
};

inline constexpr std::uint32_t kNoAlias = UINT32_MAX;

struct Problem {
    std::vector<Block> blocks;
    std::vector<std::string> ids;  // or empty: the blocks have no names but their indices
    // The offset a block must have.
    std::vector<std::optional<Offset>> fixed{};
    // Where a block would like to be, an earlier plan's place perhaps: followed as far as it costs no height.
    std::vector<std::optional<Offset>> hints{};
    // Of each block in order of time, disjoint, and within its lifetime.
    std::vector<std::vector<Gap>> gaps{};
    // Blocks of the same alias (any number but kNoAlias) have the same offset, and may share bytes while they
    // live.
    std::vector<std::uint32_t> aliases{};
    // Index into `arenas`; empty: all blocks lie in one arena.
    std::vector<std::uint32_t> arena_of{};
    std::vector<std::string> arenas{};  // names; empty where there is one

    bool operator==(const Problem&) const = default;
};

// Bounds of a valid problem: block indices fit in 32 bits, and even a plan that never reuses a byte fits
// in 63.
inline constexpr std::size_t kMaxBlocks = 0xffffffff;
inline constexpr Bytes kMaxTotal{INT64_MAX};

// Nothing if the problem is valid, else one line about the first thing wrong with it. Valid means: at most
// kMaxBlocks blocks, each with lower < upper, size > 0 and alignment > 0; size + alignment - 1 summed over
// all blocks, the same padding once more for the least common multiple of each alias's alignments, and the
// highest end of a fixed block, together at most kMaxTotal; every other vector either empty or parallel to
// the blocks; ids all different; gaps not empty, in order, disjoint, within the lifetime, and what they keep
// within the block; arena indices below the number of arenas (one, where they have no names); the members of
// an alias in one arena; fixed offsets of one alias equal, multiples of the alignments of all its members,
// and no two fixed blocks in conflict, where whatever shares an alias with a fixed block is fixed too. No
// blocks at all is valid. O(n log n).
[[nodiscard]] std::optional<Error> validate(const Problem& problem);

// No gaps, fixed offsets, aliases or second arena: hints do not matter here.
[[nodiscard]] bool is_plain(const Problem& problem);

// How people see a block: `block 7 "conv1"`, or `block 7` where it has no id.
[[nodiscard]] std::string describe_block(const Problem& problem, std::size_t block);

// `[5, 9)`.
[[nodiscard]] std::string describe_lifetime(const Lifetime& life);

// The first id that occurred before, as (index of the first, index of the second), or nothing. O(n) expected.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> find_duplicate(
    std::span<const std::string> ids);

// Bytes live at the worst moment: the lower bound of every plan's height. With gaps a block counts for what
// it keeps, of an alias the largest member alive counts alone, and with several arenas this is the largest of
// their max loads. Needs a valid problem. O(n log n).
[[nodiscard]] Bytes max_load(const Problem& problem);

}  // namespace memo::planner
