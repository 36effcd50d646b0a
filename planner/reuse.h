// What measuring locality and improving it share (planner/locality.h): time counted in bytes requested, how
// cold a wait leaves a byte, which blocks are used together, and which offsets contend for the same cache
// sets. Thread safety: pure functions.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::planner {

inline constexpr std::uint64_t kAliasPage = 4096;
inline constexpr std::uint64_t kCacheLine = 64;
inline constexpr double kAliasWeight = 0.25;  // of a share of aliased pairs, in doublings of coldness

// What a byte pays that was last in use `distance` bytes requested ago.
[[nodiscard]] double coldness_of(std::uint64_t distance);

// Births and deaths in bytes requested.
struct Timeline {
    // O(n log n).
    explicit Timeline(const std::vector<Block>& blocks);

    // The rank of the first block born at or after a moment, of the blocks that the timeline was made of.
    [[nodiscard]] std::size_t first_born_at(const std::vector<Block>& blocks, EventIndex moment) const;

    std::vector<std::uint32_t> by_birth;  // rank to block
    std::vector<std::uint64_t> born;      // by block: requested before its birth
    std::vector<std::uint64_t> freed;     // by block: requested before the first birth after its death
    std::uint64_t total = 0;
};

// Two blocks that are used together, as far as lifetimes tell.
struct UsedTogether {
    std::uint32_t earlier;
    std::uint32_t later;
    double weight;
};

[[nodiscard]] std::vector<UsedTogether> pairs_used_together(const std::vector<Block>& blocks,
                                                            const std::vector<std::uint32_t>& by_birth);

[[nodiscard]] double total_weight(const std::vector<UsedTogether>& pairs);

// Whether two offsets differ by less than a cache line modulo a page.
[[nodiscard]] inline bool contend(Offset a, Offset b) {
    const std::uint64_t apart = (a.value - b.value) % kAliasPage;  // unsigned: it divides what this wraps at
    return apart < kCacheLine || kAliasPage - apart < kCacheLine;
}

}  // namespace memo::planner
