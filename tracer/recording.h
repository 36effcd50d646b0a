// What the parts of the recorder share: the phase the tracer is in, what a thread keeps in TLS, and the
// counters.
//
// Invariants: a thread is busy from the first to the last instruction of the tracer's on it, so that what it
// asks of the allocator meanwhile (or a signal's handler asks) is not recorded; counters only grow, except in
// the child of a fork. Thread safety: atomics are anybody's, the rest as it says.
#pragma once

#include "tracer/attention.h"
#include "tracer/thread_state.h"

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace memo::tracer {

enum class Phase : std::uint8_t {
    waiting,  // nothing recorded yet: the next event opens the file
    recording,
    paused,   // switched off; events pass by
    stopped,  // the file failed; events are counted as dropped
    silent,   // not ours to trace (setuid)
};

struct Recording {
    std::atomic<Phase> phase{Phase::waiting};
    bool opened = false;  // the file is there; under the trace lock

    // Takes numbers in the order of events. Sequentially consistent by itself: the number is taken between
    // the program's own synchronisation of the two threads that share an address.
    std::atomic<std::uint64_t> sequence{1};

    std::atomic<std::uint64_t> nested{0};      // events of busy threads, lost
    std::atomic<std::uint64_t> unbalanced{0};  // label pops without a push
    std::atomic<std::uint64_t> forgotten{0};   // samples that there was no room to remember
    std::uint64_t lost = 0;                    // events of chunks that could not be written; trace lock
    std::uint64_t stopped_at = 0;              // the sequence number when the file failed
    pid_t home = 0;                            // the process whose trace this is
};
extern constinit Recording recording;

// Enters a phase, and lets the exported functions know (attention.h).
void enter(Phase phase);

// Opens the file at the first event. False while there is nothing to record to.
bool start();

// Is this the child of a fork that ran no handlers? Then become_child must come before anything is written.
bool forked_unseen();
void become_child();

// Called under the trace lock once a chunk could not be written.
void stop_recording();

// Writes out what the thread has, and lets it start over.
void flush(ThreadState& state);
void flush_locked(ThreadState& state);  // under the trace lock

// A stretch of work on this thread's state; empty where nothing is to be recorded.
class Section {
  public:
    explicit Section(bool is_event = true) {
        const Phase now = recording.phase.load(std::memory_order_relaxed);
        if (now == Phase::recording && local.busy == Busy::no && local.state != nullptr) [[likely]] {
            local.busy = Busy::recording;
            state_ = local.state;
        } else {
            begin(is_event, now);
        }
    }
    ~Section() {
        if (state_ != nullptr) local.busy = Busy::no;
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    explicit operator bool() const { return state_ != nullptr; }
    ThreadState& operator*() const { return *state_; }
    ThreadState* operator->() const { return state_; }

  private:
    void begin(bool is_event, Phase now);

    ThreadState* state_ = nullptr;
};

}  // namespace memo::tracer
