// Lifetimes of the blocks of a period. Everything here works on indices of events, which are the order of
// what happened across all threads.
#include "common/lifetimes.h"

#include <algorithm>
#include <span>

namespace memo {
namespace {

constexpr std::size_t kMissing = SIZE_MAX;

// The rounds that lifetimes are taken from: half-open range of indices into Period::rounds.
struct RoundRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

RoundRange settled_rounds(const Period& period) {
    const auto exact = [](const Round& round) { return round.exact; };
    const auto first = std::find_if(period.rounds.begin(), period.rounds.end(), exact);
    const std::size_t count = period.rounds.size();
    const auto begin = static_cast<std::size_t>(first - period.rounds.begin()) + 1;
    // The last round alone says too little: what it keeps may be kept only because the trace ended.
    return begin + 1 < count ? RoundRange{begin, count} : RoundRange{0, count};
}

// The events of one round's allocations, and the allocation of its thread that came next.
class RoundEvents {
  public:
    RoundEvents(const ThreadRequests& requests, const Round& round, std::size_t next_position)
        : next_(next_position < requests.events.size() ? requests.events[next_position] : kNeverReleased) {
        for (std::size_t slot = 0; slot < round.positions.size(); ++slot) {
            if (round.positions[slot] == kMissing) continue;
            slots_.push_back(slot);
            positions_.push_back(round.positions[slot]);
            events_.push_back(requests.events[round.positions[slot]]);
        }
    }

    // One past the last slot that was allocated while a block that ended at `end` was still live.
    [[nodiscard]] std::size_t upper(std::uint64_t end) const {
        const auto after = std::upper_bound(events_.begin(), events_.end(), end);
        return after == events_.begin() ? 0
                                        : slots_[static_cast<std::size_t>(after - events_.begin()) - 1] + 1;
    }
    [[nodiscard]] bool outlives(std::uint64_t end) const { return end >= next_; }
    [[nodiscard]] std::span<const std::size_t> slots() const { return slots_; }
    [[nodiscard]] std::span<const std::size_t> positions() const { return positions_; }

  private:
    std::uint64_t next_;  // the event of the next round's first allocation
    std::vector<std::size_t> slots_;
    std::vector<std::size_t> positions_;  // parallel to slots_: into the thread's requests
    std::vector<std::uint64_t> events_;   // parallel to slots_, ascending
};

RoundEvents events_of_round(const ThreadRequests& requests, const Period& period, std::size_t round) {
    const bool is_last = round + 1 == period.rounds.size();
    const std::size_t next = is_last ? period.rounds[round].end : period.rounds[round + 1].begin;
    return {requests, period.rounds[round], next};
}

std::uint32_t most_common(std::vector<std::uint32_t>& values) {
    std::sort(values.begin(), values.end());
    std::uint32_t common = kNone;
    std::ptrdiff_t most = 0;
    for (auto first = values.begin(); first != values.end();) {
        const auto last = std::upper_bound(first, values.end(), *first);
        if (last - first > most) {
            most = last - first;
            common = *first;
        }
        first = last;
    }
    return common;
}

void add_sources(const ThreadRequests& requests, const Period& period, RoundRange range,
                 RoundLifetimes& result) {
    std::vector<std::uint32_t> sites;
    std::vector<std::uint32_t> contexts;
    for (std::size_t slot = 0; slot < period.length; ++slot) {
        sites.clear();
        contexts.clear();
        for (std::size_t round = range.begin; round < range.end; ++round) {
            const std::size_t position = period.rounds[round].positions[slot];
            if (position == kMissing) continue;
            sites.push_back(requests.sites[position]);
            contexts.push_back(requests.contexts[position]);
        }
        result.blocks[slot].site = most_common(sites);
        result.blocks[slot].context = most_common(contexts);
    }
}

// Blocks and bytes live before each request of the period, summed over the rounds.
class LiveBefore {
  public:
    explicit LiveBefore(std::size_t length) : blocks_(length + 1, 0), bytes_(length + 1, 0) {}

    // A block is live before the steps in [begin, end), where a step is round * length + slot.
    void add(std::size_t begin, std::size_t end, std::uint64_t size) {
        if (begin >= end) return;
        const std::size_t length = blocks_.size() - 1;
        const std::size_t laps = (end - begin) / length;
        const std::size_t rest = (end - begin) % length;
        add_range(0, length, laps, size);
        const std::size_t first = begin % length;
        add_range(first, std::min(first + rest, length), 1, size);
        if (first + rest > length) add_range(0, first + rest - length, 1, size);
    }

