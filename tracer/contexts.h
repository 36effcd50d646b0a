// The tree of labels and operations (Context in common/trace.h), interned for the whole process.
//
// Invariants: a node never changes; a parent's id is below its children's; kept over a fork, where the child
// defines the tree again in its own file (so that labels that were open stay open). Thread safety: find and
// source_of and name_of from any thread; the rest under the trace lock.
#pragma once

#include "common/trace.h"

#include <cstdint>
#include <string_view>

namespace memo::tracer::contexts {

inline constexpr std::size_t kMaxName = 512;  // longer names are cut

// The identity of a node, never 0.
[[nodiscard]] std::uint64_t hash_of(std::uint32_t parent, ContextSource source, std::string_view name);

// The id of a known node, or kNone.
[[nodiscard]] std::uint32_t find(std::uint64_t hash);

// The id of a node, defined in the trace if it is new; kNone when there are more nodes than we keep.
[[nodiscard]] std::uint32_t intern(std::uint64_t hash, std::uint32_t parent, ContextSource source,
                                   std::string_view name);

[[nodiscard]] ContextSource source_of(std::uint32_t id);
// Ends with a zero byte, and is kept.
[[nodiscard]] const char* name_of(std::uint32_t id);

// Defines every known node in the (new) trace file.
void define_all();

}  // namespace memo::tracer::contexts
