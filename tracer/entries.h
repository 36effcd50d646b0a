// Where the busiest functions of the family lead at the moment: to the next allocator itself while the tracer
// is switched off, past the sampler, or into the recorder. So a tracer that is switched off costs a jump.
//
// Each is entered by a jump from the exported function, which leaves no frame: its return address is the
// program's.
//
// Invariants: an entry always points at something callable. They change one by one: a thread may for a moment
// meet some of before and some of after, each of which is right by itself. Thread safety: the program's
// threads read at any time; `choose` is called by `enter` (recording.h) alone, and once from the constructor.
#pragma once

#include "tracer/attention.h"

#include <atomic>
#include <cstddef>

namespace memo::tracer {

struct Entries {
    std::atomic<void* (*)(std::size_t)> malloc;
    std::atomic<void* (*)(std::size_t, std::size_t)> calloc;  // its product did not overflow
    std::atomic<void (*)(void*)> free;                        // never of nullptr, here as below
    std::atomic<void (*)(void*)> operator_delete;
    // Of the next allocator, but for blocks that were never its own.
    std::atomic<void (*)(void*)> pass_on;

    void choose(Attention now);
};
extern constinit Entries entries [[gnu::visibility("hidden")]];

}  // namespace memo::tracer
