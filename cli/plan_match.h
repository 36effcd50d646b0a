// Whether a plan is of a trace: the same requests with the same lifetimes, in the round of one of its
// threads. Thread safety: pure function.
#pragma once

#include "common/plan_view.h"
#include "common/result.h"
#include "common/trace.h"
#include "planner/round_plan.h"

namespace memo::cli {

// The round of the trace that the plan is of (its blocks placed anyhow). The error is where the first round
// that there is and the plan part ways.
[[nodiscard]] Result<planner::RoundPlan> matching_round(const Trace& trace,
                                                        std::span<const ThreadRequests> threads,
                                                        const PlanView& plan);

}  // namespace memo::cli
