// The keeper: gives idle memory back to the system, the pool's and that of arenas which nobody has, on a
// thread of its own that exists only while there is some. Thread safety: all functions.
#pragma once

#include <atomic>
#include <cstdint>

namespace memo {

class Keeper {
  public:
    // Reads MEMO_IDLE_PURGE_MS: memory goes back after once to twice that time without use. 0: never.
    void start();

    // There is, or will be, memory that may lie idle.
    void need() {
        if (period_us_ != 0 && !running_.load(std::memory_order_relaxed)) [[unlikely]]
            run_thread();
    }

    // In a forked child: the thread is not here.
    void after_fork() { running_.store(false, std::memory_order_relaxed); }

  private:
    void run_thread();
    static void* run(void* self);

    std::uint64_t period_us_ = 0;  // 0: never
    std::atomic<bool> running_{false};
};

}  // namespace memo
