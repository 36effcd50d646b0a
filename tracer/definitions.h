// Definitions on their way to the file: modules, frames, nodes, contexts, notes and threads, in one buffer
// for all threads.
//
// Invariants: flushed before any event chunk is appended, so that a definition always precedes its use in the
// file; ids are given out by the tables (modules.h, frames.h, contexts.h), which publish them only after the
// call here. Nodes (nodes.h) are the exception: flushing asks for those that are new. Thread safety:
// everything under the trace lock.
#pragma once

#include "common/trace_format.h"
#include "tracer/nodes.h"
#include "tracer/output.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace memo::tracer {

extern Output output;

namespace definitions {

void module(std::uint32_t id, std::uint64_t base, std::uint64_t size, std::string_view path,
            std::span<const std::uint8_t> build_id);
// The place `offset` beyond the load bias of a module, or just an address (kNone).
void frame(std::uint32_t id, std::uint32_t module, std::uint64_t offset);
void node(std::uint32_t id, const Node& node);
void context(std::uint32_t id, std::uint32_t parent, ContextSource source, std::string_view name);
// Allocations are recorded every so many bytes on average.
void sampling(std::uint64_t mean_bytes);
void note(std::string_view text);
void thread(std::uint32_t id, std::uint64_t system_id, std::string_view name);

// Appends to the file what is buffered, and the nodes that have been entered so far; false if the file has
// failed.
bool flush();

// Forgets what is buffered (the child of a fork).
void clear();

}  // namespace definitions

std::uint64_t monotonic_ns();

}  // namespace memo::tracer
