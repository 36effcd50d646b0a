// A small problem cut at the moments that matter: the form in which the complete search sees it.
//
// A *section* is a maximal set of blocks that live together; between two of them nothing happens that a plan
// could notice. Sections are numbered in order of time, a block covers a run of them, and there are at most
// as many as blocks. Where two neighbouring sections share no block the problem falls apart into *parts*,
// which can be solved one by one.
//
// Sizes, alignments and positions are in units of `unit` bytes, the greatest common divisor of all of them,
// so that a problem of aligned sizes has no alignments left. Thread safety: plain values, pure functions.
#pragma once

#include "planner/problem.h"

#include <cstdint>
#include <span>
#include <vector>

namespace memo::planner {

struct SectionBlock {
    std::uint64_t size = 0;
    std::uint64_t alignment = 1;
    std::uint32_t first = 0;  // covers sections [first, last)
    std::uint32_t last = 0;
    std::uint32_t block = 0;  // index into the problem

    [[nodiscard]] std::uint32_t width() const { return last - first; }
    bool operator==(const SectionBlock&) const = default;
};

// Bytes that are taken over some sections, whatever the search does. Those of one section are disjoint.
struct Obstacle {
    std::uint64_t begin = 0;  // occupies [begin, end)
    std::uint64_t end = 0;
    std::uint32_t first = 0;  // over sections [first, last)
    std::uint32_t last = 0;
};

struct SectionProblem {
    std::uint32_t sections = 0;
    std::vector<SectionBlock> blocks;  // by first, then last, then size: equal ones are neighbours
    std::vector<Obstacle> obstacles;
};

// The largest number that divides every size and makes every alignment a whole number of itself (or 1).
[[nodiscard]] std::uint64_t common_unit(std::span<const Block> blocks);

// The parts of some blocks of a problem, in order of time; each holds at least one block. O(n log n).
[[nodiscard]] std::vector<SectionProblem> section_parts(const Problem& problem,
                                                        std::span<const std::uint32_t> blocks,
                                                        std::uint64_t unit);

// Live units at the worst section, obstacles included.
[[nodiscard]] std::uint64_t max_load(const SectionProblem& part);

}  // namespace memo::planner
