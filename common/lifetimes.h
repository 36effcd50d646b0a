// How long the blocks of a period live: from the requests of a thread and their period to one lifetime per
// request of the period, the input of the planner.
//
// Within a round, time is the index of the allocation in the period. A block allocated by request i that is
// released, by any thread, after allocation k - 1 and before allocation k of its round lives in [i, k): at
// least [i, i + 1), at most [i, length). The order of releases may vary from round to round: a lifetime is
// the union of what was seen. Thread safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/request_log.h"
#include "common/units.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo {

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
// the trace ended. If no other round is left, all rounds are looked at, the first too. `period` is of these
// requests.
[[nodiscard]] RoundLifetimes round_lifetimes(const ThreadRequests& requests, const Period& period);

// The true boundary of the rounds: the index of the request of the period before which the fewest blocks are
// live, summed over the rounds; among equals the fewest bytes, then the lowest index. A block that outlives
// its round is live at every boundary it spans. What was allocated outside the rounds is live everywhere and
// does not count.
[[nodiscard]] std::size_t quietest_boundary(const ThreadRequests& requests, const Period& period);

}  // namespace memo
