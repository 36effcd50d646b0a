// The threads of the process: each gets a state at its first event, which outlives it and is given on.
//
// Invariants: the list of states only grows; a state belongs to one thread, or is retired. Thread safety: all
// functions, from any thread.
#pragma once

#include "tracer/recording.h"

namespace memo::tracer::threads {

// From the library's constructor: prepares to hear of threads that end.
void initialise();
// After it: the thread that runs the constructors may have a state already.
void adopt_present();

// The state of the calling thread, which has none yet; nullptr without memory.
[[nodiscard]] ThreadState* attach();

// The first of all states; nullptr before any thread has one.
[[nodiscard]] ThreadState* first();

// In the child of a fork, where the calling thread is the only one. True if another thread was inside the
// unwinder when the process forked.
bool after_fork();

}  // namespace memo::tracer::threads
