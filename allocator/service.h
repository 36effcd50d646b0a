// The one plan that this process serves: which requests may be planned, the arenas, and the calling thread's
// place.
//
// Invariants: until `start` succeeded, and after `stop`, no request is planned and every pointer is the next
// allocator's (blocks served before a stop stay ours until freed). A thread has an arena from the moment it
// has followed the plan for `kProof` requests until it ends. Thread safety: all functions; `start` and
// `report` belong to the library's constructor and destructor.
#pragma once

#include "allocator/arenas.h"
#include "allocator/callers.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

// What a thread keeps: 24 bytes of initial-exec TLS.
struct ThreadPlace {
    Arena* arena = nullptr;
    std::uint32_t followed = 0;  // requests of the plan that it has made in a row, until it has an arena
    std::uint32_t strays = 0;    // other requests in between
    // Set while it takes an arena (pthread_setspecific or a signal handler may allocate) and past its key
    // destructor (nobody would give an arena back): the next allocator serves then.
    bool closed = false;
};

class Service {
  public:
    // How many planned requests in a row a thread must make before it gets an arena. The plan's sizes and
    // callers also occur elsewhere: a model's weights, allocated while it is loaded, would take the first
    // slots and never leave.
    static constexpr std::uint32_t kProof = 8;

    // Reads the environment, loads the plan, and begins to serve. Says one line and serves nothing if it
    // cannot.
    void start();

    // Serve nothing more from arenas: another copy of the C library is about to be loaded that could not free
    // our blocks.
    void stop() { sizes_.store(0, std::memory_order_relaxed); }

    // Whether a request of this size could be in the plan: the only thing that an unplanned request pays.
    [[nodiscard]] bool may_plan(std::size_t size) const {
        return size - min_size_ < sizes_.load(std::memory_order_relaxed);
    }

    // A block from the calling thread's arena, or nullptr: the next allocator's turn.
    [[nodiscard]] void* serve(std::size_t size, std::size_t alignment, const void* caller) {
        Arena* arena = here.arena;
        if (arena == nullptr) [[unlikely]] {
            enter(size, alignment, caller);
            return nullptr;
        }
        // No slot has such an alignment, and a cut one could match.
        if (arena->busy || alignment > kMaxPlanAlignment) [[unlikely]]
            return nullptr;
        arena->busy = true;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        const Answer answer =
            arena->replay.request(size, static_cast<std::uint32_t>(alignment),
                                  [&](std::uint32_t index) { return callers_.matches(index, caller); });
        std::atomic_signal_fence(std::memory_order_seq_cst);
        arena->busy = false;
        if (answer.miss == Miss::occupied && arena->replay.crowded()) [[unlikely]]
            change_arena();
        return answer.miss == Miss::none ? reinterpret_cast<void*>(arena->base + answer.offset) : nullptr;
    }

    [[nodiscard]] bool owns(const void* block) const { return arenas_.owns(block); }

    // Gives back a block that we own; aborts with one line if it is none, or not live.
    void release(void* block) {
        Arena* arena = arenas_.arena_of(block);
        const Release outcome =
            arena == nullptr ? Release::not_a_block : arena->replay.release(arenas_.offset_of(block));
        if (outcome != Release::done) [[unlikely]]
            abort_on_bad_free(block, outcome);
    }

    // Bytes of a block that we own; 0 if it is none.
    [[nodiscard]] std::size_t size_of(const void* block) const {
        const Arena* arena = arenas_.arena_of(block);
        return arena == nullptr ? 0 : arena->replay.size_at(arenas_.offset_of(block));
    }

    // Writes the statistics if MEMO_STATS asks for them.
    void report() const;

  private:
    void enter(std::size_t size, std::size_t alignment, const void* caller);
    void change_arena();
    [[nodiscard]] bool slot_matches(std::uint32_t index, std::size_t size, std::size_t alignment,
                                    const void* caller) const {
        const PlanSlot& slot = plan_.slots()[index];
        return slot.size == size && slot.alignment == alignment && callers_.matches(slot.caller, caller);
    }
    [[noreturn]] void abort_on_bad_free(const void* block, Release outcome) const;
    bool load(const char* path);

    static constinit thread_local ThreadPlace here;
    static void leave(void* arena);  // a thread's end

    std::uint64_t min_size_ = 0;
    std::atomic<std::uint64_t> sizes_{
        0};  // planned sizes are [min_size_, min_size_ + sizes_); 0: serve nothing
    Arenas arenas_;
    Callers callers_;
    PlanView plan_;
    std::atomic<std::uint64_t> no_arena_{0};  // times a thread followed the plan and found no arena
    // Copies: a program may write its title over the environment it was started with.
    char plan_path_[4096] = {};
    char stats_[4096] = {};
    const char* state_ = "no plan";
    bool root_ = true;  // the process that was started, not a child of it
    int process_ = 0;
    bool served_ = false;  // whether `start` succeeded
};

extern Service service;

}  // namespace memo
