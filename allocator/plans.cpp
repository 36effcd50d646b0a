// Dividing the range, and taking parts of it back (allocator/plans.h).
#include "allocator/plans.h"

#include "allocator/canaries.h"
#include "allocator/memory_policy.h"
#include "common/units.h"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace memo {

namespace {

// How often a reader that is at it is waited for, before the next occasion is.
constexpr int kPatience = 1000;

}  // namespace

ReplayCounts ServedPlan::counts() const {
    ReplayCounts counts;
    arenas.for_each([&](const Arena& arena) { counts += arena.replay.counts(); });
    return counts;
}

bool ServedPlan::is_worth_it(bool served_well) {
    const ReplayCounts now = counts();
    const auto since = [served_well](std::atomic<std::uint64_t>& before, std::uint64_t count) {
        const std::uint64_t more = count - before.load(std::memory_order_relaxed);
        before.fetch_add(served_well ? more / 2 : more, std::memory_order_relaxed);
        return more;
    };
    return since(judged_hits_, now.hits) >= since(judged_missed_, now.occupied + now.skipped);
}

// The first of so many slices in a row that nobody has; kMostSlices if there are none.
unsigned Plans::find_slices(unsigned count) const {
    const auto slices = static_cast<unsigned>(range_.arena_bytes() >> range_.slice_shift());
    unsigned run = 0;
    for (unsigned slice = 0; slice < slices; ++slice) {
        run = slice_used_[slice] ? 0 : run + 1;
        if (run == count) return slice + 1 - count;
    }
    return Range::kMostSlices;
}

Plans::Added Plans::add(const PlanView& view) {
    unsigned place = 0;
    while (place < kMost && (plans_[place].served.load() || plans_[place].dropped_)) ++place;
    if (place == kMost) return Added::no_room;
    const int saved_errno = errno;
    const std::uint64_t stride = Arenas::stride_of(view);
    any_.store(true);  // before the range is looked at: whoever gives it up looks here after he closed it
    if (!range_.reserve(stride)) return Added::no_addresses;

    // As many arenas as threads may want; as few as one where addresses are short.
    const std::uint64_t slice = std::uint64_t{1} << range_.slice_shift();
    unsigned first = Range::kMostSlices;
    unsigned taken = 0;
    for (std::uint64_t arenas = Arenas::kMost; arenas != 0 && first == Range::kMostSlices; arenas /= 2) {
        taken = static_cast<unsigned>((arenas * stride + slice - 1) / slice);
        first = find_slices(taken);
    }
    if (first == Range::kMostSlices) return Added::no_addresses;

    ServedPlan& plan = plans_[place];
    const std::size_t for_callers = round_up(Callers::memory_needed(view), 8);
    const std::size_t needed = for_callers + PlaceFinder::memory_needed(view);
    void* memory = mmap(nullptr, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno = saved_errno, Added::no_addresses;
    plan.view = view;
    plan.memory_ = memory;
    plan.memory_bytes_ = needed;
    plan.first_slice_ = first;
    plan.slices_ = taken;
    plan.outdated.store(false, std::memory_order_relaxed);
    plan.replaced.store(false, std::memory_order_relaxed);
    plan.judged_hits_.store(0, std::memory_order_relaxed);
    plan.judged_missed_.store(0, std::memory_order_relaxed);
    plan.callers.prepare(view, memory);
    plan.finder.prepare(view, static_cast<char*>(memory) + for_callers);
    memory_policy.lock(memory, needed);
    memory_policy.lock(&view.header(), view.header().file_bytes);
    plan.arenas.lie_in(view, &plan.callers, &plan.finder, range_.base() + first * slice, taken * slice);
    for (unsigned s = first; s < first + taken; ++s) {
        slice_used_[s] = true;
        if (!canaries.on()) slices_[s].store(&plan.arenas, std::memory_order_release);
    }
    note_use(plan);
    last_added_ = place;
    plan.served.store(true);
    if (place >= count_.load(std::memory_order_relaxed)) count_.store(place + 1, std::memory_order_release);
    return Added::yes;
}

unsigned Plans::served() const {
    unsigned served = 0;
    for (unsigned plan = 0; plan < count(); ++plan) served += plans_[plan].served.load() ? 1 : 0;
    return served;
}

// Whoever begins to read after `served` was cleared sees that it was; whoever began before is counted. Closed
// first: while a block may live there, it must be found.
bool Plans::drop(unsigned index) {
    ServedPlan& plan = plans_[index];
    if (!plan.served.load() || !plan.arenas.close()) return false;
    plan.served.store(false);
    plan.dropped_ = true;
    begin_turn();
    for (unsigned s = plan.first_slice_; s < plan.first_slice_ + plan.slices_; ++s)
        slices_[s].store(nullptr, std::memory_order_release);
    past_.counts += plan.counts();
    past_.dropped.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void Plans::let_go(ServedPlan& plan) {
    const int saved_errno = errno;
    plan.arenas.let_go();
    munmap(plan.memory_, plan.memory_bytes_);
    for (unsigned s = plan.first_slice_; s < plan.first_slice_ + plan.slices_; ++s) slice_used_[s] = false;
    plan.dropped_ = false;
    errno = saved_errno;
}

// Each counter must have been seen at zero once, since the plan was dropped.
bool Plans::nobody_reads() const {
    for (const Stripe& stripe : stripes_) {
        for (int tries = 0; stripe.readers.load() != 0; ++tries) {
            if (tries == kPatience) return false;
            sched_yield();
        }
    }
    return true;
}

// A thread is known by where its thread-local storage lies.
Plans::Reading::Reading(const Plans& plans)
    : readers_(
          plans.stripes_[(reinterpret_cast<std::uintptr_t>(&errno) * 0x9e3779b97f4a7c15ULL) >> 60].readers) {
    readers_.fetch_add(1);
}

void Plans::after_fork() {
    range_.after_fork();
    for (Stripe& stripe : stripes_) {  // written to only where need be: a page that is not copied
        if (stripe.readers.load(std::memory_order_relaxed) != 0)
            stripe.readers.store(0, std::memory_order_relaxed);
    }
}

Plans::Place Plans::find(const void* block) const {
    const Reading reading(*this);
    for (unsigned plan = 0; plan < count(); ++plan) {
        if (!plans_[plan].served.load() || !plans_[plan].arenas.owns(block)) continue;
        Arena* arena = plans_[plan].arenas.arena_of(block);
        if (arena != nullptr) return {arena, reinterpret_cast<std::uintptr_t>(block) - arena->base};
    }
    return {};
}

}  // namespace memo
