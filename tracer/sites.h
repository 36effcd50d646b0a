// Call stacks as sites: nodes of one tree, from the outermost frame inwards.
//
// A site is a frame and the site of the frames outside of it, so a new stack defines only the frames in which
// it differs from all stacks before it. Stacks are taken by unwind tables (stack_memory.h); what those do not
// explain is left to libunwind, if it is there: it is dlopened into a scope of its own (linking it would put
// its _Unwind_* in front of libgcc's). Without either a site is the caller alone.
//
// Invariants: no allocation of libunwind's is recorded (the calling thread is marked busy); what is
// remembered of addresses is of the present epoch of modules.h. Thread safety: capture from any thread,
// without the trace lock.
#pragma once

#include "tracer/modules.h"
#include "tracer/settings.h"
#include "tracer/stack_memory.h"

#include <array>
#include <cstdint>

namespace memo::tracer::sites {

inline constexpr std::uint32_t kOwnFrames = 8;  // ours on top of libunwind's stack, at most

// What one thread has for taking stacks, part of its state: the program's own stack may be small.
struct Scratch {
    // A node found last: where most of them are found again.
    struct Recent {
        std::uint64_t key;  // of parent and frame
        std::uint32_t id;
    };

    StackMemory stack;
    std::array<Recent, 4096> recent;
    std::uint64_t epoch;  // of modules.h, which all of these are of
    void* frames[kMaxDepth + kOwnFrames];
    bool unwinding;  // inside libunwind; read by the child of a fork
};

// Loads libunwind; from the library's constructor.
void load_unwinder();

// The site of an allocation asked for by `caller`; kNone when the table is full.
[[nodiscard]] std::uint32_t capture(const Caller& caller, Scratch& scratch);

// Allocations that got no site because the table was full.
[[nodiscard]] std::uint64_t refused();

// In the child of a fork: forgets all sites. `unwinder_broken`: another thread was inside libunwind when the
// process forked, and may have left its lock held.
void after_fork(bool unwinder_broken);

}  // namespace memo::tracer::sites
