// Maps of a round (cli/report/round_map.h).
#include "cli/report/round_map.h"

#include "cli/plan_summary.h"
#include "common/lifetimes.h"

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

void add_before(const Trace& trace, std::uint32_t thread, const Round& round,
                std::span<const std::uint32_t> positions, RoundMap& map) {
    const ThreadRequests requests = requests_of_thread(trace, thread);
    std::vector<std::uint64_t> addresses;
    std::vector<Pages> pages;
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const std::size_t position = round.positions[positions[i]];
        if (position == SIZE_MAX) return;  // this round left it out: there is no place to show
        const std::uint64_t address = trace.events[requests.events[position]].address;
        addresses.push_back(address);
        pages.push_back(
            {address / kPage * kPage, (address + map.blocks[i].size + kPage - 1) / kPage * kPage});
    }
    for (const Pages& range : united(std::move(pages))) {
        map.folds.push_back({map.touched, range.begin});
        map.touched += range.end - range.begin;
    }
    for (std::size_t i = 0; i < addresses.size(); ++i) map.blocks[i].before = folded(map.folds, addresses[i]);
}

}  // namespace memo::cli
