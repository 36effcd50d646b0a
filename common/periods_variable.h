// Rounds whose sizes change: an inference over sentences of any length makes the same requests in the same
// order, and asks for more or less each time. Where no exact period is found, sizes are left out of the
// comparison, first those that do not recur, then all.
//
// Without sizes the layers of a network look alike, so more is asked of such a period than of an exact one:
// more rounds, which are nearly all there is, and break hardly ever. Thread safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/periods_symbols.h"

#include <cstddef>
#include <cstdint>

namespace memo::periods {

// What stands for a size that does not count.
inline constexpr std::uint64_t kAnySize = 0;

// The sequence as it is compared under a rule. Where recurring sizes count, those requests keep theirs that
// occur at least half as often as most do: as often as there are rounds.
[[nodiscard]] SymbolSequence comparable(SymbolView sequence, SizeRule rule);

// The options that a period whose sizes vary must satisfy.
[[nodiscard]] PeriodOptions stricter(const PeriodOptions& options);

// Whether so few of its rounds are disturbed that a period without sizes may be believed.
[[nodiscard]] bool is_steady(const Period& period, std::size_t requests);

// Gives the requests of a period the largest sizes of its rounds, and says which ones vary.
void fill_in_sizes(SymbolView sequence, Period& period);

}  // namespace memo::periods
