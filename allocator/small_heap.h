// Small blocks, below what plans and the pool are for: an inference makes thousands of them between its
// tensors, and what the C library takes for them shows (results/operations.md). Blocks of one size class
// (size_classes.h) lie side by side in a *span* of 64 KiB; each thread has a *cache*, a list of free blocks
// of each class, so that nearly every request and every free is one push or pop of its own thread. What is
// missing or too much there moves in batches between the cache and the class's spans. A thread gets a cache
// once it has made some thousands of small requests: until then, and in programs that make few, the next
// allocator serves. The design is that of Ghemawat and Menage's TCMalloc.
//
// Invariants:
// - A block is in exactly one place: with the program, in one cache, in its span's list (or not carved off it
// yet), or in
//   the list of blocks that could not be given back at once.
// - While a thread is inside its cache, it has none: a signal handler that allocates there goes to the next
// allocator, and
//   one that frees pushes the block onto that list. So does a thread at its end.
// - Nobody waits for ever: where a lock cannot be had (patient_lock.h), requests go to the next allocator,
// and
//   blocks that are freed stay in the thread's cache.
// - A free block has a secret of the process in its second word: a double free is seen, and aborts with one
// line. Thread safety: all functions; `start` belongs to the library's constructor.
#pragma once

#include "allocator/patient_lock.h"
#include "allocator/size_classes.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

// Plain words, so that `memo live` can copy them out of another process.
struct SmallCounts {
    std::uint64_t spans = 0;   // in use
    std::uint64_t bytes = 0;   // of those, and of free ones that may still be in memory
    std::uint64_t caches = 0;  // threads that have one
};

class SmallHeap {  // NOLINT(clang-analyzer-optin.performance.Padding): classes' lists are on cache lines of
                   // their own
  public:
    static constexpr unsigned kSpanShift = 16;
    static constexpr std::uint64_t kSpanBytes = std::uint64_t{1} << kSpanShift;
    static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 34;
    static constexpr std::uint32_t kMostSpans = kMostBytes / kSpanBytes;
    static constexpr std::uint32_t kMostCaches = 4096;
    // Small requests and frees that a thread makes before it gets a cache.
    static constexpr std::uint32_t kEager = 4096;

    // From now on requests of fewer than `limit` bytes, at most size_classes::kMost, are served. `remember`
    // is called by a thread before it gets its first cache, and has it call `leave` at its end; false: it
    // cannot.
    void start(std::size_t limit, bool (*remember)());
    // Serve nothing more; blocks served before stay valid.
    void stop() { limit_.store(0, std::memory_order_relaxed); }

    [[nodiscard]] bool may_take(std::size_t size) const {
        return size < limit_.load(std::memory_order_relaxed);
    }

    // A block of at least `size` bytes, which `may_take`, if the thread's cache has one; nullptr, and nothing
    // changed, otherwise. It makes no call.
    [[nodiscard, gnu::always_inline]] static void* take_next(std::size_t size) {
        Cache* const cache = here.cache;
        if (cache == nullptr) [[unlikely]]
            return nullptr;
        here.cache = nullptr;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        Bin& bin = cache->bins[size_classes::of(size)];
        Block* const block = bin.head;
        if (block != nullptr) [[likely]] {
            bin.head = block->next;
            --bin.count;
            block->secret = 0;
        }
        std::atomic_signal_fence(std::memory_order_seq_cst);
        here.cache = cache;
        return block;
    }
    // The same, from wherever it is to be had; nullptr: the next allocator's turn.
    [[nodiscard]] void* take(std::size_t size);

