// Maps of a round (cli/report/round_map.h).
#include "cli/report/round_map.h"

#include "cli/plan_summary.h"

#include <algorithm>
#include <map>
#include <utility>

namespace memo::cli {

namespace {

constexpr std::uint64_t kPage = 4096;

struct Pages {
    std::uint64_t begin = 0;  // half-open, in bytes, whole pages
    std::uint64_t end = 0;
};

// The union of the pages of `blocks`, ascending.
[[nodiscard]] std::vector<Pages> united(std::vector<Pages> blocks) {
    std::sort(blocks.begin(), blocks.end(), [](const Pages& a, const Pages& b) { return a.begin < b.begin; });
    std::vector<Pages> united;
    for (const Pages& block : blocks) {
        if (!united.empty() && block.begin <= united.back().end) {
            united.back().end = std::max(united.back().end, block.end);
        } else {
            united.push_back(block);
        }
    }
    return united;
}

[[nodiscard]] std::uint64_t folded(const std::vector<Fold>& folds, std::uint64_t address) {
    auto after = std::upper_bound(folds.begin(), folds.end(), address,
                                  [](std::uint64_t value, const Fold& fold) { return value < fold.address; });
    --after;  // every block lies behind a fold
    return after->position + (address - after->address);
}

// The addresses of some events, which ascend.
[[nodiscard]] std::vector<std::uint64_t> addresses_at(TraceSource& source,
                                                      std::span<const std::uint64_t> events) {
    std::vector<std::uint64_t> addresses;
    std::uint64_t begin = 0;
    source.for_each([&](std::span<const Event> some) {
        while (addresses.size() < events.size() && events[addresses.size()] < begin + some.size())
            addresses.push_back(some[events[addresses.size()] - begin].address);
        begin += some.size();
    });
    return addresses;
}

}  // namespace

RoundMap map_of(const PlanView& plan) {
    const PlacedSlots placed = placed_slots(plan);
    RoundMap map;
    map.moments = plan.header().period_requests;
    map.height = plan.header().height;
    map.max_load = plan.header().max_load;
    std::map<std::string, std::uint32_t> tags;
    for (std::size_t i = 0; i < placed.slots.size(); ++i) {
        const PlanSlot& slot = plan.slots()[placed.slots[i]];
        const std::string tag = plan.string(slot.tag);
        const auto [at, fresh] = tags.try_emplace(tag.empty() ? "untagged" : tag, map.tags.size());
        if (fresh) map.tags.push_back(at->first);
        map.blocks.push_back(
            {slot.lower, slot.upper, slot.size, slot.offset, 0, at->second, placed.problem.ids[i]});
    }
    return map;
}

void add_before(TraceSource& source, const ThreadRequests& requests, const Round& round,
                std::span<const std::uint32_t> positions, RoundMap& map) {
    std::vector<std::uint64_t> events;
    for (const std::uint32_t slot : positions) {
        const std::size_t position = round.positions[slot];
        if (position == SIZE_MAX) return;  // this round left it out: there is no place to show
        events.push_back(requests.events[position]);
    }
    const std::vector<std::uint64_t> addresses = addresses_at(source, events);
    std::vector<Pages> pages;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        pages.push_back(
            {addresses[i] / kPage * kPage, (addresses[i] + map.blocks[i].size + kPage - 1) / kPage * kPage});
    }
    for (const Pages& range : united(std::move(pages))) {
        map.folds.push_back({map.touched, range.begin});
        map.touched += range.end - range.begin;
    }
    for (std::size_t i = 0; i < addresses.size(); ++i) map.blocks[i].before = folded(map.folds, addresses[i]);
}

}  // namespace memo::cli
