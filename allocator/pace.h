// Work of our own threads in small pieces with rests between them. On a core that two threads want, the
// scheduler lets each run for a whole tick, 4 ms on most servers: as long as an inference, and so its tail.
//
// Thread safety: all functions. kMost threads at a time can work at a pace; one more does not rest.
#pragma once

#include <chrono>

namespace memo {

// As long as it lives, the thread that made it rests at the pause points (common/pause_point.h) that it comes
// by, until the process's main thread ends. One at a time in a thread.
class Pace {
  public:
    static constexpr std::chrono::microseconds kPiece{250};  // of CPU time, before a rest
    static constexpr unsigned kMost = 2;                     // the learner and the keeper

    // `rests`: so many times as long as the piece before it a rest takes; 0: there is none.
    explicit Pace(unsigned rests);
    ~Pace();
    Pace(const Pace&) = delete;
    Pace& operator=(const Pace&) = delete;

    void set_rests(unsigned rests) { rests_ = rests; }

    // What takes that long without rests.
    [[nodiscard]] std::chrono::milliseconds with_rests(std::chrono::milliseconds work) const {
        return work * (1 + rests_);
    }

    // In a forked child: the threads that worked at a pace are not here.
    static void after_fork();

  private:
    static void at_point();
    void rest_if_due();

    unsigned rests_;
    std::chrono::steady_clock::time_point looked_;  // at the CPU time, which costs a system call
    std::chrono::nanoseconds rested_;               // after so much CPU time
};

}  // namespace memo
