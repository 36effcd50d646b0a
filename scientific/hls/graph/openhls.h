// OpenHLS's scheduled MLIR (`*.sched.mlir`, what its scheduling pass writes) as a graph and a schedule, so
// that its schedules are validated and simulated by the same code as ours.
//
// A line of the file is an operation:
//   %v_9 = "fmac"(%v_1, %v_2, %v_3) {lpStartTime = 7 : i32, op_id = "4", opr = "fmac.2", pe = "(0, 1)"} : ...
//   %cst = arith.constant {op_id = "5", opr = "arith.constant", pe = "(-1,)"} 5.000000e-01 : f32
// opr is fadd, fsub, fmul, fdiv, fmax, frelu, fneg, copy, arith.constant or fmac, whose operands are a first
// addend and pairs of factors: it becomes a chain, whose k-th product starts 3 k cycles (an addition) after
// the first. A copy of a result starts when that is ready, whatever its lpStartTime says, as OpenHLS's RTL
// has it. An element is a `pe`; each of its kinds of operator is a core of its own there, so what may not
// overlap in one cycle are operations of one kind. Results lie in registers. Latencies are in the function's
// `operatortypes`. The arguments of the function are the sample. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/graph/schedule.h"

#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

struct ImportedSchedule {
    Graph graph;
    // Without places; latency: when the function returns; interval = latency + 1: the state machine runs a
    // sample at a time.
    Schedule schedule;
    std::vector<std::string> names;     // of the values, by node; the sums inside an fmac have one too
    std::vector<std::string> inputs;    // names of the arguments, without %, in their order: that of a sample
    std::vector<std::string> outputs;   // likewise of Graph::outputs
    std::vector<std::string> elements;  // "fadd (0, 1)", by element
};

// The error begins with the line's number.
[[nodiscard]] Result<ImportedSchedule> parse_openhls(std::string_view text);

// What OpenHLS's RTL needs beyond the rules of the machine (schedule/validator.h): an fmac is at work on the
// fmul and the fadd core of its element, and a result that is no copy is only to be had while its core has
// not finished another one. Empty if the schedule heeds that, else one line about the first that does not.
[[nodiscard]] std::string find_core_fault(const ImportedSchedule& imported);

}  // namespace memo::hls
