// What is known of a place in the code that a call stack may come through: its id in the trace, and the rule
// for getting from there to the frame above.
//
// Invariants: a frame is its module and the offset in it, so it keeps its id when another library is
// unloaded; it is defined in the trace before anyone learns its id. Thread safety: find from any thread,
// without the trace lock, which it takes for an address that is new.
#pragma once

#include "common/trace.h"
#include "tracer/frame_rules.h"

#include <cstdint>

namespace memo::tracer {

// The id of frames that call stacks go through and that no trace shows.
inline constexpr std::uint32_t kUnseen = kNone - 1;

struct KnownFrame {
    std::uint32_t
        id;  // kNone: there are more of them than we keep; kUnseen: it is a plug-in's, not the program's
    std::uint32_t rule;  // FrameRule::packed
};

namespace frames {

// The frame whose execution goes on at `return_address`.
[[nodiscard]] KnownFrame find(std::uintptr_t return_address);

// In the child of a fork: forgets all frames.
void after_fork();

}  // namespace frames
}  // namespace memo::tracer
