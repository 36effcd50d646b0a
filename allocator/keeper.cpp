// Waiting and purging (allocator/keeper.h).
#include "allocator/keeper.h"

#include "allocator/background.h"
#include "allocator/collapse.h"
#include "allocator/environment.h"
#include "allocator/learner.h"
#include "allocator/memory_policy.h"
#include "allocator/memory_use.h"
#include "allocator/message.h"
#include "allocator/service.h"

#include <pthread.h>

#include <chrono>
#include <cstdlib>

namespace memo {
namespace {

// A fiftieth of a core at most; and not now, if the kernel has to look for huge pages for long.
bool goes_on_settling(std::chrono::nanoseconds took) {
    constexpr int kPauses = 50;
    constexpr std::chrono::milliseconds kMost{20};
    constexpr std::chrono::microseconds kNothingDone{50};
    return took < kMost && (took < kNothingDone || sleep_in_background(kPauses * took));
}

// Making huge pages takes one more for a moment (collapse.h). It is little beside a large pool; and it is
// nothing new where the process has so much less in memory than it had once.
bool has_room_for_huge_page(const Pool& pool) {
    constexpr std::uint64_t kMuch = 16 * kHugePage;
    if (pool.counts().resident >= kMuch) return true;
    const MemoryUse use = read_memory_use("/proc/self/status");
    return use.resident + kHugePage <= use.resident_peak;
}

}  // namespace

void Keeper::start(Pool& pool) {
    std::uint64_t period_ms = 10'000;
    if (const char* given = variable("MEMO_IDLE_PURGE_MS")) {
        char* end = nullptr;
        const unsigned long long value = std::strtoull(given, &end, 10);
        if (*given < '0' || *given > '9' || *end != '\0' || value > 86'400'000) {
            say("MEMO_IDLE_PURGE_MS: '%.32s' is no number of milliseconds up to a day; taking %llu", given,
                static_cast<unsigned long long>(period_ms));
        } else {
            period_ms = value;
        }
    }
    period_ = std::chrono::milliseconds(period_ms);
    if (period_ms != 0) pool_ = &pool;
}

void Keeper::run_thread() {
    if (running_.exchange(true, std::memory_order_acq_rel)) return;
    if (!start_background(run, this)) running_.store(false, std::memory_order_release);
}

// Whether there is, or may be, more to do later.
bool Keeper::keeps() {
    const bool purges = service.purge_idle();
    return learner.tend() || purges;
}

// In its course, at ever longer distances, what the pool has in memory is made into huge pages if it stays.
bool Keeper::wait_a_period(bool settles, bool may_raise_peak) const {
    constexpr std::chrono::milliseconds kFirstLook{250};
    std::chrono::nanoseconds left = period_;
    for (auto look = kFirstLook; settles && look < left; look *= 2) {
        if (!sleep_in_background(look)) return false;
        if (may_raise_peak || has_room_for_huge_page(*pool_)) settles = service.settle_pool(goes_on_settling);
        left -= look;
    }
    return sleep_in_background(left);
}

void* Keeper::run(void* self) {
    Service::step_aside();
    pthread_setname_np(pthread_self(), "memo-keeper");
    step_behind();
    auto& keeper = *static_cast<Keeper*>(self);
    const Pool& pool = *keeper.pool_;
    const bool settles =
        memory_policy.huge() != HugePages::never && !memory_policy.realtime() && system_collapses();
    bool may_raise_peak = false;  // of a program that is still there after the first period
    do {
        do {
            if (!keeper.wait_a_period(settles, may_raise_peak)) return nullptr;  // for good: `running_` stays
            may_raise_peak = true;
        } while (keeper.keeps());
        keeper.running_.store(false, std::memory_order_release);
        // Whoever made it grow just before that has not started another.
    } while (pool.is_worth_keeping() && !keeper.running_.exchange(true, std::memory_order_acq_rel));
    return nullptr;
}

}  // namespace memo
