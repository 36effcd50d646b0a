// Traces in memory as sources (common/trace_source.h).
#include "common/trace_source.h"

#include <algorithm>
#include <cstddef>

namespace memo {

TraceInMemory::TraceInMemory(const Trace& trace) : trace_(trace), to_move_(trace.events.size(), false) {
    struct Released {
        std::uint64_t address = 0;  // 0: the thread's last event was no free
        std::size_t event = 0;
    };
    std::vector<Released> released(trace.threads.size());
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
        const Event& event = trace.events[i];
        if (event.address == 0) continue;
        Released& last = released[event.thread];
        if (event.kind == EventKind::free) {
            last = {event.address, i};
            continue;
        }
        if (event.old_address != 0 && event.old_address == last.address) to_move_[last.event] = true;
        last = {};
    }
}

void TraceInMemory::for_each(const Visit& events, const Visit& mappings) {
    constexpr std::size_t kBatch = 4096;
    std::vector<Event> batch;
    for (std::size_t begin = 0; begin < trace_.events.size(); begin += kBatch) {
        const std::size_t end = std::min(begin + kBatch, trace_.events.size());
        batch.assign(trace_.events.begin() + static_cast<std::ptrdiff_t>(begin),
                     trace_.events.begin() + static_cast<std::ptrdiff_t>(end));
        for (std::size_t i = begin; i < end; ++i) batch[i - begin].to_move = to_move_[i];
        events(batch);
    }
    if (!trace_.mappings.empty()) mappings(trace_.mappings);
}

}  // namespace memo
