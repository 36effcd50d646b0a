// What becomes of a request: a block from the calling thread's arena; or, where no plan serves it and it is
// large, one from the pool (pool.h); or nothing, and then the next allocator's turn. Plans come from a file
// (MEMO_PLAN), or from what the threads of this process are seen to repeat (learner.h).
//
// A thread enters a plan when it has made the plan's first kProof requests in a row: the same sizes and
// callers also occur elsewhere, and a model's weights, allocated while it is loaded, would take the first
// slots and never leave. A plan that it has proven before it enters at once, by its first request. Where the
// plan's arena is to take the place of what the rounds were made of in the pool, the thread follows it to the
// end of the round first: the arena would fill beside what it still has of that. A thread has one arena at a
// time; what it leaves behind in others stays valid.
//
// Invariants: until `start` succeeded or a plan was learnt, and after `stop`, no request is served and every
// pointer is the next allocator's (blocks served before a stop stay ours until freed). Thread safety: all
// functions; `start` belongs to the library's constructor.
#pragma once

#include "allocator/arenas.h"
#include "allocator/canaries.h"
#include "allocator/keeper.h"
#include "allocator/plans.h"
#include "allocator/pool.h"
#include "allocator/watch.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

// What a thread keeps: 40 bytes of initial-exec TLS.
struct ThreadPlace {
    Arena* arena = nullptr;
    Watch* watch = nullptr;         // while it is watched
    std::uint32_t watch_turn = 0;   // of the watch, when it was taken
    std::uint32_t hits = 0;         // of its arena, when `unserved` was zero, modulo 2^32
    std::uint32_t unserved = 0;     // requests that no plan served, since it was watched last
    std::uint16_t turn = 0;         // of the plans, when it looked at them last
    std::uint16_t proven = 0;       // bit k: it has entered plan k before
    std::uint16_t barred = 0;       // bit k: plan k was of little use to it
    std::uint16_t followed = 0;     // requests of `plan` that it has made in a row, until it enters it
    std::uint8_t plan : 4 = 0;      // that it may be about to enter
    std::uint8_t strays : 4 = 0;    // other requests in between; or its turns, once it waits
    std::uint8_t patience : 5 = 0;  // doublings of how late the next watch comes: the last were in vain
    std::uint8_t in_vain : 3 = 0;   // times it followed a plan, but not to the end of the round
    // Set while it takes an arena or a watch (pthread_setspecific or a signal handler may allocate) and past
    // its key destructor (nobody would give them back): the next allocator serves then.
    bool closed = false;
    bool pooled = false;  // its large requests go to the pool: it has made enough of them
};
static_assert(sizeof(ThreadPlace) == 40 && Plans::kMost <= 16);

class Service {
  public:
    static constexpr std::uint32_t kProof = 8;
    // A round that is waited for: its slots, how often a thread may find that it is elsewhere in it, and how
    // often that it is not in it at all.
    static constexpr std::uint32_t kMostFollowed = 1U << 14;
    static constexpr unsigned kMostTurns = 15;
    static constexpr unsigned kMostInVain = 3;
    // What is too small for a learnt plan (results/threshold.md).
    static constexpr std::uint64_t kLearnFrom = 4096;
    // How many requests a thread makes that no plan serves, before the pool does and before it is watched;
    // that, eight times as many each time that nothing came of a watch: from the fourth on most of what the
    // thread does is not watched.
    static constexpr std::uint32_t kUnserved = 64;
    static constexpr std::uint8_t kLessEager = 3;
    static constexpr std::uint8_t kMostPatience = 21;
    // A thread that was served less than half of a learnt plan in so many rounds running leaves it, does not
    // enter it again, and is watched again, once it has made 64 << 6 requests. The plan is outdated, and no
    // thread enters it any more, if less than half was served of it to all.
    static constexpr std::uint64_t kRoundsJudged = 64;
    static constexpr std::uint8_t kPatienceAfterwards = 6;

    // Reads the environment and loads the plan that it names, or sets out to learn one. Says one line and
    // passes everything on if it cannot.
    void start();

    // Serve nothing more from arenas: another copy of the C library is about to be loaded that could not free
    // our blocks.
    void stop();

    // Whether a request of this size could be in a plan: the only thing that all others pay.
    [[nodiscard]] bool may_plan(std::size_t size) const {
        return size - min_size_ < sizes_.load(std::memory_order_relaxed);
    }

