// What replay did in a process, as text for people or JSON for programs. Plain data: filled in by report.cpp
// from inside the process, or by `memo live` from outside. Writing needs neither malloc nor stdio, so that a
// signal handler and the end of a process may do it.
#pragma once

#include "allocator/memory_use.h"
#include "allocator/plans.h"
#include "allocator/pool.h"
#include "allocator/replay.h"
#include "allocator/small_heap.h"

#include <cstdint>

namespace memo {

// Share of the slots passed that were served, 0 to 1; 0 if none was passed.
[[nodiscard]] double hit_rate(const ReplayCounts& counts);

// What one plan did, in all its arenas.
struct PlanStatistics {
    std::uint64_t slots = 0;
    std::uint64_t height = 0;    // bytes
    std::uint64_t max_load = 0;  // bytes
    std::uint64_t arenas = 0;
    std::uint64_t arena_bytes = 0;
    ReplayCounts counts;
};

struct Statistics {
    const char* plan = "";
    const char* state = "";           // "serving", or why not
    const char* next_allocator = "";  // path of its library
    int process = 0;
    MemoryUse memory;
    PoolCounts pool;
    SmallCounts small;
    unsigned plans = 0;
    PlanStatistics per_plan[Plans::kMost];  // [0, plans)
    // Over all plans.
    std::uint64_t planned_slots = 0;
    std::uint64_t height = 0;    // bytes; of the highest plan
    std::uint64_t max_load = 0;  // bytes; likewise
    std::uint64_t arenas = 0;
    std::uint64_t arena_bytes = 0;
    std::uint64_t no_arena = 0;
    ReplayCounts counts;

    std::uint64_t dropped = 0;   // plans, whose counts are in `counts` too
    std::uint64_t outdated = 0;  // plans that no thread enters any more, or that were dropped for that

    // One plan more; not more than fit.
    void add(const PlanStatistics& one);
    // Those that were.
    void add(const PastPlans& past);
};

// False if not all could be written; errno says why.
bool write_statistics_text(const Statistics& statistics, int file);

// JSON with stable keys: rounds, hits, misses {unmatched, occupied, left_out, no_arena}, skipped, restarts,
// resyncs, hit_rate, plans, plans_dropped, plans_outdated, planned_slots, arenas, arena_bytes, height,
// max_load, rss_bytes, peak_rss_bytes, per_plan
// [{slots, height, max_load, rounds, hits, hit_rate, arenas, arena_bytes}], pool {blocks, live_bytes,
// peak_bytes, resident_bytes, given_back_bytes, busy}, small {spans, bytes, caches}, plan, state,
// next_allocator, process. False as above.
bool write_statistics_json(const Statistics& statistics, int file);

// Whether statistics that are asked for under this name are to be JSON: it ends in .json.
[[nodiscard]] bool wants_json(const char* name);

// Says one line if `path` cannot be written.
void write_statistics_file(const Statistics& statistics, const char* path, bool as_json);

// One line on stderr: `path` cannot be written, by errno.
void say_not_written(const char* path, const char* what);

}  // namespace memo
