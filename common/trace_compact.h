// Rewriting a trace for keeping: its blocks in columns with their lifetimes, its stacks as one tree,
// compressed hard (docs/trace-format.md, "Compact traces"). Every reader reads it as any other. What is lost:
// the contexts of frees; when chunks were written; and, unless they are asked for, the addresses. Memory: the
// tables, what is live at once, and a chunk. Thread safety: as the source's.
#pragma once

#include "common/trace_source.h"

#include <cstdint>
#include <functional>
#include <span>

namespace memo {

struct CompactOptions {
    bool keep_addresses = false;
    int level = 19;  // of Zstandard
};

struct CompactCounts {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
};

// Calls `write` with the bytes of the compact trace, in order. Walks over the source twice.
[[nodiscard]] CompactCounts write_compact(TraceSource& source, const CompactOptions& options,
                                          const std::function<void(std::span<const std::uint8_t>)>& write);

}  // namespace memo