    // A block from the calling thread's arena if the request is the one that the plan says comes next;
    // nullptr otherwise, and then `serve` has the answer. The planned path: it makes no call.
    [[nodiscard, gnu::always_inline]] static void* serve_next(std::size_t size, std::size_t alignment,
                                                              const void* caller) {
        Arena* arena = here.arena;
        if (arena == nullptr || arena->busy) [[unlikely]]
            return nullptr;
        arena->busy = true;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        const Callers& callers = *arena->callers;
        const PlanSlot* slot = arena->replay.take_next(
            size, alignment, [&](std::uint32_t index) { return callers.is_known(index, caller); });
        std::atomic_signal_fence(std::memory_order_seq_cst);
        arena->busy = false;
        if (slot == nullptr) [[unlikely]]
            return nullptr;
        return reinterpret_cast<void*>(arena->base + slot->offset);
    }

    // A block from the calling thread's arena, or nullptr: the next allocator's turn.
    [[nodiscard]] void* serve(std::size_t size, std::size_t alignment, const void* caller) {
        Arena* arena = here.arena;
        size += canaries.bytes();
        // No slot has such an alignment, and a cut one could match.
        if (arena == nullptr || arena->inside() || alignment > kMaxPlanAlignment) [[unlikely]]
            return arena == nullptr ? enter(size, alignment, caller) : nullptr;
        const Answer answer = ask(*arena, size, alignment, caller);
        if (arena->replay.counts().rounds - arena->judged_at.rounds >= kRoundsJudged) [[unlikely]]
            judge(*arena);
        if (answer.miss == Miss::none) [[likely]]
            return reinterpret_cast<void*>(arena->base + answer.offset);
        return here.arena == nullptr ? nullptr : missed(answer.miss, size, alignment, caller);
    }

    // A block from the pool, or nullptr: for requests that no plan serves.
    [[nodiscard]] void* take_from_pool(std::size_t size, std::size_t alignment);

    [[nodiscard]] bool owns(const void* block) const { return plans_.owns(block); }

    // Gives back a block that we own; aborts with one line if it is none, or not live. `caller`: of free.
    [[gnu::always_inline]] void release(void* block, const void* caller) {
        if (plans_.range().is_pool(block)) return release_to_pool(block, caller);
        const Plans::Place place = plans_.place_of(block);
        const Release outcome =
            place.arena == nullptr ? Release::not_a_block : place.arena->replay.release(place.offset);
        if (outcome != Release::done) [[unlikely]]
            release_otherwise(block, caller);
    }

    // Bytes of a block that we own; 0 if it is none.
    [[nodiscard]] std::size_t size_of(const void* block) const {
        if (plans_.range().is_pool(block)) return pool_.size_of(block);
        const Plans::Place place = canaries.on() ? plans_.find(block) : plans_.place_of(block);
        const std::uint64_t size = place.arena == nullptr ? 0 : place.arena->replay.size_at(place.offset);
        return size == 0 ? 0 : size - canaries.bytes();
    }

    // Makes a block that we own longer or shorter where it lies; false if it cannot be.
    [[nodiscard]] bool resize(void* block, std::size_t size) {
        return plans_.range().is_pool(block) && pool_.resize(block, size);
    }

    // Whether anybody wants to know of what the next allocator serves and frees.
    [[nodiscard]] bool watching() const { return watches_.any(); }
    // The pool or the next allocator served a request that `may_plan`; `block` may be null.
    void note(const void* block, std::size_t size, std::size_t alignment, const void* caller);
    // A block that no arena served is about to be freed.
    void note_free(const void* block) { watches_.note_free(block); }

    // A plan that was learnt: served from now on. False if there is no more room for plans.
    bool adopt(const PlanView& plan);
    // The plan in this place is served no more. False if a thread has an arena of it, or a block lives there.
    [[nodiscard]] bool drop(unsigned plan);
    // The plan that was used longest ago, of those that can be, is served no more. False if none can be.
    [[nodiscard]] bool drop_one();

    [[nodiscard]] const Plans& plans() const { return plans_; }
    [[nodiscard]] Plans& plans() { return plans_; }
    [[nodiscard]] Watches& watches() { return watches_; }

    // For reports.
    [[nodiscard]] const char* state() const { return state_; }
    [[nodiscard]] const char* plan_path() const { return plan_path_; }
    [[nodiscard]] std::uint64_t no_arena() const { return no_arena_.load(std::memory_order_relaxed); }
    [[nodiscard]] PoolCounts pool_counts() const { return pool_.counts(); }
    [[nodiscard]] bool is_root() const { return !is_child_; }

