// When the statistics of this process are written, and where to: at its end, on a signal, again and again as
// metrics, and for `memo run`. Everything here is asked for in the environment (docs/insight.md); where
// nothing is, nothing happens, and no system call is made.
//
//   MEMO_STATS=1|FILE   MEMO_STATS_SIGNAL=NAME|NUMBER   MEMO_METRICS=FILE   MEMO_METRICS_SECONDS=N
//   MEMO_RUN_REPORT=FILE (memo run's own)
//
// Invariants: one writer at a time in a process (a second one on a signal does without); writing needs no
// malloc, no stdio and no lock, since it may happen in a signal handler and in a forked child. Thread safety:
// `start` belongs to the library's constructor; the others to any thread.
#pragma once

#include "allocator/metrics_thread.h"
#include "allocator/statistics.h"

#include <atomic>

namespace memo {

class Service;

// What `from` has done so far, with the process's memory use. Counts may be a moment old.
void gather(const Service& from, Statistics& into);

class Reports {
  public:
    // Reads the environment, and installs the signal's handler.
    void start();

    // Whether anything is to be written, ever.
    [[nodiscard]] bool wanted() const { return wanted_; }

    // Something is served: metrics are worth a thread.
    void serving() { metrics_thread_.need(); }

    // The process is about to end: writes what is asked for, once.
    void at_end();

    // The same, for ends by which a signal handler or the child of a vfork, in our memory, may leave: nothing
    // in any process but the one that the library was started in.
    void at_sudden_end();

  private:
    // Room for a path and the ".PID.part" behind it.
    static constexpr std::size_t kPath = 4096;
    static constexpr std::size_t kOwnPath = kPath + 24;

    class Turn;

    // Zero throughout, so that nothing of this is in the library's file.
    [[nodiscard]] static constexpr Statistics none() {
        Statistics statistics;
        statistics.plan = statistics.state = statistics.next_allocator = nullptr;
        return statistics;
    }

    void watch_signal(const char* name);
    static void on_signal(int signal);
    static bool write_metrics_again();
    void write_statistics();
    void write_metrics_of_now();
    [[nodiscard]] const char* own_name(const char* path, const char* ending, char* into) const;
    [[nodiscard]] bool is_root() const;

    bool wanted_ = false;
    int process_ = 0;             // in which the library was started
    std::atomic<int> ended_{0};   // the process whose end was reported
    std::atomic<int> writer_{0};  // the process in which somebody writes; 0: none
    MetricsThread metrics_thread_;
    // Copies: a program may write its title over the environment it was started with.
    char stats_[kPath] = {};
    char metrics_[kPath] = {};
    char run_report_[kPath] = {};
    // The writer's, here rather than on the small stack that a signal handler may have.
    Statistics statistics_ = none();
    bool metrics_said_ = false;  // that they cannot be written
    char path_[kOwnPath] = {};
    char part_[kOwnPath] = {};
};

extern Reports reports;

}  // namespace memo
