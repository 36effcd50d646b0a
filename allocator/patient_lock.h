// A lock on which nobody sleeps: whoever finds it taken looks a bounded number of times, and then does
// without what it guards. So a signal handler that interrupted the holder, or a forked child whose holder
// stayed behind in the parent, gets on.
//
// Thread safety: all functions; `release` by the holder.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

namespace memo {

class PatientLock {
  public:
    static constexpr unsigned kPatience = 2048;  // looks: some tens of microseconds

    [[nodiscard]] bool take(unsigned patience = kPatience) {
        for (unsigned look = 0; look < patience; ++look) {
            State state = state_.load(std::memory_order_relaxed);
            if (state == State::dead) return false;
            if (state == State::open &&
                state_.compare_exchange_strong(state, State::taken, std::memory_order_acquire))
                return true;
            if (look % kYield == kYield - 1) sched_yield();
            __builtin_ia32_pause();
        }
        return false;
    }
    // Nobody will ever have it: who had it stayed behind in the parent.
    [[nodiscard]] bool is_dead() const { return state_.load(std::memory_order_relaxed) == State::dead; }
    void release() { state_.store(State::open, std::memory_order_release); }

    // In a forked child: who has it is not here, or is the thread that forked, in a signal handler, and will
    // release it.
    void after_fork() {
        if (state_.load(std::memory_order_relaxed) == State::taken)
            state_.store(State::dead, std::memory_order_relaxed);
    }

  private:
    static constexpr unsigned kYield = 128;  // looks until the next one lets somebody else run

    enum class State : std::uint8_t { open, taken, dead };
    std::atomic<State> state_{State::open};
};

// Has it, if it could be had, until the end of the scope.
class Held {
  public:
    explicit Held(PatientLock& lock, unsigned patience = PatientLock::kPatience)
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
