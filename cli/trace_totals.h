// Sums over a trace: what was allocated, how much was live at most and when, and the same by group. What
// `memo info` and `memo top` print. Thread safety: pure functions.
#pragma once

#include "common/trace.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace memo::cli {

struct Totals {
    std::uint64_t allocations = 0;
    std::uint64_t frees = 0;
    std::uint64_t bytes = 0;       // asked for, over all allocations
    std::uint64_t peak_bytes = 0;  // most bytes live at once
    std::size_t peak_event = 0;    // index of the first event after which they were
};

// Over all events; `ends` is block_ends(trace) (common/lifetimes.h).
[[nodiscard]] Totals totals_of(const Trace& trace, std::span<const std::size_t> ends);

// One row of `memo top`: what the selected allocations of one key come to. Lifetimes are counted in events of
// the whole trace, from the allocation to what released it.
struct Group {
    std::uint32_t key = 0;
    std::uint64_t bytes = 0;
    std::uint64_t allocations = 0;
    std::uint64_t peak_bytes = 0;  // of this group, live at the moment of the peak
    std::uint64_t peak_allocations = 0;
    std::uint64_t temporary_bytes = 0;  // freed by the next thing that their thread did
    std::uint64_t temporary_allocations = 0;
    std::uint64_t kept_bytes = 0;  // never released in the trace
    std::uint64_t kept_allocations = 0;
    std::uint64_t released = 0;
    std::uint64_t lifetimes = 0;     // summed over those that were released
    std::uint64_t tagged_bytes = 0;  // of `bytes`, those with an op tag

    // The mean over those that were released; 0 if none was.
    [[nodiscard]] double mean_lifetime() const;
};

// Which of the trace's allocations count (indices into its events, ascending), and the peak among them.
struct Selection {
    std::vector<std::size_t> allocations;
    std::uint64_t bytes = 0;
    std::uint64_t peak_bytes = 0;
    std::size_t peak_event = 0;
};

[[nodiscard]] Selection select_all(const Trace& trace, std::span<const std::size_t> ends);
[[nodiscard]] Selection select(const Trace& trace, std::span<const std::size_t> ends,
                               std::vector<std::size_t> allocations);

// The selection's allocations by `key`, most bytes first, then by key.
[[nodiscard]] std::vector<Group> group_by(const Trace& trace, std::span<const std::size_t> ends,
                                          const Selection& selection,
                                          const std::function<std::uint32_t(const Event&)>& key,
                                          const std::function<bool(const Event&)>& is_tagged);

}  // namespace memo::cli
