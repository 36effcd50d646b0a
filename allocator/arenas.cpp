// Reserving, making and handing out arenas (allocator/arenas.h).
#include "allocator/arenas.h"

#include "allocator/callers.h"
#include "allocator/canaries.h"
#include "allocator/collapse.h"
#include "allocator/memory_policy.h"
#include "common/units.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <new>
#include <utility>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

namespace memo {

namespace {

// The accessible bytes of an arena: whole pages, of the size that it is laid on.
[[nodiscard]] std::uint64_t accessible_bytes(const PlanView& plan) {
    const bool huge = memory_policy.huge() == HugePages::always;
    return round_up(plan.header().height, huge ? kHugePage : static_cast<std::uint64_t>(getpagesize()));
}

// Zeroed pages with one before and one behind them that nobody can touch.
class GuardedPages {
  public:
    // Such pages again, to unmap them.
    GuardedPages(void* memory, std::size_t bytes)
        : page_(static_cast<std::size_t>(getpagesize())),
          bytes_(round_up(bytes, page_)),
          memory_(static_cast<char*>(memory)) {}
    explicit GuardedPages(std::size_t bytes)
        : page_(static_cast<std::size_t>(getpagesize())), bytes_(round_up(bytes, page_)) {
        void* const all = mmap(nullptr, bytes_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED) return;
        memory_ = static_cast<char*>(all) + page_;
        if (mprotect(memory_, bytes_, PROT_READ | PROT_WRITE) == 0) return;
        unmap();
        memory_ = nullptr;
    }
    // nullptr if the system had none.
    [[nodiscard]] void* memory() const { return memory_; }
    void unmap() const { munmap(memory_ - page_, bytes_ + 2 * page_); }

