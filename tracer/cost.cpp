// Adding up (tracer/cost.h).
#include "tracer/cost.h"

#include "tracer/definitions.h"
#include "tracer/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace memo::tracer::cost {
namespace {

constexpr std::size_t kPage = 4096;

constinit std::uint64_t written_ns = 0;
constinit unsigned depth = 0;

std::uint64_t cpu_ns() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// How much of a range is in memory. Pages that were never touched are not, and ranges given back count as
// none.
std::size_t resident(std::uintptr_t address, std::size_t bytes) {
    unsigned char present[4096];
    std::size_t pages = 0;
    for (std::size_t left = bytes; left > 0;) {
        const std::size_t part = std::min(left, sizeof present * kPage);
        if (mincore(reinterpret_cast<void*>(address), part, present) != 0) break;  // NOLINT
        const std::size_t count = (part + kPage - 1) / kPage;
        pages += static_cast<std::size_t>(
            std::count_if(present, present + count, [](unsigned char page) { return (page & 1U) != 0; }));
        address += part;
        left -= part;
    }
    return pages * kPage;
}

}  // namespace

Writing::Writing() {
    if (depth++ == 0) begin_ns_ = cpu_ns();
}

Writing::~Writing() {
    if (--depth == 0) written_ns += cpu_ns() - begin_ns_;
}

void add_note() {
    std::size_t bytes = 0;
    const std::size_t count = std::min(own_pages.count.load(), OwnPages::kMost);
    for (std::size_t i = 0; i < count; ++i)
        bytes += resident(own_pages.ranges[i].address.load(), own_pages.ranges[i].bytes.load());
    char text[120];
    const int length =
        std::snprintf(text, sizeof text, "tracer cost: %llu ns of CPU time writing, %zu bytes of memory",
                      static_cast<unsigned long long>(written_ns), bytes);
    if (length > 0) definitions::note({text, static_cast<std::size_t>(length)});
}

void forget() {
    written_ns = 0;
    depth = 0;
}

}  // namespace memo::tracer::cost
