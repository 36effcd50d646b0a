// The table that memo_live leads to (allocator/live.h).
#include "allocator/live.h"

#include "common/version.h"

#include <atomic>
#include <string_view>

namespace memo {

namespace {

constinit LiveTable table = {};

constexpr LiveRoot first_root() {
    LiveRoot root = {};
    for (std::size_t k = 0; k < sizeof kLiveMagic; ++k) root.magic[k] = kLiveMagic[k];
    root.layout = kLiveLayout;
    root.root_bytes = sizeof(LiveRoot);
    root.table_bytes = sizeof(LiveTable);
    root.counts_bytes = sizeof(ReplayCounts);
    root.pool_bytes = sizeof(PoolCounts);
    root.past_bytes = sizeof(PastPlans);
    root.small_bytes = sizeof(SmallCounts);
    constexpr std::string_view version = kVersion;
    static_assert(version.size() < sizeof root.version);
    for (std::size_t k = 0; k < version.size(); ++k) root.version[k] = version[k];
    root.table = &table;
    return root;
}

}  // namespace

void live_plan(unsigned index, const ServedPlan& plan) {
    LivePlan& live = table.plan[index];
    live.height = plan.view.header().height;
    live.max_load = plan.view.header().max_load;
    live.arena_bytes = plan.arenas.height();
    plan.arenas.for_each([&](const Arena& arena) {
        std::atomic_ref(live.arenas[plan.arenas.index_of(arena)])
            .store(&arena.replay.counts(), std::memory_order_release);
    });
    std::atomic_ref(live.slots).store(plan.view.header().slot_count, std::memory_order_release);
    const std::atomic_ref plans(table.plans);
    if (plans.load(std::memory_order_relaxed) <= index) plans.store(index + 1, std::memory_order_release);
}

void live_drop(unsigned index) {
    LivePlan& live = table.plan[index];
    std::atomic_ref(live.slots).store(0, std::memory_order_release);
    for (const ReplayCounts*& arena : live.arenas)
        std::atomic_ref(arena).store(nullptr, std::memory_order_release);
}

void live_arena(const Plans& plans, const Arena& arena) {
    unsigned index = 0;
    while (&plans[index].arenas != arena.arenas) ++index;
    const std::atomic_ref named(table.plan[index].arenas[arena.arenas->index_of(arena)]);
    if (named.load(std::memory_order_relaxed) == nullptr) [[unlikely]]
        named.store(&arena.replay.counts(), std::memory_order_release);
}

}  // namespace memo

constinit memo::LiveRoot memo_live = memo::first_root();
