// Which periods are worth a closer look: the lags at which much of a sequence equals itself.
//
// A gram is a run of k symbols. For k = 8, 16, 32, ... the distances from each gram to its previous
// occurrence are counted. Short grams see the repeats of layers and loops; grams as long as a round see
// nothing but whole rounds, since a window that long always holds what sets one layer's place in the round
// apart. So the true period is among the most frequent distances at some scale, and each scale contributes a
// few. Hashes double from scale to scale (the ranks of Karp, Miller and Rosenberg, STOC 1972), so that all
// scales together cost O(n log n). Thread safety: pure functions.
#pragma once

#include "common/periods_symbols.h"

#include <cstddef>
#include <span>
#include <vector>

namespace memo::periods {

// A lag at which stretches of the sequence equal what stands `lag` before them.
struct Lag {
    std::size_t length = 0;
    std::size_t covered = 0;  // symbols in such stretches, counting only long ones
    std::size_t run_begin =
        0;  // the longest stretch i in [run_begin, run_begin + run_count): s[i] == s[i + length]
    std::size_t run_count = 0;
};

// At most `limit` lags in [min_length, max_length], those that cover most first. Nothing is missed on
// purpose, but hashes may collide: a lag is a hint, and its numbers are exact.
[[nodiscard]] std::vector<Lag> candidate_lags(std::span<const Symbol> sequence, std::size_t min_length,
                                              std::size_t max_length, std::size_t limit);

}  // namespace memo::periods
