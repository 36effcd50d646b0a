// How well a pattern explains a sequence: its alignment cut into rounds, and the choice of the best pattern.
//
// Which pattern is the period? Layers repeat inside a round, and a layer may explain all but a few requests
// of the sequence; so may twice the round. What tells them apart: each round breaks the repeat of layers at
// the same place, while a deviation of the true period (by the clock, by a rare event) recurs in no longer
// period. So the shortest pattern wins, unless a longer one that explains as much gets rid of a break in at
// least every other of its rounds. Thread safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/periods_align.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo::periods {

// A pattern and the rounds of it that were found: [first_round, last_round], both with at least half of their
// slots. Invariant: the first and the last exact round of the sequence's repeating part are among them.
struct Fit {
    std::vector<Symbol> pattern;
    std::vector<Stretch> stretches;  // of the whole sequence; rounds outside the range are to be ignored
    std::int64_t first_round = 0;
    std::int64_t last_round = 0;
    std::size_t begin = 0;  // half-open range of positions from the first round to the last
    std::size_t end = 0;
    std::size_t exact_rounds = 0;
    std::size_t explained = 0;  // symbols in [begin, end) that are slots

    [[nodiscard]] std::size_t rounds() const {
        return static_cast<std::size_t>(last_round - first_round) + 1;
    }
};

// The fit of a pattern to a sequence of `size` symbols that it was aligned with, round 0 starting at step 0;
// nothing if it does not satisfy the options.
[[nodiscard]] std::optional<Fit> fit_rounds(std::size_t size, std::vector<Symbol> pattern,
                                            std::vector<Stretch> stretches, const PeriodOptions& options);

// Aligns a pattern that starts at `anchor`, and fits it.
[[nodiscard]] std::optional<Fit> fit_pattern(std::span<const Symbol> sequence, std::vector<Symbol> pattern,
                                             std::size_t anchor, const PeriodOptions& options);

// The fit of the sequence's period, starting where the repeating part of the sequence starts; nothing if it
// has none.
[[nodiscard]] std::optional<Fit> best_fit(std::span<const Symbol> sequence, const PeriodOptions& options);

}  // namespace memo::periods
