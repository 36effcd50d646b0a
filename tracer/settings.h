// What the environment asks of the tracer. Read once, at the first event.
//
//   MEMO_TRACE_FILE       where to write; default memotrace.<pid>.memo in the working directory
//   MEMO_TRACE_DEPTH      frames of a call stack kept, 0 to 64; 0: the caller only; default 64
//   MEMO_TRACE_MAX_SITES  distinct call stacks kept; default 1048576
//
// Invariants: constant after read_settings().
// Thread safety: reads, after the first event's start (recorder.cpp).
#pragma once

#include "common/trace_format.h"

#include <cstdint>

namespace memo::tracer {

inline constexpr std::uint32_t kMaxDepth = format::kMaxFrames;

struct Settings {
    char file[4000] = {};
    std::uint32_t depth = kMaxDepth;
    std::uint32_t max_sites = 1U << 20;
};

extern Settings settings;

// False where the tracer must stay silent: a setuid program, or a file name that does not fit.
[[nodiscard]] bool read_settings();

}  // namespace memo::tracer
