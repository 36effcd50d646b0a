// Names, help and values (allocator/metrics.h); every metric begins with memo_.
#include "allocator/metrics.h"

#include "allocator/fixed_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

namespace memo {

namespace {

enum class Kind : std::uint8_t { counter, gauge };

void add_head(FixedText& out, const char* name, Kind kind, const char* help) {
    out.add("# HELP memo_", name, " ", help, "\n# TYPE memo_", name,
            kind == Kind::counter ? " counter\n" : " gauge\n");
}

void add(FixedText& out, const char* name, Kind kind, const char* help, std::uint64_t value) {
    add_head(out, name, kind, help);
    out.add("memo_", name, " ", value, "\n");
}

// One line a plan.
template <class Value>
void add_by_plan(FixedText& out, const Statistics& s, const char* name, Kind kind, const char* help,
                 Value value) {
    if (s.plans == 0) return;
    add_head(out, name, kind, help);
    for (unsigned k = 0; k < s.plans; ++k) {
        out.add("memo_", name, "{plan=\"", std::uint64_t{k}, "\"} ", value(s.per_plan[k]), "\n");
    }
}

}  // namespace

bool write_metrics(const Statistics& s, int file) {
    FixedText out(file);
    add_head(out, "info", Kind::gauge, "What is served, or why nothing is; always 1.");
    out.add("memo_info{state=\"", Label{s.state}, "\",next_allocator=\"", Label{s.next_allocator}, "\"} 1\n");
    add(out, "rounds_total", Kind::counter, "Rounds of plans that threads went through.", s.counts.rounds);
    add(out, "restarts_total", Kind::counter, "Rounds begun again before the last was through.",
        s.counts.restarts);
    add(out, "resyncs_total", Kind::counter, "Times that a lost thread found its place in a plan again.",
        s.counts.resyncs);
    add(out, "hits_total", Kind::counter, "Requests served from an arena.", s.counts.hits);
    add(out, "skipped_total", Kind::counter, "Planned requests that the program did not make.",
        s.counts.skipped);
    add_head(out, "misses_total", Kind::counter,
             "Requests of threads inside a plan that the next allocator served.");
    out.add("memo_misses_total{reason=\"unmatched\"} ", s.counts.unmatched, "\n",
            "memo_misses_total{reason=\"occupied\"} ", s.counts.occupied, "\n",
            "memo_misses_total{reason=\"left_out\"} ", s.counts.left_out, "\n",
            "memo_misses_total{reason=\"no_arena\"} ", s.no_arena, "\n");
    add(out, "plans", Kind::gauge, "Plans that can be served.", s.plans);
    add(out, "plans_dropped_total", Kind::counter, "Plans that were dropped.", s.dropped);
    add(out, "plans_outdated_total", Kind::counter, "Plans of which too little was served.", s.outdated);
    add(out, "arenas", Kind::gauge, "Arenas made.", s.arenas);
    add(out, "arena_bytes", Kind::gauge, "Bytes of all arenas together.", s.arena_bytes);
    add_by_plan(out, s, "plan_slots", Kind::gauge, "Planned requests of a round.",
                [](const PlanStatistics& plan) { return plan.slots; });
    add_by_plan(out, s, "plan_height_bytes", Kind::gauge, "Bytes of one arena of the plan.",
                [](const PlanStatistics& plan) { return plan.height; });
    add_by_plan(out, s, "plan_arenas", Kind::gauge, "Arenas of the plan.",
                [](const PlanStatistics& plan) { return plan.arenas; });
    add_by_plan(out, s, "plan_rounds_total", Kind::counter, "Rounds of the plan.",
                [](const PlanStatistics& plan) { return plan.counts.rounds; });
    add_by_plan(out, s, "plan_hits_total", Kind::counter, "Requests served on the plan.",
                [](const PlanStatistics& plan) { return plan.counts.hits; });
    add(out, "pool_blocks_total", Kind::counter, "Blocks that the pool gave out.", s.pool.blocks);
    add(out, "pool_live_bytes", Kind::gauge, "Bytes of the pool's live blocks, in whole pages.", s.pool.live);
    add(out, "pool_peak_bytes", Kind::gauge, "The most bytes of the pool that were live at once.",
        s.pool.peak);
    add(out, "pool_resident_bytes", Kind::gauge, "Bytes of the pool that may be in memory.", s.pool.resident);
    add(out, "pool_given_back_bytes_total", Kind::counter, "Bytes that the pool gave back to the system.",
        s.pool.given_back);
    add(out, "pool_busy_total", Kind::counter,
        "Requests that found the pool occupied, and went to the next allocator.", s.pool.busy);
    add(out, "small_bytes", Kind::gauge, "Bytes for small blocks that may be in memory.", s.small.bytes);
    add(out, "small_caches", Kind::gauge, "Threads that have a cache of small blocks.", s.small.caches);
    add(out, "resident_bytes", Kind::gauge, "Resident memory of the process.", s.memory.resident);
    add(out, "resident_peak_bytes", Kind::gauge, "The most resident memory that the process had.",
        s.memory.resident_peak);
    return out.flush();
}

bool write_metrics_file(const Statistics& statistics, const char* path, const char* part) {
    const int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return false;
    bool written = write_metrics(statistics, file);
    written = close(file) == 0 && written;
    if (written && rename(part, path) == 0) return true;
    const int why = errno;
    unlink(part);
    errno = why;
    return false;
}

}  // namespace memo
