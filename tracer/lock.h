// The trace lock: held for new definitions and while a chunk is written, never on the hot path.
//
// Invariants:
// - Its holder has every signal blocked, so no handler runs (or jumps out, or is cancelled) while it is held.
// - Under it nobody allocates, takes a lock of the loader or waits for another thread: it is innermost.
// - After a fork the child starts with a free lock and tables made anew (recorder.h), whoever held it before.
// Thread safety: that is what it is for.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace memo::tracer {

// Blocks all signals, even the C library's own (a cancelled thread must not leave with our lock).
class SignalsBlocked {
  public:
    SignalsBlocked() { change(&kAll, &before_); }
    ~SignalsBlocked() { change(&before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    static constexpr std::uint64_t kAll = ~std::uint64_t{0};
    static void change(const std::uint64_t* set, std::uint64_t* old) {
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, set, old, sizeof *set);
    }
    std::uint64_t before_ = 0;
};

class TraceLock {
  public:
    void lock() {
        std::uint32_t seen = kFree;
        if (state_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire)) return;
        while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
            syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr, nullptr, 0);
        }
    }
    void unlock() {
        if (state_.exchange(kFree, std::memory_order_release) == kContended) {
            syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
        }
    }
    // In the child of a fork, where no other thread exists.
    void reset() { state_.store(kFree, std::memory_order_relaxed); }

  private:
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kContended = 2;
    std::atomic<std::uint32_t> state_{kFree};
};

extern TraceLock trace_lock;

// Keeps errno over work that may change it. The hot path does not, and asks for none.
class ErrnoKept {
  public:
    ErrnoKept() : error_(errno) {}
    ~ErrnoKept() { errno = error_; }
    ErrnoKept(const ErrnoKept&) = delete;
    ErrnoKept& operator=(const ErrnoKept&) = delete;

  private:
    int error_;
};

// Holds the trace lock, with signals blocked, for a scope, and keeps errno over it.
class Locked {
  public:
    Locked() { trace_lock.lock(); }
    ~Locked() { trace_lock.unlock(); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

  private:
    ErrnoKept error_;
    SignalsBlocked signals_;
};

}  // namespace memo::tracer
