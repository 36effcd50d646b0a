// The arenas of one plan: one reserved stretch of addresses that all of them share, so that "is this pointer
// ours?" is one subtraction and one compare, and the arena and offset of a pointer are a shift and a mask.
//
//   base                 base + stride            base + 2 stride
//   | arena 0 ..height | guard | arena 1 ..height | guard | ...          stride: a power of two > height
//
// Invariants: the stretch does not move, and is given back only with the plan (`close`, then `let_go`); an
// arena is readable only after it was first taken; the bytes between an arena's height and its stride, and
// those before the first arena, are never accessible, so running off an arena at either end faults; so are
// the pages around what we keep of each. Thread safety: all functions; taking and giving back are lock-free
// (one bit an arena).
#pragma once

#include "allocator/place_finder.h"
#include "allocator/replay.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

class Arenas;
class Callers;

struct Arena {
    Arena(const PlanView& plan, void* memory, std::uintptr_t start, Arenas* home, const Callers* who,
          const PlaceFinder* where, bool with_canaries)
        : replay(plan, memory),
          base(start),
          callers(who),
          finder(where),
          arenas(home),
          has_canaries(with_canaries),
          busy(with_canaries) {}

    Replay replay;
    std::uintptr_t base;
    const Callers* callers;                 // of its plan
    const PlaceFinder* finder;              // likewise
    std::uint64_t rounds_before_taken = 0;  // of `replay`, when its owner took it
    std::uint64_t hits_seen = 0;            // of `replay`, when it was looked at by `purge_idle`
    Arenas* arenas;                         // to give it back to
    const bool has_canaries;
    // Set by the owner while it is inside `replay`: a signal handler that allocates then must not enter it
    // again. Always set where there are canaries (canaries.h).
    volatile bool busy;
    volatile bool busy_with_canaries = false;
    bool in_memory = true;   // its pages; false once it was purged
    ReplayCounts judged_at;  // of `replay`, when it was judged last whether the plan is worth it
    Trail trail;             // what the owner asked for since it was on the plan last

    // The one that says whether the owner is inside.
    [[nodiscard]] volatile bool& inside() { return has_canaries ? busy_with_canaries : busy; }
};

class Arenas {
  public:
    static constexpr unsigned kMost = 64;

    // The addresses that arenas of this plan take, one and at most.
    [[nodiscard]] static std::uint64_t stride_of(const PlanView& plan);

    // From now on the arenas of this plan, as many as fit, at most kMost, lie in [start, start + bytes),
    // which is reserved, inaccessible, and begins at a multiple of a huge page. At least one stride.
    void lie_in(const PlanView& plan, const Callers* callers, const PlaceFinder* finder, std::uintptr_t start,
                std::uint64_t bytes);

    // Whether `block` was served from an arena.
    [[nodiscard]] bool owns(const void* block) const {
        return reinterpret_cast<std::uintptr_t>(block) - base_ < bytes_;
    }

    // The arena of a block that we own; nullptr if that arena was never made, so that nothing was served
    // there.
    [[nodiscard]] Arena* arena_of(const void* block) const {
        return arenas_[(reinterpret_cast<std::uintptr_t>(block) - base_) >> stride_shift_].load(
            std::memory_order_acquire);
    }
    [[nodiscard]] std::uint64_t offset_of(const void* block) const {
        return (reinterpret_cast<std::uintptr_t>(block) - base_) & ((std::uint64_t{1} << stride_shift_) - 1);
    }

    // An arena for the calling thread, prefaulted, its replay at the start of a round; nullptr if all are
    // taken or the system has no memory for a new one.
    Arena* take();

    // Whether `take` would have to make an arena.
    [[nodiscard]] bool next_is_new() const;

    // Back to the pool. Its live blocks stay valid; the next owner works around them.
    void give_back(Arena* arena);

    // Gives the memory of arenas that nobody has, and that nobody had since the last call, back to the
    // system. True if a later call may find more.
    bool purge_idle();

    // Exchanges an arena that is crowded with blocks that stay alive for another one; the memory between
    // those blocks goes back to the system, and the arena to the pool once they are freed. Returns `arena`
    // itself where the pool has no other, too many were exchanged already, or in real-time mode.
    Arena* exchange(Arena* arena);

    // From now on nobody gets an arena, if nobody has one now and no block lives in any; else false, and
    // nothing changed. One thread at a time.
    [[nodiscard]] bool close();

    // Gives all memory and what is kept of each arena back to the system, once nobody can be looking at it.
    // Only after `close`. Afterwards `lie_in` may begin anew.
    void let_go();

    [[nodiscard]] unsigned count() const;
    // Which of [0, kMost) this one is.
    [[nodiscard]] unsigned index_of(const Arena& arena) const {
        return static_cast<unsigned>((arena.base - base_) >> stride_shift_);
    }
    [[nodiscard]] std::uint64_t height() const { return height_; }  // bytes of each
    [[nodiscard]] std::uint64_t arena_bytes() const { return std::uint64_t{count()} * height_; }

    // Calls `visit` with every arena made so far; counts may be a moment old.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& arena : arenas_) {
            if (const Arena* made = arena.load(std::memory_order_acquire)) visit(*made);
        }
    }

  private:
    // A program that fills arena after arena with blocks that stay would otherwise take them all. So many are
    // exchanged at once; then, for a program that stopped doing so, each after a while of its own.
    static constexpr int kMostCrowdedAtOnce = 4;
    static constexpr int kMostCrowded = 16;
    static constexpr std::uint64_t kRoundsInCrowd = 256;

    Arena* make(unsigned index);
    void recall_idle();
    [[nodiscard]] std::uint64_t bit_of(const Arena& arena) const {
        return std::uint64_t{1} << index_of(arena);
    }

    std::uintptr_t base_ = 0;
    std::uint64_t bytes_ = 0;  // 0 until reserved: owns() is then false for every pointer
    unsigned stride_shift_ = 0;
    unsigned most_ = 0;
    std::uint64_t height_ = 0;
    PlanView plan_;
    const Callers* callers_ = nullptr;
    const PlaceFinder* finder_ = nullptr;
    std::atomic<std::uint64_t> taken_{0};    // bit k: arena k has an owner, or is crowded
    std::atomic<std::uint64_t> failed_{0};   // bit k: there was no memory for arena k, and it stays taken
    std::atomic<std::uint64_t> crowded_{0};  // bit k: arena k was exchanged and waits until it is idle
    std::atomic<Arena*> arenas_[kMost] = {};
};

}  // namespace memo
