// A trace cut into bins of equally many events: per bin and op tag what was allocated and freed in it, and
// what was live at the bin's highest moment. Exact at the edges of the bins: sums over whole bins are the
// sums over their events. However long the trace, a timeline has at most kTimelineBins x kTimelineRows cells.
// Thread safety: pure function.
#pragma once

#include "common/op_tags.h"
#include "common/trace.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memo::cli {

inline constexpr std::size_t kTimelineBins = 1024;
inline constexpr std::size_t kTimelineRows = 256;

struct TimelineCell {
    std::uint32_t bin = 0;
    std::uint32_t row = 0;
    std::uint64_t bytes = 0;  // asked for in the bin
    std::uint64_t allocations = 0;
    std::uint64_t freed_bytes = 0;
    std::uint64_t frees = 0;
    std::uint64_t temporary_bytes = 0;
    std::uint64_t temporary_allocations = 0;
    std::uint64_t live_bytes = 0;  // at the bin's highest moment
    std::uint64_t live_blocks = 0;
};

struct TimelineBin {
    std::size_t begin = 0;         // its first event; it ends where the next one begins
    std::uint64_t peak_bytes = 0;  // most bytes live at once in it
    std::size_t peak_event = 0;    // when; `begin` too where the load was never higher than when it began
};

struct Timeline {
    std::size_t events = 0;
    std::vector<TimelineBin> bins;
    std::vector<std::string> rows;    // op tags, most bytes first, then "others" where there are more of them
    std::vector<TimelineCell> cells;  // those with anything in them, by bin and row
};

// `ends` is block_ends(trace). O(events + cells).
[[nodiscard]] Timeline timeline_of(const Trace& trace, std::span<const std::size_t> ends, const OpTags& tags);

}  // namespace memo::cli
