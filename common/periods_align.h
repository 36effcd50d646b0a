// A sequence laid along the endless repetition of a pattern: which symbol is which slot of which round, where
// symbols are extra and where slots are missing.
//
// Steps number the slots of the endless repetition: slot s of round r is step r * length + s, and rounds
// before the anchor have negative steps. From the anchor the sequence is followed in both directions, as long
// as it agrees. Where it does not, the place is found again in two ways:
//   1. the fewest insertions and deletions, up to 64, after which a long enough stretch agrees
//      (the greedy difference algorithm of Myers, "An O(ND) Difference Algorithm and Its Variations",
//      Algorithmica 1986);
//   2. else the next place where a long stretch of the sequence stands anywhere in the pattern, the one that
//   passes
//      over the fewest symbols and slots.
// Expected O(n); work beyond a constant per symbol means that the pattern does not fit, and nothing is
// returned. Thread safety: pure functions.
#pragma once

#include "common/periods_symbols.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo::periods {

// `count` symbols from `position` are the steps from `step`, one to one.
struct Stretch {
    std::size_t position = 0;
    std::int64_t step = 0;
    std::size_t count = 0;

    [[nodiscard]] std::size_t end() const { return position + count; }
    [[nodiscard]] std::int64_t end_step() const { return step + static_cast<std::int64_t>(count); }
};

// The round and the slot of a step, for negative steps too.
[[nodiscard]] constexpr std::int64_t round_of(std::int64_t step, std::size_t length) {
    const auto signed_length = static_cast<std::int64_t>(length);
    return step / signed_length - (step % signed_length < 0 ? 1 : 0);
}
[[nodiscard]] constexpr std::size_t slot_of(std::int64_t step, std::size_t length) {
    return static_cast<std::size_t>(step - round_of(step, length) * static_cast<std::int64_t>(length));
}

// Maximal stretches in ascending order of both position and step; step 0 is at `anchor` where they agree.
[[nodiscard]] std::optional<std::vector<Stretch>> align(std::span<const Symbol> sequence,
                                                        std::span<const Symbol> pattern, std::size_t anchor);

}  // namespace memo::periods
