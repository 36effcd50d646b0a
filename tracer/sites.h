// Call stacks: taking them, and interning them as sites.
//
// libunwind is dlopened into a scope of its own (linking it would put its _Unwind_* in front of libgcc's);
// its unw_backtrace keeps what it learnt of each address, and costs 0.2 microseconds a stack. Before it is
// there, and without it, a site is the caller alone.
//
// Invariants: no allocation of libunwind's is recorded (the calling thread is marked busy); the hash of a
// site covers the epoch of modules.h, so that addresses whose library was replaced make new sites. Thread
// safety: capture from any thread, without the trace lock.
#pragma once

#include "tracer/modules.h"
#include "tracer/settings.h"

#include <cstdint>

namespace memo::tracer::sites {

inline constexpr std::uint32_t kOwnFrames = 8;  // ours on top of the stack, at most

// Room for one stack, part of each thread's state: the program's own stack may be small.
struct Scratch {
    void* frames[kMaxDepth + kOwnFrames];
    ModuleView views[kMaxDepth];
    bool unwinding;  // inside libunwind; read by the child of a fork
};

// Loads libunwind; from the library's constructor.
void load_unwinder();

// The site of an allocation asked for at `caller`; kNone when the table is full.
[[nodiscard]] std::uint32_t capture(const void* caller, Scratch& scratch);

// Allocations that got no site because the table was full.
[[nodiscard]] std::uint64_t refused();

// In the child of a fork: forgets all sites. `unwinder_broken`: another thread was inside libunwind when the
// process forked, and may have left its lock held.
void after_fork(bool unwinder_broken);

}  // namespace memo::tracer::sites
