// How long the blocks of a period live: from a trace and a period of one of its threads to one lifetime per
// request of the period, the input of the planner.
//
// Within a round, time is the index of the allocation in the period. A block allocated by request i that is
// released, by any thread, after allocation k - 1 and before allocation k of its round lives in [i, k): at
// least [i, i + 1), at most [i, length). The order of releases may vary from round to round: a lifetime is
// the union of what was seen. Thread safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/trace.h"
#include "common/units.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo {

// The allocations of one thread in program order, as the period detection wants them.
struct ThreadRequests {
    std::vector<Request> requests;
    std::vector<std::size_t> events;  // of each request: its index into Trace::events
};

// The caller is the innermost frame of the site; an allocation without a site has module kNone and caller 0.
[[nodiscard]] ThreadRequests requests_of_thread(const Trace& trace, std::uint32_t thread);

inline constexpr std::size_t kNeverReleased = SIZE_MAX;

// For each allocation of a trace, the index of the event that ended its block: its free, or, where realloc
// moved it, the allocation of the new block, since both hold data until then. kNeverReleased where no event
// did; for a free, the value has no meaning. A free of an unknown address is ignored; an allocation at an
// address that is still live ends the older block, whose free the trace has lost, just before it. O(events).
[[nodiscard]] std::vector<std::size_t> block_ends(const Trace& trace);

// One request of the period and the block it makes, over all rounds looked at.
struct PeriodBlock {
    Lifetime lifetime;           // in allocations of the period; [i, length) at most
    Bytes size;                  // the largest
    Bytes alignment;             // 0: none asked for
    std::uint32_t site = kNone;  // the most common one
    std::uint32_t context = kNone;
    bool varies = false;   // its size does
    bool escapes = false;  // in some round the block was still live when the next round began
};

struct RoundLifetimes {
    std::vector<PeriodBlock> blocks;  // one a request of the period, in its order
    std::size_t rounds = 0;           // how many rounds were looked at
};

// Looks at the rounds after the first exact one: before it, programs still allocate what they keep. Of the
// last round only blocks that it released itself count, if it is exact; the others may be live only because
// the trace ended. If no other round is left, all rounds are looked at, the first too. `ends` is
// block_ends(trace). `requests` and `period` must be of the same thread of that trace.
[[nodiscard]] RoundLifetimes round_lifetimes(const Trace& trace, std::span<const std::size_t> ends,
                                             const ThreadRequests& requests, const Period& period);
[[nodiscard]] RoundLifetimes round_lifetimes(const Trace& trace, const ThreadRequests& requests,
                                             const Period& period);

// The true boundary of the rounds: the index of the request of the period before which the fewest blocks are
// live, summed over the rounds; among equals the fewest bytes, then the lowest index. A block that outlives
// its round is live at every boundary it spans. What was allocated outside the rounds is live everywhere and
// does not count.
[[nodiscard]] std::size_t quietest_boundary(const Trace& trace, std::span<const std::size_t> ends,
                                            const ThreadRequests& requests, const Period& period);
[[nodiscard]] std::size_t quietest_boundary(const Trace& trace, const ThreadRequests& requests,
                                            const Period& period);

}  // namespace memo
