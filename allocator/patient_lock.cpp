// Waiting (allocator/patient_lock.h).
#include "allocator/patient_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

namespace memo {

bool PatientLock::wait() {
    const std::uintptr_t holder = holder_.load(std::memory_order_relaxed);
    if (holder == self() || holder == kDead) return false;
    for (unsigned look = 0; look < kLooks; ++look) {
        if (attempt()) return true;
        __builtin_ia32_pause();
    }
    using Clock = std::chrono::steady_clock;
    auto late = Clock::now() + kLongest;
    for (std::uint32_t seen = releases_.load(std::memory_order_relaxed);;) {
        const std::uint32_t releases = releases_.load(std::memory_order_relaxed);
        if (given_up_.load(std::memory_order_relaxed) == releases + 1) return false;
        // Before the attempt, and it stays so if that succeeds: there may be more sleepers.
        asleep_.store(true, std::memory_order_relaxed);
        if (attempt()) return true;
        if (std::exchange(seen, releases) != releases) late = Clock::now() + kLongest;
        if (Clock::now() > late) given_up_.store(releases + 1, std::memory_order_relaxed);
        sleep_until_released(releases);
    }
}

// Or a little longer: a release may just not have seen that somebody sleeps.
void PatientLock::sleep_until_released(std::uint32_t releases) {
    const int saved_errno = errno;
    const timespec longest{.tv_sec = 0, .tv_nsec = 1'000'000};
    syscall(SYS_futex, &releases_, FUTEX_WAIT_PRIVATE, releases, &longest, nullptr, 0);
    errno = saved_errno;
}

void PatientLock::wake_one() {
    const int saved_errno = errno;
    asleep_.store(false, std::memory_order_relaxed);
    syscall(SYS_futex, &releases_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    errno = saved_errno;
}

}  // namespace memo
