// The thread that rewrites a file of metrics while the program runs.
//
// It exists only where it is asked for and something is served. It takes no signal, holds no lock that a fork
// could copy, ends with the main thread, and is not there in a forked child, which starts its own with the
// first block that it is served.
// Thread safety: `need` from any thread, also inside malloc; `set` before.
#pragma once

#include <atomic>
#include <chrono>

namespace memo {

// Calls `write` again and again, on a thread of its own.
class MetricsThread {
  public:
    using Write = bool (*)();  // false: that was the last time

    // `every`: seconds between the end of one writing and the next.
    void set(double every, Write write);

    // Has the thread running in this process; costs a system call where `set` was called, else a compare.
    void need() {
        if (write_ != nullptr) [[unlikely]]
            start();
    }

  private:
    void start();
    static void* run(void* self);

    Write write_ = nullptr;
    std::chrono::nanoseconds every_{};
    std::atomic<int> process_{0};  // whose thread runs; 0: none
};

}  // namespace memo
