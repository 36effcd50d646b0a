// Does a schedule keep its promises? Written from the description of the machine in graph/schedule.h alone:
// it shares nothing with the scheduler or the buffer planner, so that one mistake cannot be made twice.
//
// Checked, in this order: every operation is on an element of its kind; it starts when its operands can be
// read; an element starts at most one operation and finishes at most one in every slot; no bank is read at
// more words a cycle than it has ports; an addend lies in the element's own bank; outputs are there at
// `latency`; and, if there are places, that every word still holds what is read from it, for all samples in
// flight, and the input memory too. Thread safety: pure function.
#pragma once

#include "scientific/hls/graph/schedule.h"

#include <string>

namespace memo::hls {

struct ValidateOptions {
    bool places = true;  // false: the schedule has none yet
};

// Empty if the schedule is valid, else one line with the first thing wrong. O(n log n).
[[nodiscard]] std::string find_fault(const Graph& graph, const Schedule& schedule,
                                     const ValidateOptions& options = {});

}  // namespace memo::hls
