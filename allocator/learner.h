// The learner: looks at what watched threads repeat, on a thread of its own that exists only while there is
// something to look at, and has what it finds served. A watch whose thread asks for nothing in the meantime
// is taken away from it.
//
// A program whose threads ask for little that is large never gets that thread. Once a learnt plan is served,
// the learner waits until it has replaced the program's own way of doing it, gives the memory that the first
// rounds left in the next allocator back to the system, and ends. A thread that enters a plan for the first
// time does the same just before (`trim`): the arena is to take the place of that memory, not to stand beside
// it.
//
// The keeper has the learner *tend* the plans that it learnt: one whose arenas are held up by blocks that
// stay alive when their turn comes again is laid out anew without those; one that is outdated, or that nobody
// had for long, is dropped as soon as it can be.
//
// All of it is paid from a budget (learning_budget.h): what that does not afford is not looked at, and not
// watched.
//
// Invariants: at most one such thread a process; a forked child, which has a copy of everything but the
// thread, starts its own. Thread safety: `consider` from any thread, inside malloc; it allocates only where
// it starts the thread.
#pragma once

#include "allocator/learning_budget.h"
#include "allocator/patient_lock.h"
#include "allocator/plans.h"
#include "allocator/watch.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace memo {

class Learner {
  public:
    // `program`: path of the executable. Reads MEMO_SAVE_PLAN, MEMO_PLAN_LIMIT and MEMO_LEARN.
    void start(const char* program);

    // Whether there is anything left to watch a thread with.
    [[nodiscard]] bool affords_a_watch() const { return budget_.affords(0); }
    // A watch of so many requests is over.
    void pay_for_watch(std::uint32_t requests) { budget_.spend(requests * LearningBudget::kWatched); }

    // A watch, the calling thread's, has one more request.
    void consider(Watch& watch) {
        if (watch.is_due()) [[unlikely]]
            ask(watch);
    }

    // Looks after the plans that were learnt. True if there may be more to do later. By one thread.
    bool tend();

    // In a forked child: if somebody was at the plans just then, they stay as they are for ever.
    void after_fork() { lock_.after_fork(); }

    // Has the next allocator give back what it holds free, if something was learnt and it can (glibc's can).
    // Milliseconds.
    void trim() const {
        if (const auto trim = trim_.load(std::memory_order_acquire)) trim(0);
    }

  private:
    void ask(Watch& watch);
    static void* run(void* self);
    static std::optional<planner::PlannedCaller> place_of(const void* address);
    void look_at_what_is_asked();
    void look_at(Watch& watch);
    // What was seen of the plan in a place when it was tended last.
    struct Tended {
        std::uint64_t hits = 0;
        unsigned idle = 0;    // times running that nothing had happened
        ReplayCounts judged;  // when it was looked at whether blocks stay alive
    };

    void serve(const std::vector<char>& plan);
    bool adopt(const PlanView& view);
    void leave_out_escaping(ServedPlan& plan);
    [[nodiscard]] bool make_room(std::uint64_t bytes) const;
    void wait_for_idle_watches();
    void save(const std::vector<char>& plan);
    void clean_up();

    LearningBudget budget_;
    std::atomic<std::uint32_t> asked_{0};  // bit k: watch k
    std::atomic<int> process_{0};          // whose thread runs; 0: none
    std::atomic<int (*)(std::size_t)> trim_{nullptr};
    PatientLock lock_;  // whoever adds plans, or drops them, has it
    Tended tended_[Plans::kMost];
    unsigned fresh_ = 0;       // bit k: plan k has not taken over yet
    unsigned learnt_ = 0;      // plans, ever
    std::uint64_t limit_ = 0;  // bytes of arenas that there may be before plans are dropped
    char program_[4096] = {};
    char save_[4096] = {};
};

extern Learner learner;

}  // namespace memo
