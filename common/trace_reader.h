// Reading a trace file whole (common/trace_file.h reads them as they pass, and says what is believed of a
// file and what is an error). Memory grows with the trace, 64 bytes an event. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "common/trace.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace memo {

[[nodiscard]] Result<Trace> read_trace(const std::string& path);

// The same for bytes in memory; `name` stands for the file in error lines.
[[nodiscard]] Result<Trace> parse_trace(std::span<const std::uint8_t> bytes, std::string_view name);

// "malloc", "posix_memalign", "operator new", ...
[[nodiscard]] std::string_view entry_point_name(EntryPoint entry);

}  // namespace memo
