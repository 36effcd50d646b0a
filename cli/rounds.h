// The rounds of a trace's threads, as `memo periods` and `memo top --round` look at them.
// Thread safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/request_log.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo::cli {

struct ThreadRounds {
    std::uint32_t thread = 0;
    const ThreadRequests* requests = nullptr;
    std::optional<Period> period;  // nothing: the thread does not repeat

    [[nodiscard]] std::uint64_t round_bytes() const;  // asked for in one round; 0 without a period
    [[nodiscard]] std::size_t exact_rounds() const;
    // The last exact round, else the last round. Needs a period.
    [[nodiscard]] const Round& steady_round() const;
};

// One a thread, in the order of the trace's threads. `requests` must outlive the result.
[[nodiscard]] std::vector<ThreadRounds> rounds_of_threads(std::span<const ThreadRequests> requests);

// The thread whose rounds ask for the most bytes, or nullptr if none repeats.
[[nodiscard]] const ThreadRounds* busiest(const std::vector<ThreadRounds>& threads);

}  // namespace memo::cli
