// Puts every operation of a graph on an element and into a cycle, under a limit of elements.
//
// A chain of fmacs stays on one element. Up to `accumulators` chains of one length and layer are interleaved
// there, one product a cycle in turn, so that the adder's latency is hidden: a chain alone waits for its own
// sum. Chains are first shared out, the longest first, to the element with the least work (LPT, Graham 1969),
// which keeps the elements equally full; if that leaves no room for the last ones, to the fullest element
// with room for it whose rest other chains can fill. Then list scheduling: of the chains and operations whose
// operands are placed, that with the earliest latest start (ALAP) is placed next, as early as it can be.
//
// Pipelined, slots are counted modulo the interval (Rau 1994): each element has `interval` of them, and as a
// graph has no cycles, an interval is met as soon as all find a slot. The smallest one is looked for from the
// lower bound upwards; of what is tried at it, the schedule of the least latency is taken. Near the bound
// what is placed last waits for the last free slots, so runs of small layers are placed first (segments.h),
// each from a cycle of its own, its anchor, as if its operands were there; then the large layers, in order; a
// small run is moved by whole intervals, which keeps its slots, to where its operands are. Anchors are chosen
// by trying: from how long the run had to wait the last time.
//
// Without pipelining a sample begins when the one before is done: interval = latency.
//
// `places` stay empty: buffers/ fills them. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/graph/schedule.h"

#include <cstdint>

namespace memo::hls {

struct ScheduleOptions {
    std::uint32_t elements = 1296;  // of both kinds together
    bool pipelined = true;
    std::uint32_t interval = 0;  // the one wanted; 0: the smallest one found
    std::uint32_t accumulators =
        0;                         // chains interleaved on an element; 0: as many as an addition takes cycles
    std::uint32_t read_ports = 0;  // of a bank; 0: registers, read by anyone
    Latencies latencies;
};

// The error says which interval cannot be met, and why: the layer whose operation found no slot.
[[nodiscard]] Result<Schedule> schedule(const Graph& graph, const ScheduleOptions& options);

}  // namespace memo::hls
