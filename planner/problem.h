// The input of the planner: blocks that live for known intervals of time and want a fixed place in one arena.
// This file holds the shape of a problem, what makes one valid, and the bound that no plan can beat.
//
// Conventions: lifetimes are half-open `[lower, upper)` in event indices, sizes and alignments are bytes, and
// blocks are named by their index in `Problem::blocks` everywhere (packings and conflicts are parallel to
// it). Two blocks may share bytes if and only if their lifetimes do not overlap. A size of 0 is not valid:
// whoever builds a problem leaves such blocks out, or gives them one byte if their address must be unique
// (malloc(0)). Thread safety: plain values and pure functions.
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

struct Problem {
    std::vector<Block> blocks;
    std::vector<std::string>
        ids;  // parallel to `blocks`, or empty: the blocks have no names but their indices

    bool operator==(const Problem&) const = default;
};

// Bounds of a valid problem: block indices fit in 32 bits, and even a plan that never reuses a byte fits
// in 63.
inline constexpr std::size_t kMaxBlocks = 0xffffffff;
inline constexpr Bytes kMaxTotal{INT64_MAX};

// Nothing if the problem is valid, else one line about the first thing wrong with it. Valid means: at most
// kMaxBlocks blocks, each with lower < upper, size > 0 and alignment > 0; size + alignment - 1 summed over
// all blocks at most kMaxTotal; ids either none or one a block, all different. No blocks at all is valid.
// O(n) expected.
[[nodiscard]] std::optional<Error> validate(const Problem& problem);

// How people see a block: `block 7 "conv1"`, or `block 7` where it has no id.
[[nodiscard]] std::string describe_block(const Problem& problem, std::size_t block);

// `[5, 9)`.
[[nodiscard]] std::string describe_lifetime(const Lifetime& life);

// The first id that occurred before, as (index of the first, index of the second), or nothing. O(n) expected.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> find_duplicate(
    std::span<const std::string> ids);

// Bytes live at the worst moment: the lower bound of every plan's height. Needs a valid problem. O(n log n).
[[nodiscard]] Bytes max_load(const Problem& problem);

}  // namespace memo::planner
