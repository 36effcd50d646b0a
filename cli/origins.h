// Where a trace's bytes come from: one origin for each call stack and op tag that go together, with what it
// comes to. Every view that adds up stacks (the flame graph, pprof, collapsed stacks, speedscope) is a sum
// over these, so that all of them agree with `memo top`. Thread safety: pure function.
#pragma once

#include "cli/trace_totals.h"
#include "common/op_tags.h"

#include <cstdint>
#include <vector>

namespace memo::cli {

struct Origin {
    std::uint32_t site = kNone;
    std::uint32_t tag = 0;  // index into OpTags::tags()
    Group cost;             // its key is the origin's index
};

// In order of first appearance.
[[nodiscard]] std::vector<Origin> origins_of(const Summary& summary, const Requesters& requesters,
                                             const OpTags& tags);

}  // namespace memo::cli
