// The keeper: gives idle memory back to the system, the pool's and that of arenas which nobody has, has what
// stays in the pool made into huge pages (`Pool::settle`) and learnt plans looked after (`Learner::tend`), on
// a thread of its own that exists only while there is enough to be worth it, and never outlives the main
// thread. Thread safety: all functions.
#pragma once

#include "allocator/pool.h"

#include <atomic>
#include <chrono>

namespace memo {

class Keeper {
  public:
    // Reads MEMO_IDLE_PURGE_MS: memory goes back after once to twice that time without use. 0: never.
    void start(Pool& pool);

    // The pool may have grown.
    void consider() {
        if (pool_ != nullptr && pool_->is_worth_keeping()) need();
    }

    // There is, or will be, memory that may lie idle.
    void need() {
        if (pool_ != nullptr && !running_.load(std::memory_order_relaxed)) [[unlikely]]
            run_thread();
    }

    // In a forked child: the thread is not here.
    void after_fork() {
        if (running_.load(std::memory_order_relaxed)) running_.store(false, std::memory_order_relaxed);
    }

  private:
    void run_thread();
    static void* run(void* self);
    [[nodiscard]] bool wait_a_period(bool settles, bool may_raise_peak) const;
    [[nodiscard]] static bool keeps();

    Pool* pool_ = nullptr;  // null: never to run
    std::chrono::nanoseconds period_{};
    std::atomic<bool> running_{false};  // or never to run again
};

}  // namespace memo
