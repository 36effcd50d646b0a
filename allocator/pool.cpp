// Taking, giving, and what is resident (allocator/pool.h).
#include "allocator/pool.h"

#include "allocator/background.h"
#include "common/units.h"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace memo {

namespace {

// By the one thread that may write: cheaper than an atomic addition.
void add(std::uint64_t& sum, std::uint64_t more) {
    const std::atomic_ref shared(sum);
    shared.store(shared.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace

void Pool::lie_in(std::uintptr_t start, std::uint64_t bytes, void* records) {
    start_ = start;
    bytes_ = std::min(bytes, kMostBytes);
    records_ = static_cast<Extents::Page*>(records);
    extents_.lie_on(records_);
    to_give_.store(Extents::kNone, std::memory_order_relaxed);
}

std::uint32_t Pool::pages_for(std::size_t size) {
    return static_cast<std::uint32_t>((size + kPageBytes - 1) >> kPageShift);
}

void* Pool::take(std::size_t size) {
    if (size > kMostBytes) return nullptr;
    const std::uint32_t pages = pages_for(size);
    const Held held(lock_);
    if (!held) {
        std::atomic_ref(counts_.busy).fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }
    work_off();
    std::uint32_t first = extents_.take(pages, age());
    if (first == Extents::kNone && grow(pages)) first = extents_.take(pages, age());
    if (first == Extents::kNone) return nullptr;
    add(counts_.blocks, 1);
    became_live(first, pages);
    return reinterpret_cast<void*>(start_ + (std::uint64_t{first} << kPageShift));
}

// Makes more of the stretch accessible, at least as much as the block needs.
bool Pool::grow(std::uint32_t pages) {
    const std::uint64_t before = std::uint64_t{extents_.limit()} << kPageShift;
    const std::uint64_t more = round_up(std::uint64_t{pages} << kPageShift, kStep);
    if (more > bytes_ - before) return false;
    const int saved_errno = errno;
    const auto opened = [](std::uintptr_t at, std::uint64_t bytes) {
        return mprotect(reinterpret_cast<void*>(at), bytes, PROT_READ | PROT_WRITE) == 0;
    };
    const bool grown =
        opened(start_ + before, more) &&
        opened(reinterpret_cast<std::uintptr_t>(records_) + record_bytes(before), record_bytes(more));
    if (grown) extents_.set_limit(static_cast<std::uint32_t>((before + more) >> kPageShift));
    errno = saved_errno;
    return grown;
}

void Pool::became_live(std::uint32_t first, std::uint32_t pages) {
    const Run block{first / kGranule, (first + pages - 1) / kGranule + 1};
    std::uint32_t missing = 0;
    for (std::uint32_t granule = block.begin; granule < block.end; ++granule)
        missing += !is_resident(granule);
    add(counts_.live, pages * kPageBytes);
    const std::uint64_t live = read(counts_.live);
    if (live > read(counts_.peak)) std::atomic_ref(counts_.peak).store(live, std::memory_order_relaxed);
    std::uint64_t& demand = demands_[stamp_ % kPeriods];
    demand = std::max(demand, live);
    const bool more_than_lately = live > demand_;
    demand_ = std::max(demand_, live);
    if (missing == 0) return;
    const std::uint64_t moved = stays_ ? 0 : move_to(block, excess(missing));
    mark(block, true);
    add(counts_.resident, (missing - moved) * kGranuleBytes);
    if (more_than_lately) make_room();
}

// How many granules too many are in memory once `more` of them are.
std::uint64_t Pool::excess(std::uint64_t more) const {
    const std::uint64_t slack = demand_ / (moves_ < kManyMoves ? kSlack : kSlackThen);
    const std::uint64_t budget = round_up(demand_ + slack, kGranuleBytes) / kGranuleBytes;
    const std::uint64_t count = read(counts_.resident) / kGranuleBytes + more;
    return count > budget ? count - budget : 0;
}

// More is live than lately: what is free need not be in memory.
void Pool::make_room() {
    std::uint64_t left = excess(0);
    if (left == 0) return;
    extents_.for_each_free([&](const Extents::Extent& extent) {
        left -= give_back(extent, left);
        return left != 0 && extent.count >= kGranule;
    });
}

// Moves at most so many granules from free extents under a block that is about to be used. How many it was.
std::uint64_t Pool::move_to(Run block, std::uint64_t most) {
    // The last granule may reach over the end of what is ours.
    block.end = std::min(block.end, extents_.limit() / kGranule);
    std::uint64_t left = most;
    if (left == 0) return 0;
    const int saved_errno = errno;
    extents_.for_each_free([&](const Extents::Extent& extent) {
        Run from = whole_granules(extent);
        while (left != 0 && !stays_) {
            const Run run = last_resident(from, left);
            const Run hole = first_missing(block, run.count());
            if (run.count() == 0 || hole.count() == 0) break;
            const Run source{run.end - hole.count(), run.end};
            const std::uint32_t moved = move(source, hole);
            left -= moved;
            if (moved < hole.count()) break;
            from.end = source.begin;
            block.begin = hole.end;
        }
        return left != 0 && !stays_ && extent.count >= kGranule;
    });
    errno = saved_errno;
    return most - left;
}

// The pages change their place, and what was at `from` is as never used. How many granules it was.
std::uint32_t Pool::move(Run from, Run to) {
    const std::size_t bytes = from.count() * kGranuleBytes;
    stays_ = ++moves_ > kMostMoves;
    if (stays_) return 0;
    if (mremap(address_of(from.begin), bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
               address_of(to.begin)) != MAP_FAILED) {
        mark(from, false);
        mark(to, true);
        return from.count();
    }
    stays_ = errno != EFAULT || from.count() == 1;
    if (stays_) return 0;
    // Before Linux 6.17 only what was not put together by earlier moves goes at once.
    const std::uint32_t half = from.count() / 2;
    const std::uint32_t moved = move({from.begin, from.begin + half}, {to.begin, to.begin + half});
    if (moved < half) return moved;
    return moved + move({from.begin + half, from.end}, {to.begin + half, to.end});
}

// Gives back at most so many of the granules that lie in a free extent; how many it was. Neighbours go in one
// call.
std::uint64_t Pool::give_back(const Extents::Extent& extent, std::uint64_t most) {
    if (most == 0) return 0;
    Run inside = whole_granules(extent);
    std::uint64_t given = 0;
    const int saved_errno = errno;
    for (Run run = last_resident(inside, most); run.count() != 0; run = last_resident(inside, most - given)) {
        madvise(address_of(run.begin), run.count() * kGranuleBytes, MADV_DONTNEED);
        mark(run, false);
        given += run.count();
        inside.end = run.begin;
    }
    errno = saved_errno;
    if (given == 0) return 0;
    add(counts_.resident, -given * kGranuleBytes);
    add(counts_.given_back, given * kGranuleBytes);
    return given;
}

// At most so many granules in memory, the highest of [within): blocks are taken from an extent's low end.
Pool::Run Pool::last_resident(Run within, std::uint64_t most) const {
    while (within.count() != 0 && !is_resident(within.end - 1)) --within.end;
    Run run{within.end, within.end};
    while (run.begin > within.begin && is_resident(run.begin - 1) && run.count() < most) --run.begin;
    return run;
}

// At most so many granules that are not in memory, the lowest.
Pool::Run Pool::first_missing(Run within, std::uint64_t most) const {
    while (within.count() != 0 && is_resident(within.begin)) ++within.begin;
    Run run{within.begin, within.begin};
    while (run.end < within.end && !is_resident(run.end) && run.count() < most) ++run.end;
    return run;
}

void Pool::mark(Run run, bool resident) {
    for (std::uint32_t granule = run.begin; granule < run.end; ++granule) {
        if (is_resident(granule) == resident) continue;
        resident_[granule / 64] ^= std::uint64_t{1} << (granule % 64);
        stretches_[granule / kGranulesInHugePage].store(resident ? Stretch::restless : Stretch::lacking,
                                                        std::memory_order_relaxed);
    }
}

Release Pool::give(void* block) {
    const std::uint64_t distance = reinterpret_cast<std::uintptr_t>(block) - start_;
    const std::uint32_t first = page_of(block);
    if (distance % kPageBytes != 0 || first >= extents_.limit()) return Release::not_a_block;
    if (!extents_.claim(first)) return Release::not_live;
    const Held held(lock_, Patience::none);
    if (held) {
        work_off();
        give_now(first);
        return Release::done;
    }
    std::uint32_t head = to_give_.load(std::memory_order_relaxed);
    do {
        records_[first].next = head;
    } while (
        !to_give_.compare_exchange_weak(head, first, std::memory_order_release, std::memory_order_relaxed));
    return Release::done;
}

// A block that was there for long is not of a round, and its memory is nobody's next: weights of a model that
// is done with. Of the free extent only the part that it was.
void Pool::give_now(std::uint32_t first) {
    const Extents::Extent block = extents_.claimed(first);
    add(counts_.live, -(block.count * kPageBytes));
    const Extents::Extent free = extents_.give(first, stamp_);
    if (age() - block.stamp < kOld) return;
    if (read(counts_.resident) <= read(counts_.live) + demand_ / kLittle) return;
    const std::uint32_t begin = std::max(free.first, first - std::min(first, kGranule - 1));
    const std::uint32_t end = std::min(free.first + free.count, first + block.count + kGranule - 1);
    give_back({begin, end - begin, stamp_}, UINT64_MAX);
}

void Pool::work_off() {
    if (to_give_.load(std::memory_order_relaxed) == Extents::kNone) return;
    std::uint32_t first = to_give_.exchange(Extents::kNone, std::memory_order_acquire);
    while (first != Extents::kNone) {
        const std::uint32_t next = records_[first].next;
        give_now(first);
        first = next;
    }
}

bool Pool::resize(void* block, std::size_t size) {
    if (size == 0 || size > kMostBytes) return false;
    const std::uint32_t first = page_of(block);
    const std::uint32_t pages = pages_for(size);
    const auto has = static_cast<std::uint32_t>(size_of(block) >> kPageShift);
    if (has == 0 || pages == has) return has != 0;
    const Held held(lock_);
    if (!held || !extents_.resize(first, pages, stamp_)) return false;
    if (pages < has) {
        add(counts_.live, -((has - pages) * kPageBytes));
    } else {
        became_live(first + has, pages - has);
    }
    return true;
}

std::size_t Pool::size_of(const void* block) const {
    const std::uint64_t distance = reinterpret_cast<std::uintptr_t>(block) - start_;
    const std::uint32_t first = page_of(block);
    if (distance % kPageBytes != 0 || first >= extents_.limit()) return 0;
    return std::size_t{extents_.pages_at(first)} << kPageShift;
}

std::optional<std::uint64_t> Pool::confine() {
    const Held held(lock_);
    if (!held) return std::nullopt;
    work_off();
    const std::uint32_t before = extents_.limit();
    const std::uint32_t after = extents_.cut_off();
    bytes_ = std::uint64_t{after} << kPageShift;
    // The last granule may be in use in part.
    std::uint64_t gone = 0;
    for (std::uint32_t granule = (after + kGranule - 1) / kGranule; granule < before / kGranule; ++granule) {
        if (!is_resident(granule)) continue;
        resident_[granule / 64] &= ~(std::uint64_t{1} << (granule % 64));
        ++gone;
    }
    add(counts_.resident, -gone * kGranuleBytes);
    add(counts_.given_back, gone * kGranuleBytes);
    return bytes_;
}

void Pool::purge(bool all) {
    give_back_in_steps(
        [&](const Extents::Extent& extent) { return all || extent.stamp != stamp_ ? UINT64_MAX : 0; });
    give_back_in_steps([&](const Extents::Extent& /*extent*/) { return excess(0); });
    const Held held(lock_);
    if (!held) return;
    ++stamp_;
    aged_ += all ? kOld : kOld / 2;
    const std::uint64_t live = read(counts_.live);
    if (all) std::fill(std::begin(demands_), std::end(demands_), live);
    demands_[stamp_ % kPeriods] = live;
    demand_ = *std::max_element(std::begin(demands_), std::end(demands_));
}

// Of every free extent at most as many granules as `most_of` says, which is asked with the lock held. Not all
// at once, so that nobody waits for long; and what comes free meanwhile is not looked for again and again.
template <class MostOf>
void Pool::give_back_in_steps(MostOf most_of) {
    std::uint64_t most = read(counts_.resident) / kGranuleBytes;
    for (bool done = false; !done; sched_yield()) {
        const Held held(lock_);
        if (!held) return;
        work_off();
        const std::uint64_t step = std::min(most, kPurgedAtOnce);
        std::uint64_t left = step;
        extents_.for_each_free([&](const Extents::Extent& extent) {
            left -= give_back(extent, std::min(left, most_of(extent)));
            return left != 0 && extent.count >= kGranule;
        });
        most -= step;
        done = left != 0 || most == 0;
    }
}

bool Pool::settle(GoOn go_on) {
    const std::uint64_t stretches = (std::uint64_t{extents_.limit()} << kPageShift) / kHugePage;
    for (std::uint64_t stretch = 0; stretch < stretches; ++stretch) {
        const std::chrono::nanoseconds took =
            settle_stretch(stretches_[stretch], start_ + stretch * kHugePage);
        if (took.count() != 0 && !go_on(took)) return false;
    }
    return true;
}

// Whoever marks it meanwhile is right: what was found is noted only if nobody did. CPU time, if any was
// taken.
std::chrono::nanoseconds Pool::settle_stretch(std::atomic<Stretch>& stretch, std::uintptr_t at) {
    Stretch before = stretch.load(std::memory_order_relaxed);
    if (before == Stretch::restless)
        stretch.compare_exchange_strong(before, Stretch::quiet, std::memory_order_relaxed);
    if (before != Stretch::quiet) return {};
    const std::chrono::nanoseconds began = own_cpu_time();
    if (!collapse(at)) return {};
    stretch.compare_exchange_strong(before, Stretch::settled, std::memory_order_relaxed);
    return own_cpu_time() - began;
}

PoolCounts Pool::counts() const {
    PoolCounts counts;
    counts.blocks = read(counts_.blocks);
    counts.live = read(counts_.live);
    counts.peak = read(counts_.peak);
    counts.resident = read(counts_.resident);
    counts.given_back = read(counts_.given_back);
    counts.busy = read(counts_.busy);
    return counts;
}

}  // namespace memo
