// Whether an event is worth a look: what the exported functions ask before they do anything, so that a
// tracer that is switched off costs next to nothing.
//
// Invariants: what is asked for is one word of the process, and one of the thread's while sampling. Thread
// safety: functions, from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo::tracer {

struct ThreadState;

enum class Busy : std::uint8_t {
    no,
    recording,  // inside the tracer: an event that comes now is a signal handler's, and is lost
    own_work,   // the tracer allocates for itself
};

// Per thread, 24 bytes of initial-exec TLS.
struct Local {
    ThreadState* state;
    std::int64_t until_sample;  // bytes to the next sample; while sampling
    Busy busy;
};
extern constinit thread_local Local local [[gnu::visibility("hidden")]];

enum class Attention : std::uint8_t {
    every,    // every event
    sampled,  // allocations now and then
    none,     // switched off
};
extern constinit std::atomic<Attention> attention [[gnu::visibility("hidden")]];

[[nodiscard]] inline bool is_switched_off() {
    return attention.load(std::memory_order_relaxed) == Attention::none;
}

namespace sampled {

// Counts the bytes of an allocation. Is the next sample due?
[[nodiscard]] inline bool is_due(std::size_t size) {
    local.until_sample -= static_cast<std::int64_t>(size);
    return local.until_sample < 0;
}

// How many blocks that are remembered (sampler.h) share a place in this table, by address: most blocks that
// are released are seen not to be among them here, in cache lines that are near where their heap is small.
inline constexpr std::size_t kPlaces = 16384;
extern constinit std::atomic<std::uint8_t> remembered_at[kPlaces] [[gnu::visibility("hidden")]];

[[nodiscard]] inline std::size_t place_of(const void* block) {
    return reinterpret_cast<std::uintptr_t>(block) / 16 % kPlaces;
}

[[nodiscard]] inline bool may_be_remembered(const void* block) {
    return remembered_at[place_of(block)].load(std::memory_order_relaxed) != 0;
}

}  // namespace sampled

// Of an allocation; while sampling, counts its bytes.
[[nodiscard]] inline bool is_wanted(std::size_t size) {
    const Attention now = attention.load(std::memory_order_relaxed);
    if (now == Attention::every) [[likely]]
        return true;
    if (now == Attention::none) return false;
    return sampled::is_due(size);
}

// Of a release.
[[nodiscard]] inline bool is_release_wanted(const void* block) {
    const Attention now = attention.load(std::memory_order_relaxed);
    if (now == Attention::every) [[likely]]
        return true;
    return now == Attention::sampled && sampled::may_be_remembered(block);
}

}  // namespace memo::tracer
