// Summing statistics up and writing them (allocator/statistics.h).
#include "allocator/statistics.h"

#include "allocator/fixed_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace memo {

double hit_rate(const ReplayCounts& counts) {
    const std::uint64_t passed = counts.hits + counts.occupied + counts.skipped;
    return passed == 0 ? 0 : static_cast<double>(counts.hits) / static_cast<double>(passed);
}

void Statistics::add(const PlanStatistics& one) {
    per_plan[plans++] = one;
    planned_slots += one.slots;
    height = std::max(height, one.height);
    max_load = std::max(max_load, one.max_load);
    arenas += one.arenas;
    arena_bytes += one.arena_bytes;
    counts += one.counts;
}

void Statistics::add(const PastPlans& past) {
    counts += past.counts;
    dropped = past.dropped.load(std::memory_order_relaxed);
    outdated = past.outdated.load(std::memory_order_relaxed);
}

bool write_statistics_text(const Statistics& s, int file) {
    FixedText out(file);
    out.add("memomalloc ", s.process, ": ", s.state, " (plan ", *s.plan == '\0' ? "none" : s.plan,
            ", next allocator ", s.next_allocator, ")\n");
    out.add("  rounds ", s.counts.rounds, " (", s.counts.restarts, " begun again), hits ", s.counts.hits,
            " (", Percent{hit_rate(s.counts)}, " % of the slots passed), skipped ", s.counts.skipped,
            ", place found again ", s.counts.resyncs, " times\n");
    out.add("  misses: unmatched ", s.counts.unmatched, ", occupied ", s.counts.occupied, ", left out ",
            s.counts.left_out, ", no arena ", s.no_arena, "\n");
    out.add("  ", std::uint64_t{s.plans}, " plans, ", s.planned_slots, " slots, ", s.arenas, " arenas, ",
            s.arena_bytes, " bytes of arena, max load ", s.max_load, " bytes\n");
    if (s.dropped + s.outdated != 0) out.add("  plans dropped ", s.dropped, ", outdated ", s.outdated, "\n");
    for (unsigned k = 0; s.plans > 1 && k < s.plans; ++k) {
        const PlanStatistics& plan = s.per_plan[k];
        out.add("    plan ", std::uint64_t{k}, ": rounds ", plan.counts.rounds, ", hits ", plan.counts.hits,
                " (", Percent{hit_rate(plan.counts)}, " %), ", plan.slots, " slots, height ", plan.height,
                " bytes, ", plan.arenas, " arenas\n");
    }
    out.add("  pool: ", s.pool.blocks, " blocks, live ", s.pool.live, " bytes, at most ", s.pool.peak,
            ", resident ", s.pool.resident, ", given back ", s.pool.given_back, ", busy ", s.pool.busy,
            " times\n");
    out.add("  small blocks: ", s.small.spans, " spans, ", s.small.bytes, " bytes, ", s.small.caches,
            " threads with a cache\n");
    out.add("  resident ", s.memory.resident, " bytes, at most ", s.memory.resident_peak, " bytes\n");
    return out.flush();
}

bool write_statistics_json(const Statistics& s, int file) {
    FixedText out(file);
    out.add(R"({"rounds": )", s.counts.rounds, R"(, "hits": )", s.counts.hits, ",\n");
    out.add(R"( "misses": {"unmatched": )", s.counts.unmatched, R"(, "occupied": )", s.counts.occupied,
            R"(, "left_out": )", s.counts.left_out, R"(, "no_arena": )", s.no_arena, "},\n");
    out.add(R"( "skipped": )", s.counts.skipped, R"(, "restarts": )", s.counts.restarts, R"(, "resyncs": )",
            s.counts.resyncs, R"(, "hit_rate": )", Share{hit_rate(s.counts)}, ",\n");
    out.add(R"( "plans": )", std::uint64_t{s.plans}, R"(, "plans_dropped": )", s.dropped,
            R"(, "plans_outdated": )", s.outdated, R"(, "planned_slots": )", s.planned_slots,
            R"(, "arenas": )", s.arenas, R"(, "arena_bytes": )", s.arena_bytes, R"(, "height": )", s.height,
            R"(, "max_load": )", s.max_load, ",\n");
    out.add(R"( "rss_bytes": )", s.memory.resident, R"(, "peak_rss_bytes": )", s.memory.resident_peak, ",\n");
    out.add(R"( "per_plan": [)");
    for (unsigned k = 0; k < s.plans; ++k) {
        const PlanStatistics& plan = s.per_plan[k];
        out.add(k == 0 ? "\n" : ",\n", R"(  {"slots": )", plan.slots, R"(, "height": )", plan.height,
                R"(, "max_load": )", plan.max_load, R"(, "rounds": )", plan.counts.rounds, R"(, "hits": )",
                plan.counts.hits, R"(, "hit_rate": )", Share{hit_rate(plan.counts)}, R"(, "arenas": )",
                plan.arenas, R"(, "arena_bytes": )", plan.arena_bytes, "}");
    }
    out.add("],\n");
    out.add(R"( "pool": {"blocks": )", s.pool.blocks, R"(, "live_bytes": )", s.pool.live,
            R"(, "peak_bytes": )", s.pool.peak, R"(, "resident_bytes": )", s.pool.resident,
            R"(, "given_back_bytes": )", s.pool.given_back, R"(, "busy": )", s.pool.busy, "},\n");
    out.add(R"( "small": {"spans": )", s.small.spans, R"(, "bytes": )", s.small.bytes, R"(, "caches": )",
            s.small.caches, "},\n");
    out.add(R"( "plan": ")", Quoted{s.plan}, R"(", "state": ")", Quoted{s.state}, R"(", "next_allocator": ")",
            Quoted{s.next_allocator}, R"(", "process": )", s.process, "}\n");
    return out.flush();
}

bool wants_json(const char* name) {
    const std::size_t length = std::strlen(name);
    return length >= 5 && std::strcmp(name + length - 5, ".json") == 0;
}

void write_statistics_file(const Statistics& statistics, const char* path, bool as_json) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return say_not_written(path, "the statistics");
    bool written =
        as_json ? write_statistics_json(statistics, file) : write_statistics_text(statistics, file);
    written = close(file) == 0 && written;
    if (!written) say_not_written(path, "the statistics");
}

void say_not_written(const char* path, const char* what) {
    const char* why = strerrordesc_np(errno);  // strerror may allocate
    FixedText(STDERR_FILENO)
        .add("memomalloc: ", path, ": ", what, " cannot be written: ", why == nullptr ? "unknown" : why,
             "\n");
}

}  // namespace memo
