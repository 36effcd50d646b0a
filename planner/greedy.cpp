// Orders, gap rules and the placement loop.
#include "planner/greedy.h"

#include "common/pause_point.h"
#include "planner/conflict_index.h"
#include "planner/loads.h"
#include "planner/offset_order.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

// Looks for the place of one block while the occupied extents pass by in ascending order of begin. They may
// overlap each other: blocks that live at the same time as the new one need not live at the same time as one
// another.
class GapSearch {
  public:
    GapSearch(const Block& block, GapRule rule) : block_(block), rule_(rule) {}

    // The next extent. False if the place is found and no more need pass.
    bool pass(const Extent& extent) {
        const Offset begin = floor_.aligned_up(block_.alignment);
        if (begin + block_.size <= extent.begin) {
            const std::pair candidate{extent.begin - begin, begin};
            if (!smallest_ || candidate < *smallest_) smallest_ = candidate;
            if (rule_ == GapRule::first) return false;
        }
        floor_ = std::max(floor_, extent.end);
        return true;
    }

    [[nodiscard]] Offset place() const {
        return smallest_ ? smallest_->second : floor_.aligned_up(block_.alignment);
    }

  private:
    const Block& block_;
    GapRule rule_;
    Offset floor_;  // everything below is occupied, or a gap already seen
    std::optional<std::pair<Bytes, Offset>> smallest_;
};

// Sorts the blocks by descending `key`, then descending `second`, then index.
template <class Key, class Second>
std::vector<std::uint32_t> descending(const Problem& problem, Key key, Second second) {
    using Entry = std::tuple<decltype(key(0U)), decltype(second(0U)), std::uint32_t>;
    std::vector<Entry> entries;
    entries.reserve(problem.blocks.size());
    for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
        entries.emplace_back(key(block), second(block), block);
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(std::get<0>(b), std::get<1>(b), std::get<2>(a)) <
               std::tie(std::get<0>(a), std::get<1>(a), std::get<2>(b));
    });
    std::vector<std::uint32_t> order;
    order.reserve(entries.size());
    for (const Entry& entry : entries) order.push_back(std::get<2>(entry));
    return order;
}

}  // namespace

std::vector<std::uint32_t> placement_order(const Problem& problem, Order order) {
    const auto& blocks = problem.blocks;
    const auto size = [&](std::uint32_t b) { return blocks[b].size.value; };
    const auto lifetime = [&](std::uint32_t b) {
        return blocks[b].life.upper.value - blocks[b].life.lower.value;
    };
    switch (order) {
        case Order::size:
            return descending(problem, size, lifetime);
        case Order::lifetime:
            return descending(problem, lifetime, size);
        case Order::area: {
            // The product can pass 64 bits; an order does not need its last digits.
            const auto area = [&](std::uint32_t b) {
                return static_cast<double>(size(b)) * static_cast<double>(lifetime(b));
            };
            return descending(problem, area, size);
        }
        case Order::birth: {
            const auto earliness = [&](std::uint32_t b) { return ~blocks[b].life.lower.value; };
            return descending(problem, earliness, size);
        }
        case Order::breadth: {
            const std::vector<Bytes> peaks = peak_loads(problem);
            return descending(
                problem, [&](std::uint32_t b) { return peaks[b]; }, size);
        }
    }
    std::vector<std::uint32_t> as_given(blocks.size());
    std::iota(as_given.begin(), as_given.end(), 0U);
    return as_given;
}

Packing place_in_order(const Problem& problem, std::span<const std::uint32_t> order, GapRule rule) {
    return place_around(problem, {}, order, rule);
}

Packing place_around(const Problem& problem, std::span<const std::pair<std::uint32_t, Offset>> placed,
                     std::span<const std::uint32_t> order, GapRule rule) {
    Packing packing;
    packing.offsets.resize(problem.blocks.size());
    ConflictIndex index(problem.blocks);
    OffsetOrder extents(problem.blocks.size());
    const auto put = [&](std::uint32_t block, Offset begin) {
        const Offset end = begin + problem.blocks[block].size;
        packing.offsets[block] = begin;
        packing.height = std::max(packing.height, end - Offset{});
        index.place(block);
        extents.place(block, {begin, end});
    };
    for (const auto& [block, offset] : placed) put(block, offset);
    for (const std::uint32_t block : order) {
        pause_point();
        index.for_each_overlapping(problem.blocks[block].life,
                                   [&](std::uint32_t other) { extents.mark(other); });
        GapSearch search(problem.blocks[block], rule);
        extents.walk([&](const Extent& extent) { return search.pass(extent); });
        put(block, search.place());
    }
    return packing;
}

Packing bump(const Problem& problem) {
    Packing packing;
    packing.offsets.reserve(problem.blocks.size());
    Offset top;
    for (const Block& block : problem.blocks) {
        packing.offsets.push_back(top.aligned_up(block.alignment));
        top = packing.offsets.back() + block.size;
    }
    packing.height = top - Offset{};
    return packing;
}

}  // namespace memo::planner