    // How far behind the first of our addresses: less than `bytes` if it is one of ours.
    [[nodiscard]] std::uint64_t offset_of(const void* block) const {
        return reinterpret_cast<std::uintptr_t>(block) - base_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool owns(const void* block) const { return offset_of(block) < bytes(); }

    // Gives back a block that we own; aborts with one line if it is seen to be none, or free already.
    // `offset`: of the block; `caller`: of free.
    [[gnu::always_inline]] void give(void* freed, std::uint64_t offset, const void* caller) {
        Cache* const cache = here.cache;
        auto* const block = static_cast<Block*>(freed);
        const std::uint64_t secret = secret_;
        if (cache == nullptr || block->secret == secret) [[unlikely]]
            return give_otherwise(block, caller);
        here.cache = nullptr;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        Bin& bin = cache->bins[classes_[offset >> kSpanShift]];
        block->next = bin.head;
        block->secret = secret;
        bin.head = block;
        if (++bin.count > bin.room) [[unlikely]]
            return overflow(cache, bin, caller);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        here.cache = cache;
    }

    // Bytes of a block that we own.
    [[nodiscard]] std::size_t size_of(const void* block) const {
        return size_classes::kBytes[class_at(block)];
    }

    // The calling thread ends: it gives back its cache, and gets no other.
    void leave();
    // Gives free spans back to the system.
    void purge();
    // Addresses are about to be limited: keeps to those that it uses, for ever.
    void confine();
    // In a forked child: the other threads are not here.
    void after_fork();

    // Moments old, and of one another too.
    [[nodiscard]] SmallCounts counts() const;
    // Where they are, for whoever copies them himself.
    [[nodiscard]] const SmallCounts& live_counts() const { return counts_; }

  private:
    struct Block {
        Block* next;
        std::uint64_t secret;  // while it is free and was not so from the start
    };
    struct Bin {
        Block* head;
        std::uint32_t count;
        std::uint32_t room;  // more are too many
    };
    struct alignas(64) Cache {
        Bin bins[size_classes::kCount];  // by class; what is not a block comes to the first one
        Cache* next;                     // of those that no thread has
    };
    struct Span {
        Block* free;
        std::uint32_t next;  // in its list
        std::uint32_t previous;
        std::uint16_t live;    // blocks that are not in it
        std::uint16_t carved;  // blocks that ever were
        bool listed;           // some are in it, or not carved yet
    };
    struct alignas(64) Central {
        PatientLock lock;
        std::uint32_t first = kNone;  // spans that have blocks to give
    };
    struct Thread {
        Cache* cache = nullptr;
        std::uint32_t requests = 0;  // while it has none
        enum class State : std::uint8_t { none, has, closed } state = State::none;
    };

    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint32_t kStep = 64;  // spans that are made accessible at once
    // Free spans that are kept in memory, or an eighth of those in use: a program may well fill again what it
    // has just emptied. As much as the pool keeps without the keeper.
    static constexpr std::uint32_t kWarm = (16 << 20) / kSpanBytes;

    static constinit thread_local Thread here;

    [[nodiscard]] std::uint32_t span_of(const void* block) const {
        return static_cast<std::uint32_t>(offset_of(block) >> kSpanShift);
    }
    [[nodiscard]] unsigned class_at(const void* block) const { return classes_[span_of(block)]; }
    [[nodiscard]] std::uintptr_t start_of(std::uint32_t span) const {
        return base_.load(std::memory_order_relaxed) + (std::uint64_t{span} << kSpanShift);
    }

    [[nodiscard]] void* refill(unsigned size_class);
    [[gnu::noinline]] void give_otherwise(Block* block, const void* caller);
    [[gnu::noinline]] void overflow(Cache* cache, Bin& bin, const void* caller);

    [[nodiscard]] bool get_cache();
    [[nodiscard]] bool open();
    [[nodiscard]] bool open_now();
    // Between the caches and the spans. `fetch` gives fewer than wanted only if there are no more to be had;
    // `put` false: somebody else is there.
    [[nodiscard]] std::uint32_t fetch(unsigned size_class, std::uint32_t wanted, Block** chain);
    [[nodiscard]] bool put(unsigned size_class, Block* chain, const void* caller, Patience patience);
    void put_in_span(Central& central, unsigned size_class, Block* block, const void* caller);
    void link(Central& central, std::uint32_t index);
    void unlink(Central& central, std::uint32_t index);
    void defer(Block* block);
    void work_off();
    // Spans.
    [[nodiscard]] std::uint32_t take_span(unsigned size_class);
    void give_span(std::uint32_t index);
    [[nodiscard]] bool grow();
    void make_cold(std::uint32_t index);

    // Where blocks may lie. Until it is open, far from every address, whichever of the two is seen first.
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uintptr_t> base_{std::uintptr_t{1} << 63};
    std::uint8_t* classes_ = nullptr;  // of each span that is in use, or 0
    std::uint64_t secret_ = 0;
    std::atomic<std::size_t> limit_{0};
    bool (*remember_)() = nullptr;
    std::atomic<Block*> deferred_{nullptr};
    enum class State : std::uint8_t { closed, opening, open };
    std::atomic<State> state_{State::closed};
    Central centrals_[size_classes::kCount];

    PatientLock spans_lock_;  // taken last; what follows is what it guards
    Span* spans_ = nullptr;
    Cache* caches_ = nullptr;
    Cache* free_caches_ = nullptr;
    std::uint32_t most_spans_ = 0;
    std::uint32_t most_caches_ = 0;
    std::uint32_t opened_ = 0;       // spans that are accessible
    std::uint32_t used_ = 0;         // of those, spans that ever were in use
    std::uint32_t caches_used_ = 0;  // that any thread ever had
    std::uint32_t warm_ = kNone;     // free spans, in memory
    std::uint32_t cold_ = kNone;     // free spans, given back to the system
    std::uint32_t warm_count_ = 0;
    SmallCounts counts_;  // through std::atomic_ref: anybody reads them
};

extern SmallHeap small_heap;

}  // namespace memo
