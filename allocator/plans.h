// The plans that this process serves, each with its arenas and callers, in the range of addresses that is
// ours (range.h): whose a block is, is one look into a table.
//
// A plan comes into a place [0, kMost) and may be dropped from it again, when no thread has an arena of it
// and no block lives in one. Its tables are still read then by threads that were about to look whether it is
// theirs: such a thread says so for as long (`Reading`), and the tables go once everybody who was reading
// when the plan was dropped has been seen not to (docs/safety.md). Whoever has an arena, or a live block in
// one, need not say so.
//
// Invariants: places [0, count) have been used, and those that are `served` are complete. Thread safety:
// `add`, `drop` and `reclaim` by one thread at a time; everything else from any thread at any time.
#pragma once

#include "allocator/arenas.h"
#include "allocator/callers.h"
#include "allocator/place_finder.h"
#include "allocator/range.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

struct ServedPlan {
    PlanView view;
    Arenas arenas;
    Callers callers;
    PlaceFinder finder;
    std::atomic<bool> served{false};     // what it consists of may be read
    std::atomic<bool> outdated{false};   // too little of it is served: no thread is to enter it any more
    std::atomic<bool> replaced{false};   // outdated, and another plan serves the same: threads leave it
    std::atomic<std::uint64_t> used{0};  // when a thread entered it last, in entries into any plan

    [[nodiscard]] bool may_be_entered() const {
        return served.load() && !outdated.load(std::memory_order_relaxed);
    }
    // Of all its arenas.
    [[nodiscard]] ReplayCounts counts() const;
    // A thread judged what it got of the plan lately. Whether all threads together were served as much of it
    // as not: since the last one that was served badly, what is long ago counting less.
    [[nodiscard]] bool is_worth_it(bool served_well);
    [[nodiscard]] bool matches(std::uint32_t slot, std::size_t size, std::size_t alignment,
                               const void* caller) const {
        const PlanSlot& wanted = view.slots()[slot];
        const bool fits = (wanted.flags & kSlotVariable) != 0 ? size <= wanted.size : size == wanted.size;
        return fits && wanted.alignment == alignment && callers.matches(wanted.caller, caller);
    }

  private:
    friend class Plans;
    void* memory_ = nullptr;  // of callers and finder
    std::size_t memory_bytes_ = 0;
    unsigned first_slice_ = 0;
    unsigned slices_ = 0;
    bool dropped_ = false;  // and not yet reclaimed
    std::atomic<std::uint64_t> judged_hits_{0};
    std::atomic<std::uint64_t> judged_missed_{0};
};

// What was, for reports.
struct PastPlans {
    ReplayCounts counts;  // of plans that were dropped
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> outdated{0};  // dropped since or not
};

class Plans {
  public:
    static constexpr unsigned kMost = 16;

    enum class Added : std::uint8_t { yes, no_addresses, no_room };

    // `view` must stay valid until the plan is reclaimed. The place of the new plan is `last_added()`.
    [[nodiscard]] Added add(const PlanView& view);
    [[nodiscard]] unsigned last_added() const { return last_added_; }

    // Says, for as long as it lives, that the calling thread may be reading the tables of any plan.
    class Reading {
      public:
        explicit Reading(const Plans& plans);
        ~Reading() { readers_.fetch_sub(1, std::memory_order_release); }
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;

      private:
        std::atomic<std::uint32_t>& readers_;
    };

    // The plan in this place is served no more. False, and all is as before, if a thread has an arena of it
    // or a block lives in one.
    [[nodiscard]] bool drop(unsigned plan);

    // Gives back what was dropped, as far as nobody can be reading it; `forget(view)` for each plan before
    // its place is free for another.
    template <class Forget>
    void reclaim(Forget forget) {
        for (ServedPlan& plan : plans_) {
            if (!plan.dropped_ || !nobody_reads()) continue;
            const PlanView view = plan.view;
            let_go(plan);
            forget(view);
        }
    }

    // Whether there is a plan, or somebody is about to add one.
    [[nodiscard]] bool any() const { return any_.load(); }

    [[nodiscard]] unsigned count() const { return count_.load(std::memory_order_acquire); }
    [[nodiscard]] unsigned served() const;  // how many are
    [[nodiscard]] ServedPlan& operator[](unsigned plan) { return plans_[plan]; }
    [[nodiscard]] const ServedPlan& operator[](unsigned plan) const { return plans_[plan]; }
    [[nodiscard]] unsigned index_of(const ServedPlan& plan) const {
        return static_cast<unsigned>(&plan - plans_);
    }

    // The plan of an arena that somebody has.
    [[nodiscard]] ServedPlan* plan_of(const Arena& arena) {
        ServedPlan* plan = plans_;
        while (&plan->arenas != arena.arenas) ++plan;
        return plan;
    }

    // A thread has entered a plan.
    void note_use(ServedPlan& plan) {
        plan.used.store(entries_.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    // Changes whenever a place may mean another plan than before.
    [[nodiscard]] std::uint16_t turn() const { return turn_.load(std::memory_order_relaxed); }
    // Threads are to forget which plans they have entered, and which they are not to enter again.
    void begin_turn() { turn_.fetch_add(1, std::memory_order_relaxed); }

    [[nodiscard]] PastPlans& past() { return past_; }
    [[nodiscard]] const PastPlans& past() const { return past_; }

    // In a forked child: whoever else was reading is not here.
    void after_fork();

    // The range that arenas lie in, and the pool.
    [[nodiscard]] Range& range() { return range_; }
    [[nodiscard]] const Range& range() const { return range_; }

    // Whether `block` may be of an arena or of the pool.
    [[nodiscard]] bool owns(const void* block) const { return range_.contains(block); }

    // The arena of a block that we own and the pool does not, and its place there; no arena if nothing was
    // ever served there.
    struct Place {
        Arena* arena = nullptr;
        std::uint64_t offset = 0;
    };
    // Knows nothing of arenas with canaries.
    [[nodiscard]] Place place_of(const void* block) const {
        const Arenas* arenas =
            slices_[range_.distance(block) >> range_.slice_shift()].load(std::memory_order_acquire);
        if (arenas == nullptr || !arenas->owns(block)) return {};
        Arena* arena = arenas->arena_of(block);
        if (arena == nullptr) return {};
        return {arena, reinterpret_cast<std::uintptr_t>(block) - arena->base};
    }

    // The same with canaries or without, for whoever has the time.
    [[nodiscard]] Place find(const void* block) const;

  private:
    // Threads that are reading, spread over several counters so that they seldom meet.
    static constexpr unsigned kStripes = 16;
    struct alignas(64) Stripe {
        std::atomic<std::uint32_t> readers{0};
    };

    [[nodiscard]] bool nobody_reads() const;
    void let_go(ServedPlan& plan);
    [[nodiscard]] unsigned find_slices(unsigned count) const;

    Range range_;
    bool slice_used_[Range::kMostSlices] = {};
    unsigned last_added_ = 0;
    std::atomic<const Arenas*> slices_[Range::kMostSlices] = {};
    std::atomic<bool> any_{false};
    std::atomic<unsigned> count_{0};
    std::atomic<std::uint64_t> entries_{0};
    std::atomic<std::uint16_t> turn_{0};
    ServedPlan plans_[kMost];
    PastPlans past_;
    mutable Stripe stripes_[kStripes];
};

}  // namespace memo
