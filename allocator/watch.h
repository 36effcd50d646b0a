// What the learner sees: the recent requests of the threads that are watched, and when each block was freed.
//
// A *watch* is one thread's sequence of requests, as far as they are large enough to be planned. Blocks that
// watched threads got are kept in a table by address, so that a free, by whichever thread, finds the request
// that made the block: one byte to look at, and where that is not zero one cache line. A table that is full
// forgets blocks, which then seem to be live for ever, and are left out of a plan: that costs hits, never
// safety.
//
// A watch whose thread asks for nothing for a while is taken away from it: a thread holds its watch while it
// writes to it, and finds out then that it is not its own any more, by the watch's *turn*.
//
// Invariants: requests [0, count) of a watch are complete; one thread at a time writes to a watch; a table
// entry names a request of the watch as it is now (`restart` clears those of before). Nothing here allocates
// but pages, and those once. Thread safety: `note_free` and `snapshot` from any thread; the others belong to
// the thread that has the watch, and holds it. `give_up_idle` by one
// thread at a time.
#pragma once

#include "allocator/learn.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo {

class Watch {
  public:
    // Requests that a watch holds: several rounds of any network we have met, in 768 KiB.
    static constexpr std::uint32_t kMost = 1U << 15;
    static constexpr std::uint32_t kFirstLook = 512;  // fewer are no plan (learn.h, rule 3)

    [[nodiscard]] std::uint32_t count() const { return count_.load(std::memory_order_acquire); }
    [[nodiscard]] bool full() const { return count() == kMost; }
    [[nodiscard]] unsigned index() const { return index_; }

    // Which thread in turn has it: to be remembered by whoever took it.
    [[nodiscard]] std::uint32_t turn() const {
        return static_cast<std::uint32_t>(word_.load(std::memory_order_relaxed) >> 1);
    }
    // The thread of this turn is about to use it. False if it was taken away.
    [[nodiscard]] bool hold(std::uint32_t turn) {
        std::uint64_t mine = std::uint64_t{turn} << 1;
        return word_.compare_exchange_strong(mine, mine | 1, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }
    void let_go() { word_.fetch_and(~std::uint64_t{1}, std::memory_order_release); }

    // Request k of [0, count).
    [[nodiscard]] WatchedRequest request(std::uint32_t k) const {
        const Entry& entry = entries_[k];
        return {entry.size, entry.caller, entry.alignment,
                __atomic_load_n(&entry.freed_at, __ATOMIC_RELAXED)};
    }

    // Whether it is time for the learner to see if the requests repeat, which makes the next time later by an
    // eighth. The owner's.
    [[nodiscard]] bool is_due() {
        const std::uint32_t have = count_.load(std::memory_order_relaxed);
        if (have < next_look_) return false;
        next_look_ = have < kMost - have / 8 ? have + have / 8 : kMost;
        return true;
    }

    // Whether so many requests are worth a look: there are half as many again as at the last one, or there
    // will be no more. Where it is likely that they repeat, a quarter as many again as at the last look that
    // was likely to succeed are enough.
    [[nodiscard]] bool is_worth_a_look(std::uint32_t count, bool likely) const {
        const std::uint32_t hoped = hoped_at_.load(std::memory_order_relaxed);
        const std::uint32_t looked = looked_at_.load(std::memory_order_relaxed);
        return count == kMost || count >= (likely ? hoped + hoped / 4 : looked + looked / 2);
    }

    // Whether the learner has looked at all of a full watch.
    [[nodiscard]] bool looked_at() const { return looked_at_.load(std::memory_order_relaxed) == kMost; }
    void set_looked_at(std::uint32_t count, bool likely = false) {
        if (likely) hoped_at_.store(count, std::memory_order_relaxed);
        looked_at_.store(count, std::memory_order_relaxed);
    }

  private:
    friend class Watches;

    struct Entry {
        std::uint64_t size;
        const void* caller;
        std::uint32_t alignment;
        std::uint32_t freed_at;  // through std::atomic_ref, so that making a watch touches no page
    };

    std::atomic<std::uint64_t> word_{0};  // the turn; and a lowest bit, set while the thread is at it
    std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> looked_at_{0};  // how many requests there were then
    std::atomic<std::uint32_t> hoped_at_{0};   // the same, of the last look that was likely to succeed
    std::uint32_t next_look_ = kFirstLook;
    std::uint32_t index_ = 0;
    alignas(4096) Entry entries_[kMost];  // in pages of their own, to be given back
};

class Watches {
  public:
    static constexpr unsigned kMost = 32;

    // A watch for the calling thread, empty; nullptr if all are in use or there is no memory.
    [[nodiscard]] Watch* take();
    void give_back(Watch* watch);

    // Takes those watches away to which nothing was added since the last call with the same `seen`, which is
    // all zero at first.
    void give_up_idle(std::uint64_t (&seen)[kMost]);

    // Begins again.
    void restart(Watch* watch);

    // The thread was given `block` (not null) for a request. Not if the watch is full.
    void note(Watch* watch, const void* block, std::uint64_t size, std::uint32_t alignment,
              const void* caller);

    // Whether `note_free` has anything to look for.
    [[nodiscard]] bool any() const { return used_.load(std::memory_order_relaxed) != 0; }

    // A block is about to be freed, whoever made it.
    void note_free(const void* block) {
        const std::size_t line = line_of(block);
        if (filled_[line].load(std::memory_order_relaxed) == 0) [[likely]]
            return;
        for (std::atomic<std::uint64_t>& entry : lines_[line].entries) {
            const std::uint64_t held = entry.load(std::memory_order_relaxed);
            if (held >> kNumberBits == key_of(block)) [[unlikely]]
                return end(line, entry, held);
        }
    }

    // One that was made before, whoever has it now.
    [[nodiscard]] Watch* at(unsigned index) { return watches_[index].load(std::memory_order_acquire); }

    // A copy of what a watch holds now.
    [[nodiscard]] static std::vector<WatchedRequest> snapshot(Watch& watch);

  private:
    // An entry: the block's address in units of 16 bytes, the watch, the request. 0: empty.
    static constexpr unsigned kRequestBits = 15;
    static constexpr unsigned kNumberBits = kRequestBits + 5;
    static constexpr unsigned kLines = 4096;
    static_assert(Watch::kMost == 1U << kRequestBits && kMost == 1U << (kNumberBits - kRequestBits));

    struct alignas(64) Line {
        std::atomic<std::uint64_t> entries[8];
    };

    [[nodiscard]] static std::uint64_t key_of(const void* block) {
        return reinterpret_cast<std::uintptr_t>(block) >> 4;
    }
    // By the page: small blocks, which nobody watches and which most frees are of, have few between them.
    [[nodiscard]] static std::size_t line_of(const void* block) {
        constexpr unsigned kPageBits = 12;
        return ((reinterpret_cast<std::uintptr_t>(block) >> kPageBits) * 0x9e3779b97f4a7c15ULL) >> 52;
    }
    void end(std::size_t line, std::atomic<std::uint64_t>& entry, std::uint64_t held);
    void forget(const Watch& watch);

    std::atomic<std::uint32_t> used_{0};  // bit k: watch k belongs to a thread
    std::atomic<Watch*> watches_[kMost] = {};
    // How many entries of each line are in use, or about to be: nearly every free is of a block that nobody
    // watches, and sees that here, in 4 KiB that stay in the nearest cache.
    std::atomic<std::uint8_t> filled_[kLines] = {};
    Line lines_[kLines] = {};  // 256 KiB of .bss, untouched until something is watched
};

}  // namespace memo
