// Reading a trace file back (common/trace_format.h, docs/trace-format.md).
//
// A file is believed only as far as its checksums go. A chunk that is cut short, flipped or malformed is
// skipped and counted in `Trace::damaged_chunks`; reading goes on at the next chunk. Chunks and definitions
// of unknown kind are skipped. What is an error, one line that names the file: it cannot be read, it is
// empty, it is not a trace, or it is of a version this reader does not know.
//
// Invariants of a result: those of common/trace.h. A reference to something whose definition was lost is
// kNone. Memory is proportional to the file's size, whatever its counts and lengths claim. Thread safety:
// pure functions.
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