    [[nodiscard]] std::size_t quietest() const {
        std::size_t best = 0;
        std::int64_t blocks = 0;
        std::int64_t bytes = 0;
        std::int64_t best_blocks = blocks_[0];
        std::int64_t best_bytes = bytes_[0];
        for (std::size_t slot = 0; slot + 1 < blocks_.size(); ++slot) {
            blocks += blocks_[slot];
            bytes += bytes_[slot];
            if (blocks > best_blocks || (blocks == best_blocks && bytes >= best_bytes)) continue;
            best = slot;
            best_blocks = blocks;
            best_bytes = bytes;
        }
        return best;
    }

  private:
    void add_range(std::size_t begin, std::size_t end, std::size_t times, std::uint64_t size) {
        const auto count = static_cast<std::int64_t>(times);
        blocks_[begin] += count;
        blocks_[end] -= count;
        bytes_[begin] += count * static_cast<std::int64_t>(size);
        bytes_[end] -= count * static_cast<std::int64_t>(size);
    }

    std::vector<std::int64_t> blocks_;  // differences from slot to slot
    std::vector<std::int64_t> bytes_;
};

// The event of each slot of each settled round, round after round: the moments at which boundaries are
// compared, as often for one slot as for any other. A missing slot would have come just before the next one
// that is there.
std::vector<std::uint64_t> events_looked_at(const ThreadRequests& requests, const Period& period) {
    const RoundRange range = settled_rounds(period);
    std::vector<std::uint64_t> events;
    for (std::size_t i = range.begin; i < range.end; ++i) {
        const Round& round = period.rounds[i];
        const bool is_last = i + 1 == period.rounds.size();
        if (is_last && !round.exact) continue;
        const std::size_t begin = events.size();
        std::uint64_t next = is_last ? 0 : requests.events[period.rounds[i + 1].begin];
        events.resize(begin + period.length);
        for (std::size_t slot = period.length; slot-- > 0;) {
            if (round.positions[slot] != kMissing) next = requests.events[round.positions[slot]];
            events[begin + slot] = next;
        }
    }
    return events;
}

}  // namespace

RoundLifetimes round_lifetimes(const ThreadRequests& requests, const Period& period) {
    RoundLifetimes result;
    result.blocks.reserve(period.length);
    for (std::size_t slot = 0; slot < period.length; ++slot) {
        const Request& request = period.requests[slot];
        result.blocks.push_back({.lifetime = {{slot}, {slot + 1}},
                                 .size = {request.size},
                                 .alignment = {request.alignment},
                                 .varies = !period.varies.empty() && period.varies[slot]});
    }
    const RoundRange range = settled_rounds(period);
    for (std::size_t i = range.begin; i < range.end; ++i) {
        const bool is_last = i + 1 == period.rounds.size();
        if (is_last && !period.rounds[i].exact) continue;
        const RoundEvents round = events_of_round(requests, period, i);
        ++result.rounds;
        for (std::size_t k = 0; k < round.slots().size(); ++k) {
            PeriodBlock& block = result.blocks[round.slots()[k]];
            const std::uint64_t end = requests.ends[round.positions()[k]];
            const bool outlives = round.outlives(end);
            if (is_last && (outlives || end == kNeverReleased)) continue;
            block.escapes = block.escapes || outlives;
            block.lifetime.upper = std::max(block.lifetime.upper, EventIndex{round.upper(end)});
        }
    }
    add_sources(requests, period, range, result);
    return result;
}

std::size_t quietest_boundary(const ThreadRequests& requests, const Period& period) {
    const std::vector<std::uint64_t> looks = events_looked_at(requests, period);
    LiveBefore live(period.length);
    for (const Round& round : period.rounds) {
        for (const std::size_t position : round.positions) {
            if (position == kMissing) continue;
            const auto first = std::upper_bound(looks.begin(), looks.end(), requests.events[position]);
            const auto last = std::upper_bound(first, looks.end(), requests.ends[position]);
            live.add(static_cast<std::size_t>(first - looks.begin()),
                     static_cast<std::size_t>(last - looks.begin()), requests[position].size);
        }
    }
    return live.quietest();
}

}  // namespace memo
