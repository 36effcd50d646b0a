// Definitions on their way to the file: modules, sites, contexts, notes and threads, in one buffer for all
// threads.
//
// Invariants: flushed before any event chunk is appended, so that a definition always precedes its use in the
// file; ids are given out by the tables (sites.h, modules.h, contexts.h), which publish them only after the
// call here. Thread safety: everything under the trace lock.
#pragma once

#include "common/trace_format.h"
#include "tracer/output.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace memo::tracer {

extern Output output;

// A frame that knows its module's id.
struct DefinedFrame {
    std::uint32_t module = kNone;
    std::uint64_t offset = 0;
};

namespace definitions {

void module(std::uint32_t id, std::uint64_t base, std::uint64_t size, std::string_view path,
            std::span<const std::uint8_t> build_id);
// A frame below the site `parent`, or the outermost one (kNone).
void site(std::uint32_t id, std::uint32_t parent, DefinedFrame frame);
// What stands for the frames of a stack that were not kept.
void cut_site(std::uint32_t id);
void context(std::uint32_t id, std::uint32_t parent, ContextSource source, std::string_view name);
// Allocations are recorded every so many bytes on average.
void sampling(std::uint64_t mean_bytes);
void note(std::string_view text);
void thread(std::uint32_t id, std::uint64_t system_id, std::string_view name);

// Appends what is buffered to the file; false if the file has failed.
bool flush();

// Forgets what is buffered (the child of a fork).
void clear();

}  // namespace definitions

std::uint64_t monotonic_ns();

}  // namespace memo::tracer
