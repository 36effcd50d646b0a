// Chunks on their way to the file: events by column, everything compressed, and each going on from the last
// one of its thread, in runs (docs/trace-format.md).
//
// Invariants: so many runs are open at most; the thread that has been away longest makes room for another,
// and begins a new one when it comes back. Where anything fails, all runs end. Without memory to compress in,
// payloads are written as they are. Nothing is done on the program's stack that needs much of it
// (own_stack.h).
// Thread safety: everything under the trace lock.
#pragma once

#include "common/event_columns.h"
#include "common/trace_format.h"

#include <cstdint>
#include <span>

namespace memo::tracer::chunks {

// How many events a chunk holds, and so a thread's buffer.
inline constexpr std::uint32_t kMaxEvents = format::kMaxColumnEvents;

// Appends the events of a thread, in the order of their numbers. False if the file has failed.
bool append_events(std::uint32_t thread, std::span<const format::EventRecord> events, std::uint64_t begin_ns);

// Appends a payload (at most kMaxPayload) as a chunk of another kind, of which definitions come in runs.
// False if the file has failed.
bool append(format::ChunkKind kind, std::uint32_t records, std::span<const std::uint8_t> payload,
            std::uint64_t begin_ns);

// In the child of a fork, which begins a file of its own.
void after_fork();

}  // namespace memo::tracer::chunks
