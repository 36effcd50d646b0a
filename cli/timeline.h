// A trace cut into bins of equally many events: per bin and op tag what was allocated and freed in it, and
// what was live at the bin's highest moment. Exact at the edges of the bins: sums over whole bins are the
// sums over their events. However long the trace, a timeline has at most kTimelineBins x kTimelineRows cells.
// Thread safety: as the source's.
#pragma once

#include "cli/trace_totals.h"
#include "common/op_tags.h"
#include "common/trace_source.h"

#include <cstddef>
#include <cstdint>
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
    std::uint64_t begin = 0;       // its first event; it ends where the next one begins
    std::uint64_t peak_bytes = 0;  // most bytes live at once in it
    std::uint64_t peak_event = 0;  // when; `begin` too where the load was never higher than when it began
};

struct Timeline {
    std::uint64_t events = 0;
    std::vector<TimelineBin> bins;
    std::vector<std::string> rows;    // op tags, most bytes first, then "others" where there are more of them
    std::vector<TimelineCell> cells;  // those with anything in them, by bin and row
};

// Walks over the source, which has `events` of them; the rest is what an earlier walk has found.
// O(events + bins x rows).
[[nodiscard]] Timeline timeline_of(TraceSource& source, std::uint64_t events, const Summary& summary,
                                   Requesters& requesters, const OpTags& tags);

}  // namespace memo::cli
