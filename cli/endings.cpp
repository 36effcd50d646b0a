// Sorting blocks by their end (cli/endings.h): a counting sort.
#include "cli/endings.h"

#include "common/lifetimes.h"

namespace memo::cli {

Endings::Endings(const Trace& trace, std::span<const std::size_t> ends) : first_(ends.size() + 1, 0) {
    const auto ends_somewhere = [&](std::size_t i) {
        return makes_block(trace, ends, i) && ends[i] != kNeverReleased;
    };
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends_somewhere(i)) ++first_[ends[i] + 1];
    }
    for (std::size_t i = 0; i < ends.size(); ++i) first_[i + 1] += first_[i];
    blocks_.resize(first_.back());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends_somewhere(i)) blocks_[next[ends[i]]++] = static_cast<std::uint32_t>(i);
    }
}

std::vector<bool> temporary_allocations(const Trace& trace, std::span<const std::size_t> ends) {
    std::vector<bool> temporary(trace.events.size(), false);
    std::vector<std::size_t> before(trace.threads.size(), kNeverReleased);  // each thread's last event
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
        const Event& event = trace.events[i];
        std::size_t& last = before[event.thread];
        if (event.kind == EventKind::free && last != kNeverReleased && makes_block(trace, ends, last) &&
            ends[last] == i) {
            temporary[last] = true;
        }
        last = i;
    }
    return temporary;
}

}  // namespace memo::cli
