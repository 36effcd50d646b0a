// OpenHLS's scheduled MLIR (`*.sched.mlir`, what its scheduling pass writes) as a graph and a schedule, so
// that its schedules are validated and simulated by the same code as ours.
//
// A line of the file is an operation:
//   %v_9 = "fmac"(%v_1, %v_2, %v_3) {lpStartTime = 7 : i32, op_id = "4", opr = "fmac.2", pe = "(0, 1)"} : ...
// opr is fadd, fsub, fmul, fdiv, fmax, frelu, fneg, copy, arith.constant or fmac, whose operands are a first
// addend and pairs of factors: it becomes a chain, whose k-th product starts 3 k cycles (an addition) after
// the first. An element is a `pe`; each of its kinds of operator is a core of its own there, so what may not
// overlap in one cycle are operations of one kind. Results lie in registers. Latencies are in the function's
// `operatortypes`. The arguments of the function are the sample. Thread safety: pure function.
#pragma once

#include "common/result.h"
#include "scientific/hls/graph/schedule.h"

#include <string_view>

namespace memo::hls {

struct ImportedSchedule {
    Graph graph;
    Schedule schedule;  // without places; interval = latency: OpenHLS's state machine runs a sample at a time
};

// The error begins with the line's number.
[[nodiscard]] Result<ImportedSchedule> parse_openhls(std::string_view text);

}  // namespace memo::hls