  private:
    std::size_t page_;
    std::size_t bytes_;
    char* memory_ = nullptr;
};

// What is kept of an arena, beside its blocks.
[[nodiscard]] std::size_t kept_bytes(const PlanView& plan) {
    return round_up(sizeof(Arena), 64) + Replay::memory_needed(plan) + plan.header().slot_count;
}

void prefault(std::uintptr_t base, std::uint64_t bytes) {
    if (madvise(reinterpret_cast<void*>(base), bytes, MADV_POPULATE_WRITE) == 0) return;
    const auto page = static_cast<std::uint64_t>(getpagesize());
    for (std::uint64_t at = 0; at < bytes; at += page) *reinterpret_cast<volatile char*>(base + at) = 0;
}

// Gives the pages that hold no live block back to the system: looked for in steps, since a crowded arena is
// rare. Its owner runs this, so no block becomes live meanwhile.
void release_dead_pages(const Arena& arena, std::uint64_t height) {
    const auto page = static_cast<std::uint64_t>(getpagesize());
    const auto slots = arena.replay.plan().slots();
    const auto next_live_after =
        [&](std::uint64_t at) {  // [begin, end) of the first live block that ends after `at`
            std::uint64_t begin = height;
            std::uint64_t end = height;
            for (std::uint32_t index = 0; index < slots.size(); ++index) {
                if (arena.replay.state(index) != SlotState::live) continue;
                const std::uint64_t slot_end = slots[index].offset + slots[index].size;
                if (slot_end > at && slots[index].offset < begin) {
                    begin = slots[index].offset;
                    end = slot_end;
                }
            }
            return std::pair{begin, end};
        };
    for (std::uint64_t at = 0; at < height;) {
        const auto [begin, end] = next_live_after(at);
        const std::uint64_t first = round_up(at, page);
        const std::uint64_t last = begin & ~(page - 1);
        if (first < last) madvise(reinterpret_cast<void*>(arena.base + first), last - first, MADV_DONTNEED);
        if (end <= at) break;
        at = end;
    }
}

}  // namespace

std::uint64_t Arenas::stride_of(const PlanView& plan) {
    return std::bit_ceil(round_up(accessible_bytes(plan) + 1, kHugePage));
}

void Arenas::lie_in(const PlanView& plan, const Callers* callers, const PlaceFinder* finder,
                    std::uintptr_t start, std::uint64_t bytes) {
    plan_ = plan;
    callers_ = callers;
    finder_ = finder;
    height_ = accessible_bytes(plan);
    const std::uint64_t stride = stride_of(plan);
    stride_shift_ = static_cast<unsigned>(std::countr_zero(stride));
    most_ = static_cast<unsigned>(std::min<std::uint64_t>(kMost, bytes / stride));
    base_ = start;
    bytes_ = most_ * stride;
    taken_.store(0, std::memory_order_release);
}

Arena* Arenas::make(unsigned index) {
    const std::uintptr_t base = base_ + (std::uint64_t{index} << stride_shift_);
    const std::size_t needed = kept_bytes(plan_);
    const GuardedPages kept(needed);
    void* const memory = kept.memory();
    if (memory == nullptr) return nullptr;
    if (mprotect(reinterpret_cast<void*>(base), height_, PROT_READ | PROT_WRITE) != 0) {
        kept.unmap();
        return nullptr;
    }
    memory_policy.advise(base, height_);
    prefault(base, height_);
    if (memory_policy.realtime()) {
        memory_policy.lock(reinterpret_cast<void*>(base), height_);
        memory_policy.lock(memory, needed);
        callers_->resolve_all();
    }
    char* const for_replay = static_cast<char*>(memory) + round_up(sizeof(Arena), 64);
    auto* const arena = new (memory) Arena(plan_, for_replay, base, this, callers_, finder_, canaries.on());
    arena->replay.count_escapes(
        reinterpret_cast<std::atomic<std::uint8_t>*>(for_replay + Replay::memory_needed(plan_)));
    return arena;
}

Arena* Arenas::take() {
    const int saved_errno = errno;
    if (crowded_.load(std::memory_order_relaxed) != 0) recall_idle();
    Arena* arena = nullptr;
    std::uint64_t taken = taken_.load(std::memory_order_relaxed);
    while (true) {
        const auto index = static_cast<unsigned>(std::countr_one(taken));
        if (index >= most_) break;
        if (!taken_.compare_exchange_weak(taken, taken | (std::uint64_t{1} << index),
                                          std::memory_order_acquire))
            continue;
        arena = arenas_[index].load(std::memory_order_acquire);
        if (arena == nullptr) {
            // No memory now: the bit stays set, so that nobody tries again at every request.
            arena = make(index);
            if (arena != nullptr) {
                arenas_[index].store(arena, std::memory_order_release);
            } else {
                failed_.fetch_or(std::uint64_t{1} << index, std::memory_order_relaxed);
            }
        }
        break;
    }
    if (arena != nullptr) {
        if (!arena->in_memory) prefault(arena->base, height_);
        arena->in_memory = true;
        arena->replay.restart();
        arena->trail.clear();
        arena->judged_at = arena->replay.counts();
        arena->rounds_before_taken = arena->replay.counts().rounds;
    }
    errno = saved_errno;
    return arena;
}

bool Arenas::next_is_new() const {
    const auto index = static_cast<unsigned>(std::countr_one(taken_.load(std::memory_order_relaxed)));
    return index < most_ && arenas_[index].load(std::memory_order_relaxed) == nullptr;
}

void Arenas::give_back(Arena* arena) {
    taken_.fetch_and(~bit_of(*arena), std::memory_order_release);
}

// Whoever is about to purge an arena has it for that long: a thread that wants one meanwhile takes another.
bool Arenas::purge_idle() {
    bool left = false;
    for (unsigned index = 0; index < most_; ++index) {
        Arena* arena = arenas_[index].load(std::memory_order_acquire);
        if (arena == nullptr) continue;
        const std::uint64_t bit = std::uint64_t{1} << index;
        if ((taken_.fetch_or(bit, std::memory_order_acquire) & bit) != 0) continue;
        const std::uint64_t hits = arena->replay.counts().hits;
        if (hits != arena->hits_seen) {
            arena->hits_seen = hits;
            left = true;
        } else if (arena->in_memory && arena->replay.idle()) {
            arena->in_memory = madvise(reinterpret_cast<void*>(arena->base), height_, MADV_DONTNEED) != 0;
        }
        taken_.fetch_and(~bit, std::memory_order_release);
    }
    return left;
}

Arena* Arenas::exchange(Arena* arena) {
    // It takes system calls, which are not made here in real-time mode.
    if (memory_policy.realtime()) return arena;
    const int crowded = std::popcount(crowded_.load(std::memory_order_relaxed));
    const std::uint64_t rounds = arena->replay.counts().rounds - arena->rounds_before_taken;
    if (crowded >= (rounds < kRoundsInCrowd ? kMostCrowdedAtOnce : kMostCrowded)) return arena;
    Arena* other = take();
    if (other == nullptr) return arena;
    const int saved_errno = errno;
    release_dead_pages(*arena, height_);
    errno = saved_errno;
    crowded_.fetch_or(bit_of(*arena), std::memory_order_release);
    return other;
}

// Crowded arenas whose last block was freed are ready for a new owner.
void Arenas::recall_idle() {
    std::uint64_t crowded = crowded_.load(std::memory_order_acquire);
    for (std::uint64_t left = crowded; left != 0; left &= left - 1) {
        Arena* arena = arenas_[std::countr_zero(left)].load(std::memory_order_acquire);
        if (!arena->replay.idle()) continue;
        const std::uint64_t bit = bit_of(*arena);
        // Only the thread that clears the crowded bit may clear the taken one.
        if ((crowded_.fetch_and(~bit, std::memory_order_acq_rel) & bit) != 0) {
            taken_.fetch_and(~bit, std::memory_order_release);
        }
    }
}

bool Arenas::close() {
    recall_idle();
    std::uint64_t taken = failed_.load(std::memory_order_relaxed);
    const std::uint64_t before = taken;
    if (!taken_.compare_exchange_strong(taken, UINT64_MAX, std::memory_order_acquire)) return false;
    bool idle = true;
    for_each([&](const Arena& arena) { idle = idle && arena.replay.idle(); });
    if (!idle) taken_.store(before, std::memory_order_release);
    return idle;
}

void Arenas::let_go() {
    const int saved_errno = errno;
    for (std::atomic<Arena*>& place : arenas_) {
        Arena* const arena = place.exchange(nullptr, std::memory_order_relaxed);
        if (arena == nullptr) continue;
        // New pages that nobody can touch take the place of the old ones: the addresses stay ours.
        (void)mmap(reinterpret_cast<void*>(arena->base), height_, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        GuardedPages(arena, kept_bytes(plan_)).unmap();
    }
    bytes_ = 0;
    failed_.store(0, std::memory_order_relaxed);
    crowded_.store(0, std::memory_order_relaxed);
    errno = saved_errno;
}

unsigned Arenas::count() const {
    unsigned made = 0;
    for_each([&](const Arena&) { ++made; });
    return made;
}

}  // namespace memo
