// Writing the report (allocator/run_report.h).
#include "allocator/run_report.h"

#include "allocator/message.h"
#include "allocator/statistics.h"
#include "allocator/watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace memo {

namespace {

[[nodiscard]] const Watch* fullest(Watches& watches) {
    const Watch* best = nullptr;
    for (unsigned index = 0; index < Watches::kMost; ++index) {
        const Watch* watch = watches.at(index);
        if (watch != nullptr && (best == nullptr || watch->count() > best->count())) best = watch;
    }
    return best;
}

}  // namespace

void write_run_report(const Statistics& statistics, Watches& watches, const char* path) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    const Watch* watch = fullest(watches);
    RunReport report;
    std::copy(std::begin(kRunReportMagic), std::end(kRunReportMagic), report.magic);
    report.plans = statistics.plans;
    report.arenas = statistics.arenas;
    report.no_arena = statistics.no_arena;
    report.counts = statistics.counts;
    report.pool = statistics.pool;
    std::strncpy(report.state, statistics.state, sizeof report.state - 1);
    report.watched = watch != nullptr ? 1 : 0;
    report.requests = watch != nullptr ? watch->count() : 0;
    bool written = write_all(file, reinterpret_cast<const char*>(&report), sizeof report);
    RunRequest some[32];
    for (std::uint32_t first = 0; written && first < report.requests;) {
        const std::uint32_t count =
            std::min<std::uint32_t>(static_cast<std::uint32_t>(std::size(some)), report.requests - first);
        for (std::uint32_t k = 0; k < count; ++k) {
            const WatchedRequest request = watch->request(first + k);
            some[k] = {request.size, reinterpret_cast<std::uintptr_t>(request.caller), request.alignment};
        }
        written = write_all(file, reinterpret_cast<const char*>(some), count * sizeof *some);
        first += count;
    }
    close(file);
}

}  // namespace memo
