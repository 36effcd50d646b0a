// What the tracer took in the traced process: a note that it leaves at the process's end
// (docs/trace-format.md). Thread safety: pure functions.
#pragma once

#include "common/trace.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memo::cli {

struct TracerCost {
    std::uint64_t writing_ns = 0;    // CPU time
    std::uint64_t memory_bytes = 0;  // of its buffers and tables

    bool operator==(const TracerCost&) const = default;
};

// Nothing if the text is another note.
[[nodiscard]] std::optional<TracerCost> tracer_cost_in(std::string_view note);

// The last one; nothing if the process did not reach its end.
[[nodiscard]] std::optional<TracerCost> tracer_cost(const Trace& trace);

// All other notes.
[[nodiscard]] std::vector<std::string> notes_beside_cost(const Trace& trace);

}  // namespace memo::cli
