// A trace in the formats of other people's viewers. Each writes piece by piece and holds no more than one row
// a call stack and what is live at a moment, but for the ends of blocks (jsonl); none loses a byte of the
// totals that `memo top` says. docs/export.md says what each format carries and what it cannot.
//
// Times: a trace orders events and does not time them, so where a format wants a time it gets the event's
// number, as if each took a microsecond. Thread safety: none; one export at a time to a file.
#pragma once

#include "cli/frame_table.h"
#include "cli/origins.h"
#include "cli/whole_file.h"
#include "common/op_tags.h"
#include "common/trace_source.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo::cli {

// What the exports look at.
struct Exported {
    TraceSource& source;
    const Trace& trace;  // of the source
    const EventCount& count;
    const Summary& summary;
    Requesters& requesters;
    const OpTags& tags;
    const FrameTable& frames;
};

// What a stack weighs, where a format has room for one weight.
enum class Weight : std::uint8_t { allocated, peak, temporary, allocations };
inline constexpr std::size_t kWeights = 4;

// "allocated", "peak", "temporary", "allocations".
[[nodiscard]] std::string_view weight_name(Weight weight);
[[nodiscard]] std::uint64_t weight_of(const Group& cost, Weight weight);

// Stacks of functions, outermost first, each once: different addresses in the same functions are one stack.
using Weights = std::array<std::uint64_t, kWeights>;  // by Weight
struct FunctionStack {
    std::vector<std::uint32_t> functions;  // indices into FrameTable::functions()
    Weights weights = {};
};
[[nodiscard]] std::vector<FunctionStack> function_stacks(const Exported& what);

// profile.proto of pprof, gzipped: allocated and live-at-the-peak objects and bytes, temporary ones too; the
// op tag is the label "op".
void export_pprof(const Exported& what, WholeFile& out);
// A line a distinct stack, outermost function first: "main;run;malloc 4096".
void export_collapsed(const Exported& what, Weight weight, WholeFile& out);
// A profile a weight, all over the same frames.
void export_speedscope(const Exported& what, WholeFile& out);
// Chrome's trace events: live bytes by op tag, the rounds of each thread, and the largest blocks.
void export_perfetto(const Exported& what, WholeFile& out);
// What heaptrack_interpret writes, for heaptrack_print and heaptrack_gui.
void export_heaptrack(const Exported& what, WholeFile& out);
// A JSON object a line: the trace, its modules, threads, frames and stacks, then every event. Keeps 16 bytes
// an allocation in memory, which must be no more than this.
inline constexpr std::uint64_t kMostJsonlAllocations = std::uint64_t{32} << 20U;
void export_jsonl(const Exported& what, WholeFile& out);

}  // namespace memo::cli
