// What a thread goes through: entering a plan and leaving it, being watched (allocator/service.h).
//
// Invariants: `here` is changed by its own thread alone. While an arena or a watch is taken or given back the
// thread is `closed`, so that a signal handler that allocates is served by the next allocator.
#include "allocator/learner.h"
#include "allocator/live.h"
#include "allocator/memory_policy.h"
#include "allocator/report.h"
#include "allocator/service.h"
#include "allocator/small_heap.h"

#include <algorithm>

namespace memo {

void* Service::enter(std::size_t size, std::size_t alignment, const void* caller) {
    if (here.closed || alignment > kMaxPlanAlignment) return nullptr;
    if (follow(size, alignment, caller)) {
        const Answer answer = ask(*here.arena, size, alignment, caller);
        if (answer.miss == Miss::none) return reinterpret_cast<void*>(here.arena->base + answer.offset);
    } else if (!is_watched() && ++here.unserved >= kUnserved) {
        if (learns_) here.pooled = true;
        const bool due = here.unserved >= kUnserved << here.patience;
        if (due && learning_.load(std::memory_order_relaxed)) begin_watch();
    }
    return nullptr;
}

// A thread that is off its plan may have found its place again. Not while it makes the first requests of
// another plan, which it may be about to enter.
Answer Service::find_again(Arena& arena, Answer answer, std::size_t size, std::size_t alignment,
                           const void* caller) {
    const auto asked = static_cast<std::uint32_t>(alignment);
    const Trail::Request request{size, asked, Trail::bits_of(reinterpret_cast<std::uintptr_t>(caller))};
    if (!arena.finder->move(arena.replay, arena.trail, answer, request, here.followed != 0)) return answer;
    return arena.replay.request(size, asked,
                                [&](std::uint32_t index) { return arena.callers->matches(index, caller); });
}

void* Service::missed(Miss miss, std::size_t size, std::size_t alignment, const void* caller) {
    if (miss == Miss::occupied && here.arena->replay.crowded()) change_arena();
    return miss == Miss::unmatched ? enter(size, alignment, caller) : nullptr;
}

// A thread's way into a plan: it has made the plan's first kProof requests (beginning anew after the last
// slot of a short plan), with no more strays in between than that, and then perhaps the rest of its round,
// with none. The request that completes the proof is not served yet. True if the request is to be served from
// the arena just entered.
bool Service::follow(std::size_t size, std::size_t alignment, const void* caller) {
    const unsigned count = plans_.count();
    if (count == 0) return false;
    const Plans::Reading reading(plans_);
    if (here.turn != plans_.turn()) {
        here.turn = plans_.turn();
        here.proven = here.barred = 0;
        here.followed = here.strays = 0;
    }
    if (here.followed != 0 && !plans_[here.plan].may_be_entered()) here.followed = here.strays = 0;
    if (here.followed != 0) {
        const ServedPlan& plan = plans_[here.plan];
        const std::uint32_t slot = here.followed % plan.view.header().slot_count;
        const bool waits = here.followed >= kProof;  // for the next round
        if (plan.matches(slot, size, alignment, caller)) {
            if (waits && slot == 0) return enters(here.plan);
            if (++here.followed == kProof && !waits_for_round(plan))
                move_to(here.plan, kProof % plan.view.header().slot_count);
            return false;
        }
        if (turns(plan, size, alignment, caller)) return false;
    }
    // From the one after the last that was tried: plans may begin alike.
    for (unsigned k = 1; k <= count; ++k) {
        const unsigned index = (here.plan + k) % count;
        const ServedPlan& plan = plans_[index];
        const bool inside = here.arena != nullptr && here.arena->arenas == &plan.arenas;
        if (inside || (here.barred >> index & 1) != 0 || !plan.may_be_entered()) continue;
        if (!plan.matches(0, size, alignment, caller)) continue;
        here.plan = index & 15;
        here.followed = 1;
        here.strays = 0;
        // By its first request alone, if that is one of a kind.
        const bool alike = plan.view.slots()[0].size == size;
        return (here.proven >> index & 1) != 0 && alike && enters(index);
    }
    if (here.followed != 0 && ++here.strays > kProof) here.followed = here.strays = 0;
    return false;
}

// How many of the plan's first requests the thread made last if its newest one is not what follows: those
// that it followed may end as the plan begins (Knuth, Morris and Pratt 1977). O(followed^2), but most
// beginnings differ soon.
std::uint32_t Service::still_followed(const ServedPlan& plan, std::size_t size, std::size_t alignment,
                                      const void* caller) {
    const std::span<const PlanSlot> slots = plan.view.slots();
    const auto alike = [](const PlanSlot& a, const PlanSlot& b) {
        return a.size == b.size && a.alignment == b.alignment && a.caller == b.caller;
    };
    const auto followed = std::min<std::uint32_t>(here.followed, static_cast<std::uint32_t>(slots.size()));
    for (std::uint32_t count = followed; count > 0; --count) {
        const auto end = slots.first(followed).last(count - 1);
        if (plan.matches(count - 1, size, alignment, caller) &&
            std::equal(end.begin(), end.end(), slots.begin(), alike)) {
            return count;
        }
    }
    return 0;
}

// The newest request is not what follows in the plan. Whether the thread is on its way into it all the same,
// only elsewhere in it: where layers look alike, it began to follow in the middle of the round.
bool Service::turns(const ServedPlan& plan, std::size_t size, std::size_t alignment, const void* caller) {
    const std::uint32_t still = still_followed(plan, size, alignment, caller);
    const bool waited = here.followed >= kProof;
    if (waited ? still >= kProof && here.strays < kMostTurns : still > 1) {
        here.followed = still & UINT16_MAX;
        here.strays = waited ? (here.strays + 1) & 15U : 0;
        return true;
    }
    if (waited) {
        if (here.in_vain < kMostInVain) ++here.in_vain;
        here.followed = here.strays = 0;
    }
    return false;
}

// True if the thread is in the plan then, at its beginning.
bool Service::enters(unsigned index) {
    move_to(index, 0);
    return here.arena != nullptr && here.arena->arenas == &plans_[index].arenas;
}

// Whether a thread that has proven the plan is to enter it only when the next round begins. Not if that was
// in vain a few times: something lies between the plan's requests.
bool Service::waits_for_round(const ServedPlan& plan) const {
    return here.in_vain < kMostInVain && plan.view.header().slot_count <= kMostFollowed &&
           plan.arenas.next_is_new() && replaces_pool(plan.arenas.height());
}

void Service::move_to(unsigned index, std::uint32_t slot) {
    ServedPlan& plan = plans_[index];
    here.followed = here.strays = 0;
    here.closed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (plan.arenas.next_is_new()) shed(plan.arenas.height());
    Arena* arena = plan.arenas.take();
    if (arena == nullptr) {
        no_arena_.fetch_add(1, std::memory_order_relaxed);
    } else if (!remember()) {
        plan.arenas.give_back(arena);  // or it would be lost at the thread's end
    } else {
        drop_all();
        plans_.note_use(plan);
        live_arena(plans_, *arena);
        reports.serving();
        if (slot != 0) arena->replay.skip_to(slot);
        here.arena = arena;
        here.hits = static_cast<std::uint32_t>(arena->replay.counts().hits);
        here.unserved = 0;
        here.pooled = true;
        here.patience = 0;
        here.in_vain = 0;
        here.proven |= static_cast<std::uint16_t>(1U << index);
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

// Whether the plan was worth it lately, at the end of a round: to this thread, and if not, to all of them. A
// plan that was given is kept all the same.
void Service::judge(Arena& arena) {
    const ReplayCounts& now = arena.replay.counts();
    const ReplayCounts& before = arena.judged_at;
    const std::uint64_t hits = now.hits - before.hits;
    const std::uint64_t missed = now.occupied - before.occupied + now.skipped - before.skipped;
    arena.judged_at = now;
    if (!learns_) return;
    ServedPlan& plan = *plans_.plan_of(arena);
    const bool replaced = plan.replaced.load(std::memory_order_relaxed);
    const bool worth_it = plan.is_worth_it(hits >= missed);
    if (hits >= missed && !replaced) return;
    if (!replaced && !worth_it && !plan.outdated.exchange(true, std::memory_order_relaxed))
        plans_.past().outdated.fetch_add(1, std::memory_order_relaxed);
    here.barred |= static_cast<std::uint16_t>(1U << plans_.index_of(plan));
    here.closed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    drop_all();
    here.unserved = 0;
    here.patience = replaced ? 0 : kPatienceAfterwards;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

// Gives back what the thread has. It is no longer its own before somebody else can have it: a signal handler
// may allocate at any time.
void Service::drop_all() {
    Arena* arena = here.arena;
    Watch* watch = here.watch;
    here.arena = nullptr;
    here.watch = nullptr;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (arena != nullptr) {
        arena->arenas->give_back(arena);
        if (!memory_policy.realtime()) service.keeper_.need();
    }
    if (watch != nullptr && watch->hold(here.watch_turn)) service.watches_.give_back(watch);
}

void Service::change_arena() {
    Arena* old = here.arena;
    here.closed = true;
    here.arena = nullptr;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Arena* arena = old->arenas->exchange(old);
    if (arena != old) {
        live_arena(plans_, *arena);
        arena->replay.skip_to(old->replay.cursor());
        // What the plan was worth in the arena before counts too.
        arena->judged_at -= old->replay.counts();
        arena->judged_at += old->judged_at;
        here.hits = static_cast<std::uint32_t>(arena->replay.counts().hits);
    }
    here.arena = arena;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

// Most of what a thread asks for is not served: look what it repeats. Not if that is little beside what is.
void Service::begin_watch() {
    const auto hits =
        here.arena == nullptr ? 0 : static_cast<std::uint32_t>(here.arena->replay.counts().hits);
    const std::uint64_t served = hits - here.hits;
    const std::uint64_t unserved = here.unserved;
    here.hits = hits;
    here.unserved = 0;
    if (served > 3 * unserved) return;
    if (!learner.affords_a_watch()) {
        here.patience = std::max<unsigned>(here.patience, kPatienceAfterwards) & 31U;
        return;
    }
    here.closed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Watch* const watch = remember() ? watches_.take() : nullptr;
    if (watch != nullptr) here.watch_turn = watch->turn();
    here.watch = watch;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

// Whether the thread still has its watch: it may have been idle for too long.
bool Service::is_watched() {
    if (here.watch == nullptr) return false;
    if (here.watch->turn() == here.watch_turn) return true;
    here.watch = nullptr;
    return false;
}

// The watch is held.
void Service::end_watch() {
    Watch* watch = here.watch;
    here.watch = nullptr;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    learner.pay_for_watch(watch->count());
    watches_.give_back(watch);
    here.unserved = 0;
    here.patience = std::min<unsigned>(here.patience + kLessEager, kMostPatience) & 31U;
}

void Service::note(const void* block, std::size_t size, std::size_t alignment, const void* caller) {
    if (here.watch == nullptr || here.closed || block == nullptr) return;
    here.closed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Watch* const watch = here.watch;
    if (!watch->hold(here.watch_turn)) {
        here.watch = nullptr;
    } else if (watch->full() && watch->looked_at()) {
        end_watch();
    } else {
        if (!watch->full()) {
            watches_.note(watch, block, size, static_cast<std::uint32_t>(alignment), caller);
            learner.consider(*watch);
        }
        watch->let_go();
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

void Service::leave(void*) {
    here.closed = true;
    drop_all();
    small_heap.leave();
}

}  // namespace memo
