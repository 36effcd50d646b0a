// What one thread has of the tracer: its event buffer, its open labels and operations, and room to take a
// stack. The state is mapped at the thread's first event; TLS holds a pointer to it and one byte
// (recorder.cpp).
//
// Invariants:
// - Only its thread writes to it, except under the trace lock at exit and in the child of a fork.
// - events[0, published) are whole; whoever writes a snapshot at exit may read them as long as it holds the
//   trace lock (the thread itself needs the lock to start over).
// - A state outlives its thread: after the thread's last destructor it is unbuffered, and once the kernel no
//   longer knows the thread, it is given to a new one.
// - A new one is pages of zeros, which nobody writes to before there is need: 400 KiB are a lot for a thread
//   that asks for little.
// Thread safety: as above.
#pragma once

#include "common/trace_encode.h"
#include "tracer/chunks.h"
#include "tracer/definitions.h"
#include "tracer/sampler.h"
#include "tracer/sites.h"

#include <atomic>
#include <cstdint>

namespace memo::tracer {

struct ThreadState {
    static constexpr std::uint32_t kMaxNesting = 128;
    static constexpr std::size_t kNameBytes = 16;

    ThreadState* next = nullptr;  // in the list of all states; never changes once linked
    std::atomic<bool> retired{false};
    bool unbuffered = false;
    std::uint32_t passes = 0;  // of the thread's key destructors
    std::uint32_t thread = 0;  // id in the trace
    std::uint64_t system_id = 0;
    char name[kNameBytes] = {};

    std::atomic<std::uint32_t> published{0};  // events in the buffer
    std::uint64_t begin_ns = 0;

    std::uint32_t nesting = 0;  // of open contexts; those beyond kMaxNesting are counted, not kept
    std::uint32_t open[kMaxNesting] = {};

    Gaps gaps;              // between samples
    bool sampling = false;  // the first gap has been drawn

    sites::Scratch scratch = {};
    format::EventRecord events[chunks::kMaxEvents] = {};

    [[nodiscard]] std::uint32_t context() const {
        if (nesting == 0) return kNone;
        return open[(nesting < kMaxNesting ? nesting : kMaxNesting) - 1];
    }

    [[nodiscard]] std::uint32_t count() const { return published.load(std::memory_order_relaxed); }

    // Room for `records` more? If not: write_chunk under the trace lock, then start_over.
    [[nodiscard]] bool has_room(std::uint32_t records) const {
        return count() + records <= chunks::kMaxEvents;
    }
    // Must this event begin a new chunk? (A signal handler's events may have come between number and record.)
    [[nodiscard]] bool out_of_order(std::uint64_t sequence) const {
        return count() > 0 && sequence <= events[count() - 1].sequence;
    }

    // The record to be filled in next, and published then.
    [[nodiscard]] format::EventRecord& next_record() { return events[count()]; }
    void publish() {
        const std::uint32_t at = count();
        if (at == 0) begin_ns = monotonic_ns();
        published.store(at + 1, std::memory_order_release);
    }
    void put(const format::EventRecord& record) {
        next_record() = record;
        publish();
    }

    void start_over() { published.store(0, std::memory_order_relaxed); }

    // Appends what is published as one chunk, and before it whatever that refers to; under the trace lock.
    // False if the file failed.
    bool write_chunk() {
        const std::uint32_t held = published.load(std::memory_order_acquire);  // before definitions are
        if (!definitions::flush()) return false;
        return held == 0 || chunks::append_events(thread, {events, held}, begin_ns);
    }
};

}  // namespace memo::tracer
