// Who works at a pace, and when a rest is due (allocator/pace.h).
#include "allocator/pace.h"

#include "allocator/background.h"
#include "common/pause_point.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace memo {
namespace {

using std::chrono::steady_clock;

// A thread finds its own here, and reads no other's: thread-local memory is scarce in a library that is
// preloaded.
struct Working {
    std::atomic<std::uintptr_t> thread;  // 0: nobody; taking and leaving it orders `pace`
    Pace* pace;                          // the thread's own
};
constinit Working working[Pace::kMost] = {};

[[nodiscard]] Working* working_as(std::uintptr_t thread) {
    const auto* const end = std::end(working);
    auto* const found = std::find_if(std::begin(working), std::end(working), [thread](const Working& one) {
        return one.thread.load(std::memory_order_relaxed) == thread;
    });
    return found == end ? nullptr : found;
}

}  // namespace

Pace::Pace(unsigned rests) : rests_(rests), looked_(steady_clock::now()), rested_(own_cpu_time()) {
    at_pause_point.store(&Pace::at_point, std::memory_order_relaxed);
    for (Working& place : working) {
        std::uintptr_t nobody = 0;
        if (!place.thread.compare_exchange_strong(nobody, pthread_self(), std::memory_order_acquire))
            continue;
        place.pace = this;
        return;
    }
}

Pace::~Pace() {
    if (Working* const place = working_as(pthread_self())) place->thread.store(0, std::memory_order_release);
}

void Pace::after_fork() {
    for (Working& place : working) place.thread.store(0, std::memory_order_relaxed);
}

void Pace::at_point() {
    if (const Working* const place = working_as(pthread_self())) place->pace->rest_if_due();
}

void Pace::rest_if_due() {
    const auto now = steady_clock::now();
    if (rests_ == 0 || now - looked_ < kPiece) return;
    looked_ = now;
    const auto used = own_cpu_time();
    if (used - rested_ < kPiece) return;
    const auto rest = rests_ * (used - rested_);
    if (!sleep_in_background(rest)) rests_ = 0;
    looked_ = steady_clock::now();
    rested_ = own_cpu_time();
}

}  // namespace memo
