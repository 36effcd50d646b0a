// The keeper: gives the pool's idle memory back to the system, on a thread of its own that exists only while
// there is some. Thread safety: all functions.
#pragma once

#include "allocator/pool.h"

#include <atomic>

namespace memo {

class Keeper {
  public:
    // Reads MEMO_IDLE_PURGE_MS: memory goes back after once to twice that time without use. 0: never.
    void start(Pool& pool);

    // The pool may have grown.
    void consider() {
        if (pool_ != nullptr && pool_->has_grown() && !running_.load(std::memory_order_relaxed)) [[unlikely]]
            run_thread();
    }

    // In a forked child: the thread is not here.
    void after_fork() { running_.store(false, std::memory_order_relaxed); }

  private:
    void run_thread();
    static void* run(void* self);

    Pool* pool_ = nullptr;
    std::uint64_t period_us_ = 0;
    std::atomic<bool> running_{false};
};

}  // namespace memo
