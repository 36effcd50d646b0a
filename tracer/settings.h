// What the environment asks of the tracer. Read once, at the first event.
//
//   MEMO_TRACE_FILE       where to write; default memotrace.<pid>.memo in the working directory
//   MEMO_TRACE_DEPTH      frames of a call stack kept, 0 to 512; 0: the caller only; default 512
//   MEMO_TRACE_MAX_SITES  nodes of the tree of call stacks kept; default 4194304
//   MEMO_TRACE_SAMPLE     record an allocation every so many bytes on average; 0: every allocation; default 0
//   MEMO_TRACE_SCOPES     1: plug-ins also report scopes that take time to find out (TorchScript's modules)
//   MEMO_TRACE_PAUSED     1: record nothing until the signal comes
//   MEMO_TRACE_SIGNAL     the signal (a number) that switches recording off and on again; default none
//
// Invariants: constant after read_settings().
// Thread safety: reads, after the first event's start (recorder.cpp).
#pragma once

#include <cstdint>

namespace memo::tracer {

inline constexpr std::uint32_t kMaxDepth = 512;

struct Settings {
    char file[4000] = {};
    std::uint32_t depth = kMaxDepth;
    std::uint32_t max_sites = 1U << 22;
    std::uint32_t sample_bytes = 0;
    std::uint32_t signal = 0;
    bool paused = false;
    bool scopes = false;
};

extern Settings settings;

// False where the tracer must stay silent: a setuid program, or a file name that does not fit.
[[nodiscard]] bool read_settings();

}  // namespace memo::tracer
