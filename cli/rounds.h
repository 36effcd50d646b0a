// The rounds of a trace's threads, as `memo periods` and `memo top --round` look at them.
// Thread safety: pure functions.
#pragma once

#include "common/lifetimes.h"
#include "common/periods.h"
#include "common/trace.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace memo::cli {

struct ThreadRounds {
    std::uint32_t thread = 0;
    ThreadRequests requests;
    std::optional<Period> period;  // nothing: the thread does not repeat

    [[nodiscard]] std::uint64_t round_bytes() const;  // asked for in one round; 0 without a period
    [[nodiscard]] std::size_t exact_rounds() const;
    // The last exact round, else the last round. Needs a period.
    [[nodiscard]] const Round& steady_round() const;
};

// One a thread, in the order of the trace's threads. `ends` is block_ends(trace).
[[nodiscard]] std::vector<ThreadRounds> rounds_of_threads(const Trace& trace,
                                                          const std::vector<std::size_t>& ends);

// The thread whose rounds ask for the most bytes, or nullptr if none repeats.
[[nodiscard]] const ThreadRounds* busiest(const std::vector<ThreadRounds>& threads);

}  // namespace memo::cli
