// A lock that is waited for, but not for ever: whoever cannot have it does without what it guards. So a
// signal handler that interrupted the holder gets on at once, a forked child whose holder stayed behind in
// the parent too, and everybody if the holder's thread ended inside it.
//
// Why waiting is right otherwise: the holder is mostly a thread that was not let run for a moment, and a
// block that the next allocator makes meanwhile stays with it, and lies beside the free ones here.
//
// Thread safety: all functions; `release` by the holder.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace memo {

enum class Patience : std::uint8_t { none, some };

class PatientLock {
  public:
    [[nodiscard]] bool take(Patience patience = Patience::some) {
        return attempt() || (patience == Patience::some && wait());
    }
    // Nobody will ever have it: who had it stayed behind in the parent.
    [[nodiscard]] bool is_dead() const { return holder_.load(std::memory_order_relaxed) == kDead; }
    void release() {
        releases_.store(releases_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        holder_.store(kNobody, std::memory_order_release);
        if (asleep_.load(std::memory_order_relaxed)) [[unlikely]]
            wake_one();
    }

    // In a forked child: who has it is not here, or is the thread that forked, in a signal handler, and will
    // release it.
    void after_fork() {
        if (holder_.load(std::memory_order_relaxed) != kNobody)
            holder_.store(kDead, std::memory_order_relaxed);
    }

  private:
    static constexpr unsigned kLooks = 1024;            // before it sleeps: some tens of microseconds
    static constexpr std::chrono::seconds kLongest{1};  // for one holder: many slices of a crowded machine
    static constexpr std::uintptr_t kNobody = 0;
    static constexpr std::uintptr_t kDead = 1;

    [[nodiscard]] static std::uintptr_t self() { return pthread_self(); }  // an address
    [[nodiscard]] bool attempt() {
        std::uintptr_t holder = holder_.load(std::memory_order_relaxed);
        return holder == kNobody &&
               holder_.compare_exchange_strong(holder, self(), std::memory_order_acquire);
    }
    [[nodiscard]] bool wait();
    void sleep_until_released(std::uint32_t releases);
    void wake_one();

    std::atomic<std::uintptr_t> holder_{kNobody};
    std::atomic<std::uint32_t> releases_{0};
    std::atomic<std::uint32_t> given_up_{0};  // one more than `releases_` when somebody had waited in vain
    std::atomic<bool> asleep_{false};         // somebody may be
};

// Has it, if it could be had, until the end of the scope.
class Held {
  public:
    explicit Held(PatientLock& lock, Patience patience = Patience::some)
        : lock_(lock), has_(lock.take(patience)) {}
    ~Held() {
        if (has_) lock_.release();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    explicit operator bool() const { return has_; }

  private:
    PatientLock& lock_;
    bool has_;
};

}  // namespace memo
