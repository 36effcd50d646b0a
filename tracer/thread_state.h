// What one thread has of the tracer: its event buffer, its open labels and operations, and room to take a
// stack. The state is mapped at the thread's first event; TLS holds a pointer to it and one byte
// (recorder.cpp).
//
// Invariants:
// - Only its thread writes to it, except under the trace lock at exit and in the child of a fork.
// - [0, used) of the payload is whole records; `published` says so to whoever writes a snapshot at exit,
// which may
//   read those bytes as long as it holds the trace lock (the thread itself needs the lock to start over).
// - A state outlives its thread: after the thread's last destructor it is unbuffered, and once the kernel no
// longer
//   knows the thread, it is given to a new one.
// Thread safety: as above.
#pragma once

#include "common/trace_encode.h"
#include "tracer/definitions.h"
#include "tracer/sites.h"

#include <atomic>
#include <cstdint>

namespace memo::tracer {

struct ThreadState {
    static constexpr std::uint32_t kPayloadBytes = 64 * 1024 - 4096;
    static constexpr std::uint32_t kMaxNesting = 128;
    static constexpr std::size_t kNameBytes = 16;

    // Used bytes and record count of the payload, in one word.
    struct Fill {
        std::uint32_t used;
        std::uint32_t count;
    };

    ThreadState* next = nullptr;  // in the list of all states; never changes once linked
    std::atomic<bool> retired{false};
    bool unbuffered = false;
    std::uint32_t passes = 0;  // of the thread's key destructors
    std::uint32_t thread = 0;  // id in the trace
    std::uint64_t system_id = 0;
    char name[kNameBytes] = {};

    format::EventEncoder encoder;
    std::atomic<Fill> published{Fill{0, 0}};
    std::uint64_t first_sequence = 0;
    std::uint64_t begin_ns = 0;

    std::uint32_t nesting = 0;  // of open contexts; those beyond kMaxNesting are counted, not kept
    std::uint32_t open[kMaxNesting] = {};

    sites::Scratch scratch = {};
    std::uint8_t chunk[format::kChunkHeaderBytes + kPayloadBytes] = {};

    [[nodiscard]] std::uint32_t context() const {
        if (nesting == 0) return kNone;
        return open[(nesting < kMaxNesting ? nesting : kMaxNesting) - 1];
    }

    // Room for `records` more? If not: write_chunk under the trace lock, then start_over.
    [[nodiscard]] bool has_room(std::uint32_t records) const {
        return published.load(std::memory_order_relaxed).used + records * format::kMaxEventBytes <=
               kPayloadBytes;
    }
    // Must this event begin a new chunk? (A signal handler's events may have come between number and record.)
    [[nodiscard]] bool out_of_order(std::uint64_t sequence) const {
        return published.load(std::memory_order_relaxed).count > 0 && sequence <= encoder.last_sequence();
    }

    void put(const format::EventRecord& record) {
        Fill fill = published.load(std::memory_order_relaxed);
        if (fill.count == 0) {
            encoder.begin(record.sequence);
            first_sequence = record.sequence;
            begin_ns = monotonic_ns();
        }
        std::uint8_t* const payload = chunk + format::kChunkHeaderBytes;
        fill.used = static_cast<std::uint32_t>(encoder.put(payload + fill.used, record) - payload);
        ++fill.count;
        published.store(fill, std::memory_order_release);
    }

    void start_over() { published.store({0, 0}, std::memory_order_relaxed); }

    // Appends what is published as one chunk; under the trace lock, after the definitions. False if the file
    // failed.
    bool write_chunk() {
        const Fill fill = published.load(std::memory_order_acquire);
        if (fill.count == 0) return true;
        format::ChunkHeader header;
        header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
        header.thread = thread;
        header.records = fill.count;
        header.first_sequence = first_sequence;
        header.begin_ns = begin_ns;
        header.end_ns = monotonic_ns();
        header.payload_bytes = fill.used;
        format::seal_chunk(chunk, header);
        return output.append(chunk, format::kChunkHeaderBytes + fill.used);
    }
};

static_assert(std::atomic<ThreadState::Fill>::is_always_lock_free);

}  // namespace memo::tracer
