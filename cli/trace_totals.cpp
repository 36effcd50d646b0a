// Summing (cli/trace_totals.h).
#include "cli/trace_totals.h"

#include "cli/endings.h"
#include "common/lifetimes.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace memo::cli {

namespace {

// Finds the moment with the most live bytes among the selection's blocks.
void find_peak(const Trace& trace, std::span<const std::size_t> ends, Selection& selection) {
    // A block that realloc moved ends at the event that gives birth to its successor: both are live at that
    // moment. So what ends at an event leaves after it.
    std::vector<std::uint64_t> leaving(trace.events.size(), 0);  // bytes, by event
    for (const std::size_t index : selection.allocations) {
        if (makes_block(trace, ends, index) && ends[index] != kNeverReleased)
            leaving[ends[index]] += trace.events[index].size;
    }
    std::uint64_t live = 0;
    std::size_t at = 0;
    for (const std::size_t index : selection.allocations) {
        if (!makes_block(trace, ends, index)) continue;
        for (; at < index; ++at) live -= leaving[at];
        live += trace.events[index].size;
        if (live > selection.peak_bytes) {
            selection.peak_bytes = live;
            selection.peak_event = index;
        }
    }
}

}  // namespace

double Group::mean_lifetime() const {
    return released == 0 ? 0 : static_cast<double>(lifetimes) / static_cast<double>(released);
}

Selection select(const Trace& trace, std::span<const std::size_t> ends,
                 std::vector<std::size_t> allocations) {
    Selection selection;
    selection.allocations = std::move(allocations);
    for (const std::size_t index : selection.allocations) selection.bytes += trace.events[index].size;
    find_peak(trace, ends, selection);
    return selection;
}

Selection select_all(const Trace& trace, std::span<const std::size_t> ends) {
    std::vector<std::size_t> allocations;
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
        if (trace.events[i].kind == EventKind::allocate) allocations.push_back(i);
    }
    return select(trace, ends, std::move(allocations));
}

Totals totals_of(const Trace& trace, std::span<const std::size_t> ends) {
    const Selection all = select_all(trace, ends);
    Totals totals;
    totals.allocations = all.allocations.size();
    totals.frees = trace.events.size() - totals.allocations;
    totals.bytes = all.bytes;
    totals.peak_bytes = all.peak_bytes;
    totals.peak_event = all.peak_event;
    return totals;
}

std::vector<Group> group_by(const Trace& trace, std::span<const std::size_t> ends, const Selection& selection,
                            const std::function<std::uint32_t(const Event&)>& key,
                            const std::function<bool(const Event&)>& is_tagged) {
    const std::vector<bool> temporary = temporary_allocations(trace, ends);
    std::unordered_map<std::uint32_t, Group> groups;
    for (const std::size_t index : selection.allocations) {
        const Event& event = trace.events[index];
        const std::uint32_t name = key(event);
        Group& group = groups[name];
        group.key = name;
        group.bytes += event.size;
        if (is_tagged(event)) group.tagged_bytes += event.size;
        ++group.allocations;
        if (temporary[index]) {
            group.temporary_bytes += event.size;
            ++group.temporary_allocations;
        }
        if (!makes_block(trace, ends, index)) continue;
        const bool is_kept = ends[index] == kNeverReleased;
        if (is_kept) {
            group.kept_bytes += event.size;
            ++group.kept_allocations;
        } else {
            ++group.released;
            group.lifetimes += ends[index] - index;
        }
        // At the peak's event the dying block of a realloc still counts: see find_peak.
        if (index <= selection.peak_event && (is_kept || ends[index] >= selection.peak_event)) {
            group.peak_bytes += event.size;
            ++group.peak_allocations;
        }
    }
    std::vector<Group> sorted;
    sorted.reserve(groups.size());
    for (const auto& [name, group] : groups) sorted.push_back(group);
    std::sort(sorted.begin(), sorted.end(), [](const Group& a, const Group& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.key < b.key;
    });
    return sorted;
}

}  // namespace memo::cli
