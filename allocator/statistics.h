// What replay did in this process, as text for people or JSON for programs. Written at exit, without malloc.
#pragma once

#include "allocator/replay.h"

#include <cstdint>

namespace memo {

struct Statistics {
    const char* plan = "";
    const char* state = "";           // "serving", or why not
    const char* next_allocator = "";  // path of its library
    int process = 0;
    std::uint64_t plans = 0;
    std::uint64_t planned_slots = 0;
    std::uint64_t height = 0;    // bytes
    std::uint64_t max_load = 0;  // bytes
    std::uint64_t arenas = 0;
    std::uint64_t arena_bytes = 0;
    std::uint64_t no_arena = 0;
    ReplayCounts counts;  // summed over the arenas

    void add(const ReplayCounts& other);

    // Share of the slots passed that were served, 0 to 1; 0 if none was passed.
    [[nodiscard]] double hit_rate() const;
};

void write_statistics_text(const Statistics& statistics, int file);

// JSON with stable keys: rounds, hits, misses {unmatched, occupied, left_out, no_arena}, skipped, restarts,
// hit_rate, plans, planned_slots, arenas, arena_bytes, height, max_load, plan, state, next_allocator,
// process.
void write_statistics_json(const Statistics& statistics, int file);

// JSON into `path` if its name ends in .json, else text; says one line if it cannot be written.
void write_statistics_file(const Statistics& statistics, const char* path);

}  // namespace memo
