// Summing (cli/trace_totals.h). What a requester had live at the peak is not known until a higher peak fails
// to come: so each remembers, when its load first changes after a peak, what it was.
#include "cli/trace_totals.h"

#include <algorithm>
#include <unordered_map>

namespace memo::cli {

Group& Group::operator+=(const Group& other) {
    bytes += other.bytes;
    allocations += other.allocations;
    peak_bytes += other.peak_bytes;
    peak_allocations += other.peak_allocations;
    temporary_bytes += other.temporary_bytes;
    temporary_allocations += other.temporary_allocations;
    kept_bytes += other.kept_bytes;
    kept_allocations += other.kept_allocations;
    released += other.released;
    lifetimes += other.lifetimes;
    tagged_bytes += other.tagged_bytes;
    return *this;
}

double Group::mean_lifetime() const {
    return released == 0 ? 0 : static_cast<double>(lifetimes) / static_cast<double>(released);
}

Summary::Live& Summary::about_to_change(std::uint32_t requester) {
    Live& live = live_[requester];
    if (live.seen != peaks_) {
        groups_[requester].peak_bytes = live.bytes;
        groups_[requester].peak_allocations = live.blocks;
        live.seen = peaks_;
    }
    return live;
}

void Summary::allocated(const Allocation& allocation) {
    const Event& event = allocation.event;
    if (!counts(event.thread, allocation.index)) return;
    if (allocation.requester >= groups_.size()) {
        groups_.resize(std::size_t{allocation.requester} + 1);
        live_.resize(groups_.size());
    }
    Group& group = groups_[allocation.requester];
    ++allocations_;
    ++group.allocations;
    bytes_ += event.size;
    group.bytes += event.size;
    if (!allocation.makes_block) return;
    Live& live = about_to_change(allocation.requester);
    live.bytes += event.size;
    ++live.blocks;
    live_bytes_ += event.size;
    if (live_bytes_ > peak_bytes_) {
        peak_bytes_ = live_bytes_;
        peak_event_ = allocation.index;
        ++peaks_;
    }
}

void Summary::ended(const Block& block, std::uint64_t end, bool temporary) {
    if (!counts(block)) return;
    Group& group = groups_[block.requester];
    if (temporary) {
        group.temporary_bytes += block.size;
        ++group.temporary_allocations;
    }
    ++group.released;
    group.lifetimes += end - block.birth;
    Live& live = about_to_change(block.requester);
    live.bytes -= block.size;
    --live.blocks;
    live_bytes_ -= block.size;
}

void Summary::kept(const Block& block) {
    if (!counts(block)) return;
    groups_[block.requester].kept_bytes += block.size;
    ++groups_[block.requester].kept_allocations;
}

std::vector<Group> Summary::groups() const {
    std::vector<Group> groups = groups_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i].key = static_cast<std::uint32_t>(i);
        if (live_[i].seen == peaks_) continue;
        groups[i].peak_bytes = live_[i].bytes;
        groups[i].peak_allocations = live_[i].blocks;
    }
    return groups;
}

std::vector<Group> group_by(const Summary& summary, const std::function<std::uint32_t(std::uint32_t)>& key,
                            const std::function<bool(std::uint32_t)>& is_tagged) {
    std::unordered_map<std::uint32_t, std::size_t> places;
    std::vector<Group> sums;
    for (Group& group : summary.groups()) {
        if (group.allocations == 0) continue;
        if (is_tagged(group.key)) group.tagged_bytes = group.bytes;
        const std::uint32_t name = key(group.key);
        const auto [place, fresh] = places.try_emplace(name, sums.size());
        if (fresh) sums.push_back({.key = name});
        sums[place->second] += group;
    }
    std::sort(sums.begin(), sums.end(), [](const Group& a, const Group& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.key < b.key;
    });
    return sums;
}

}  // namespace memo::cli
