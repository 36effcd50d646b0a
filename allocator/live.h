// What another process may read of a running one (`memo live`): one exported symbol, `memo_live`, that leads
// to the plans and to the counts that replay and pool keep anyway. Nothing runs in this process for it: the
// reader copies the memory, and checks every address and number that it takes out of it.
//
// The layout is the reader's contract: a reader believes it only where magic, layout number, sizes and the
// tool's version are its own. Invariants: plans [0, LiveTable::plans) are complete; an arena's counts, once
// named, stay where they are until its plan is dropped, and are no longer named then. Thread safety:
// `live_plan` by one thread at a time, `live_arena` by any.
#pragma once

#include "allocator/plans.h"
#include "allocator/pool.h"
#include "allocator/replay.h"
#include "allocator/small_heap.h"

#include <atomic>
#include <cstdint>

namespace memo {

inline constexpr char kLiveMagic[8] = {'m', 'e', 'm', 'o', 'l', 'i', 'v', 'e'};
inline constexpr std::uint32_t kLiveLayout = 4;  // one more with every change of what is read
inline constexpr const char* kLiveSymbol = "memo_live";

struct LivePlan {
    std::uint64_t slots;                        // 0: the plan was dropped
    std::uint64_t height;                       // bytes of the plan
    std::uint64_t max_load;                     // bytes
    std::uint64_t arena_bytes;                  // of each arena
    const ReplayCounts* arenas[Arenas::kMost];  // null: not made
};

struct LiveTable {
    std::uint32_t plans;
    std::uint32_t reserved;
    LivePlan plan[Plans::kMost];
};

struct LiveRoot {
    char magic[8];
    std::uint32_t layout;
    std::uint32_t root_bytes;    // sizeof(LiveRoot)
    std::uint64_t table_bytes;   // sizeof(LiveTable)
    std::uint64_t counts_bytes;  // sizeof(ReplayCounts)
    std::uint64_t pool_bytes;    // sizeof(PoolCounts)
    std::uint64_t past_bytes;    // sizeof(PastPlans)
    std::uint64_t small_bytes;   // sizeof(SmallCounts)
    char version[24];            // the tool's, zero-terminated
    const LiveTable* table;
    const std::atomic<const char*>* state;  // as Statistics::state; null until the library has started
    const std::atomic<std::uint64_t>* no_arena;
    const PoolCounts* pool;
    const PastPlans* past;
    const SmallCounts* small;
    const char* plan_path;  // empty: plans are learnt
    const char* next_allocator;
};
static_assert(sizeof(std::atomic<const char*>) == 8 && sizeof(std::atomic<std::uint64_t>) == 8);

// Plan `index` is served from now on.
void live_plan(unsigned index, const ServedPlan& plan);

// The plan is about to be dropped.
void live_drop(unsigned index);

// A thread has entered an arena of one of the plans, perhaps for the first time.
void live_arena(const Plans& plans, const Arena& arena);

}  // namespace memo

extern "C" __attribute__((visibility("default"))) memo::LiveRoot memo_live;
