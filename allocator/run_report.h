// What `memo run` is told of the program that it started, so that it can say why a run did not profit: one
// flat block in a file of memo run's own, written at the end and read by the same version of the tool. Behind
// it come the latest requests of the thread that was watched the longest, from which memo run sees for itself
// what repeats.
#pragma once

#include "allocator/pool.h"
#include "allocator/replay.h"

#include <cstdint>

namespace memo {

class Watches;
struct Statistics;

inline constexpr const char* kRunReportVariable = "MEMO_RUN_REPORT";  // the file's path
inline constexpr char kRunReportMagic[8] = {'m', 'e', 'm', 'o', 'r', 'u', 'n', '2'};

struct RunReport {
    char magic[8] = {};
    std::uint64_t plans = 0;
    std::uint64_t arenas = 0;
    std::uint64_t no_arena = 0;
    ReplayCounts counts;
    PoolCounts pool;
    char state[112] = {};        // Statistics::state, zero-terminated
    std::uint32_t watched = 0;   // 1: a thread asked for enough to be watched, once at least
    std::uint32_t requests = 0;  // how many follow
};

struct RunRequest {
    std::uint64_t size = 0;
    std::uint64_t caller = 0;  // return address
    std::uint64_t alignment = 0;
};

// Writes the report over what `path`, which must be there, holds. Neither malloc nor a word if it cannot be
// written: memo run then knows nothing, and says nothing.
void write_run_report(const Statistics& statistics, Watches& watches, const char* path);

}  // namespace memo
