// From a trace to the contents of a plan: finds the thread whose requests repeat, moves the round's boundary
// to its quietest point, takes the blocks of one round with their lifetimes, and places them.
//
// What becomes a slot: requests of at least `min_size` bytes whose caller lies in a module. A block that
// outlives its round becomes a left-out slot: matched at replay, so that its place in the sequence is kept,
// but served by the next allocator. A block whose size changes from round to round becomes a variable slot of
// the largest size seen. valloc and pvalloc, which name no alignment, are never planned. Thread
// safety: pure functions.
#pragma once

#include "common/periods.h"
#include "common/request_log.h"
#include "common/result.h"
#include "common/trace.h"
#include "planner/plan_builder.h"
#include "planner/problem.h"
#include "planner/solve.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace memo::planner {

// Blocks below this are left to the next allocator unless the caller says otherwise: its thread cache serves
// them from warm memory, and they are under one percent of the bytes. Planning smaller ones too saved up to 3
// % of the time and cost up to 20 MiB (results/threshold.md); memory is the figure that a plan is about.
inline constexpr Bytes kDefaultMinSize{4096};

// The name of the function of a frame; may be empty.
using NameOf = std::function<std::string(const Frame& frame)>;

// Frames of a call stack that a plan keeps, from the innermost one on.
inline constexpr std::size_t kPlannedFrames = 64;

// Rounds whose sizes change are rounds too.
inline constexpr PeriodOptions kRoundOptions{.variable_sizes = true};

// What was open around an allocation in that context (an index into the trace's table), in words; may be
// empty.
using ScopeOf = std::function<std::string(std::uint32_t context)>;

struct RoundPlanOptions {
    std::optional<std::uint32_t>
        thread;  // index into Trace::threads; none: the one with the most repeating bytes
    Bytes min_size = kDefaultMinSize;
    SolveOptions solve;
    PeriodOptions period = kRoundOptions;
    bool head_room = true;  // for slots of variable size, where it is for nothing (head_room.h)
    NameOf name_of;         // if there is one, the plan has the slots' call stacks
    ScopeOf scope_of;       // if there is one too, the stacks begin with it (docs/plan-format.md)
};

// The op tag of an allocation by its site and context (indices into the trace's tables); may be empty.
using TagOf = std::function<std::string(std::uint32_t site, std::uint32_t context)>;

struct RoundPlan {
    PlanContents contents;  // what build_plan writes
    Problem problem;        // the blocks that are placed; block i is the i-th slot that is not left out
    Outcome outcome;        // how they were placed
    std::uint32_t thread = 0;
    Period period;               // rotated to its quietest boundary
    std::uint64_t variable = 0;  // slots whose sizes change from round to round
    std::uint64_t left_out = 0;  // slots whose blocks outlive the round
    Bytes left_out_bytes;
};

// The period of one thread with its boundary where the fewest blocks are live; nothing if the thread does not
// repeat.
[[nodiscard]] std::optional<Period> find_round(const ThreadRequests& requests,
                                               const PeriodOptions& options = kRoundOptions);

// The error is one line: no thread repeats, nothing in the round is large enough, or a limit of the plan
// format. `threads` are the requests of the trace's threads, one a thread.
[[nodiscard]] Result<RoundPlan> plan_round(const Trace& trace, std::span<const ThreadRequests> threads,
                                           const TagOf& tag_of, const RoundPlanOptions& options = {});

}  // namespace memo::planner