    // A plan of that height serves now: gives what the pool and the next allocator hold free back to the
    // system, if it is the plan that they are free because of. Milliseconds.
    void shed(std::uint64_t height);

    // Gives back what lay idle since the last call: the keeper's. True if a later call may find more.
    bool purge_idle();
    // `Pool::settle`, if there is a pool.
    [[nodiscard]] bool settle_pool(GoOn go_on) {
        return pool_state_.load(std::memory_order_acquire) != PoolState::open || pool_.settle(go_on);
    }

    // Addresses are about to be limited: lets go of those that nothing lies at. Where there is a plan
    // already, all stay.
    void give_up_addresses();

    // The calling thread is our own: nothing that it does is watched or planned.
    static void step_aside() { here.closed = true; }

  private:
    [[nodiscard]] static Answer ask(Arena& arena, std::size_t size, std::size_t alignment,
                                    const void* caller) {
        volatile bool& inside = arena.inside();
        inside = true;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        const Callers& callers = *arena.callers;
        const std::uint64_t rounds = arena.replay.counts().rounds;
        Answer answer =
            arena.replay.request(size, static_cast<std::uint32_t>(alignment),
                                 [&](std::uint32_t index) { return callers.matches(index, caller); });
        if (answer.miss == Miss::unmatched || !arena.trail.empty()) [[unlikely]]
            answer = find_again(arena, answer, size, alignment, caller);
        if (arena.has_canaries) [[unlikely]] {
            if (answer.miss == Miss::none)
                canaries.plant(arena.base + answer.offset + arena.replay.size_at(answer.offset));
            if (arena.replay.counts().rounds != rounds) canaries.check_all(arena, "at the end of a round");
        }
        std::atomic_signal_fence(std::memory_order_seq_cst);
        inside = false;
        return answer;
    }
    [[nodiscard]] static Answer find_again(Arena& arena, Answer answer, std::size_t size,
                                           std::size_t alignment, const void* caller);
    [[nodiscard]] void* enter(std::size_t size, std::size_t alignment, const void* caller);
    [[nodiscard]] void* missed(Miss miss, std::size_t size, std::size_t alignment, const void* caller);
    [[nodiscard]] bool follow(std::size_t size, std::size_t alignment, const void* caller);
    void move_to(unsigned plan, std::uint32_t slot);
    [[nodiscard]] static std::uint32_t still_followed(const ServedPlan& plan, std::size_t size,
                                                      std::size_t alignment, const void* caller);
    [[nodiscard]] static bool turns(const ServedPlan& plan, std::size_t size, std::size_t alignment,
                                    const void* caller);
    [[nodiscard]] bool enters(unsigned plan);
    [[nodiscard]] bool waits_for_round(const ServedPlan& plan) const;
    [[nodiscard]] bool replaces_pool(std::uint64_t height) const;
    static void drop_all();
    void judge(Arena& arena);
    void change_arena();
    [[nodiscard]] bool open_pool();
    void release_to_pool(void* block, const void* caller);
    static void after_fork();
    void begin_watch();
    void end_watch();
    [[nodiscard]] static bool is_watched();
    [[nodiscard]] static bool remember();
    [[gnu::cold, gnu::noinline]] void release_otherwise(const void* block, const void* caller) const;
    bool load(const char* path);
    void start_small_heap() const;

    static constinit thread_local ThreadPlace here;
    static void leave(void* mark);  // a thread's end

    // Plans and watches begin at cache lines; what every process's start and fork write to lies together, so
    // that it is one page or two. All of it begins as zero, so that none of it is in the library's file.
    Plans plans_;
    Watches watches_;
    std::uint64_t min_size_ = 0;
    // Sizes that may be planned are [min_size_, min_size_ + sizes_); 0: serve nothing.
    std::atomic<std::uint64_t> sizes_{0};
    std::atomic<const char*> state_{nullptr};  // why nothing is served, or what is
    Keeper keeper_;
    std::atomic<std::uint64_t> no_arena_{0};  // times a thread followed a plan and found no arena
    enum class PoolState : std::uint8_t { closed, opening, open, none };
    std::atomic<PoolState> pool_state_{PoolState::closed};
    bool is_child_ = false;  // of the process that was started
    bool learns_ = false;    // at all; set once, by `start`
    std::atomic<bool> learning_{false};
    std::atomic<bool> stopped_{false};
    Pool pool_;
    // A copy: a program may write its title over the environment it was started with.
    char plan_path_[4096] = {};
};

extern Service service;

}  // namespace memo
