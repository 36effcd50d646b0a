// What the report's page shows, as JSON: small things as they are, large ones as columns
// (cli/report/columns.h). The page draws and adds up; everything is decided and counted here. Bounded: a
// report does not grow with its trace beyond a few MiB.
//
// docs/report.md says what each figure means. Thread safety: none (names are looked up).
#pragma once

#include "cli/frame_table.h"
#include "cli/json.h"
#include "cli/origins.h"
#include "cli/report/round_map.h"
#include "cli/rounds.h"
#include "cli/stacks.h"
#include "cli/timeline.h"
#include "cli/trace_totals.h"
#include "common/op_tags.h"
#include "common/plan_view.h"
#include "common/trace.h"

#include <span>
#include <vector>

namespace memo::cli {

// program, arguments, totals, notes and losses.
[[nodiscard]] Json overview_data(const Trace& trace, const EventCount& count, const Summary& summary,
                                 const Requesters& requesters, const OpTags& tags);

// Bins, rows and cells.
[[nodiscard]] Json timeline_data(const Timeline& timeline);

// The tree of stacks: functions, modules, parents and weights.
[[nodiscard]] Json stacks_data(const Trace& trace, std::span<const Origin> origins, const FrameTable& frames);

// period_json of each thread.
[[nodiscard]] Json rounds_data(const Trace& trace, const std::vector<ThreadRounds>& threads,
                               StackNames& stacks);

// The plan's figures, its peak with the blame for it, and the map of its round.
[[nodiscard]] Json plan_data(const PlanView& plan, const RoundMap& map);

}  // namespace memo::cli
