// Threads of our own, for what must not happen inside a request. They are to be no burden: never started in a
// process that only borrows our memory (the child of a vfork, or of a clone that shares it), and never what
// keeps a process alive whose main thread has ended.
//
// Thread safety: all functions; the first two belong to the library's constructor and to a forked child.
#pragma once

#include <chrono>
#include <ctime>

namespace memo {

// The calling thread is the main thread of the process that the library was started in. One system call.
void know_process();

// The same in a forked child. No system call but getpid.
void know_forked_process();

// Whether this is that process, and not one that shares its memory. One system call.
[[nodiscard]] bool in_own_process();

// Starts a detached thread that runs `run(argument)`, with a small stack and without the program's signals,
// which are for its own threads. False if it cannot be started, or not here. Keeps errno; allocates.
[[nodiscard]] bool start_background(void* (*run)(void*), void* argument);

// The calling thread, one of ours, gets a third of a core that a thread of the program wants too: what it has
// to do is spread over some rounds, instead of making one of them twice as long.
void step_behind();

// What the calling thread has used of the processor.
inline std::chrono::nanoseconds own_cpu_time() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// Sleeps, in a thread of ours. False at once if the main thread has ended or ends: the C library then waits
// for the last thread, so that ours must go (where the kernel does not tell, it sleeps on).
[[nodiscard]] bool sleep_in_background(std::chrono::nanoseconds time);

}  // namespace memo
