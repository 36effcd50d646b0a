// The sweep, and the free list in two shapes: one finds the lowest gap that fits, one the smallest.
#include "planner/linear_scan.h"

#include "planner/offset_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

// Where the block would begin in the gap, if it fits.
std::optional<Offset> fit(const Extent& gap, const Block& block) {
    const Offset begin = gap.begin.aligned_up(block.alignment);
    if (begin + block.size > gap.end) return std::nullopt;
    return begin;
}

// Gaps by the bit width of their length, ascending within a width. All of a greater width than the block's
// fit, but for alignment; so the first one tried there is nearly always the answer.
class LowestFit {
  public:
    void insert(const Extent& gap) { of(gap).emplace(gap.begin, gap.end); }
    void erase(const Extent& gap) { of(gap).erase(gap.begin); }

    [[nodiscard]] std::optional<Extent> find(const Block& block) const {
        std::optional<Extent> lowest;
        for (std::size_t width = width_of(block.size); width < by_width_.size(); ++width) {
            for (const auto& [begin, end] : by_width_[width]) {
                if (lowest && lowest->begin < begin) break;
                if (fit({begin, end}, block)) {
                    lowest = Extent{begin, end};
                    break;
                }
            }
        }
        return lowest;
    }

  private:
    static std::size_t width_of(Bytes length) {
        return static_cast<std::size_t>(std::bit_width(length.value));
    }
    std::map<Offset, Offset>& of(const Extent& gap) { return by_width_[width_of(gap.end - gap.begin)]; }

    std::array<std::map<Offset, Offset>, 65> by_width_;
};

// Gaps by length, then by place.
class SmallestFit {
  public:
    void insert(const Extent& gap) { by_length_.emplace(gap.end - gap.begin, gap.begin); }
    void erase(const Extent& gap) { by_length_.erase({gap.end - gap.begin, gap.begin}); }

    // A gap counts from its first aligned byte, so the smallest one need not be the shortest: the walk ends
    // where even the most padding would leave more than the smallest room so far.
    [[nodiscard]] std::optional<Extent> find(const Block& block) const {
        std::optional<std::pair<Bytes, Offset>> smallest;  // room, begin of the gap
        const Bytes padding = block.alignment - Bytes{1};
        for (auto it = by_length_.lower_bound({block.size, Offset{}}); it != by_length_.end(); ++it) {
            const auto [length, begin] = *it;
            if (smallest && length > smallest->first + padding) break;
            const auto place = fit({begin, begin + length}, block);
            if (!place) continue;
            const std::pair candidate{begin + length - *place, begin};
            if (!smallest || candidate < *smallest) smallest = candidate;
        }
        if (!smallest) return std::nullopt;
        const Offset begin = smallest->second;
        return Extent{begin, begin.aligned_up(block.alignment) + smallest->first};
    }

  private:
    std::set<std::pair<Bytes, Offset>> by_length_;
};

// The bytes of the arena as they are at one moment. Invariants: everything from `top_` on is free; below it,
// `gaps_` holds the maximal free extents, and `index_` holds the same ones.
template <class Index>
class FreeList {
  public:
    Offset take(const Block& block) {
        const auto gap = index_.find(block);
        const Offset begin = gap ? *fit(*gap, block) : top_.aligned_up(block.alignment);
        const Offset end = begin + block.size;
        if (gap) {
            erase(*gap);
            insert({gap->begin, begin});
            insert({end, gap->end});
        } else {
            insert({top_, begin});
            top_ = end;
        }
        return begin;
    }

    void give_back(Extent freed) {
        auto above = gaps_.lower_bound(freed.end);
        if (above != gaps_.begin()) {
            if (const auto below = std::prev(above); below->second == freed.begin) {
                freed.begin = below->first;
                erase({below->first, below->second});
            }
        }
        if (above != gaps_.end() && above->first == freed.end) {
            freed.end = above->second;
            erase({above->first, above->second});
        }
        if (freed.end == top_) {
            top_ = freed.begin;
        } else {
            insert(freed);
        }
    }

  private:
    void insert(const Extent& gap) {
        if (gap.begin == gap.end) return;
        gaps_.emplace(gap.begin, gap.end);
        index_.insert(gap);
    }

    // By value: the caller's extent may be the one that goes.
    void erase(Extent gap) {
        gaps_.erase(gap.begin);
        index_.erase(gap);
    }

    std::map<Offset, Offset> gaps_;  // begin to end
    Index index_;
    Offset top_;
};

template <class Index>
Packing sweep(const Problem& problem) {
    const auto& blocks = problem.blocks;
    std::vector<std::uint32_t> by_death(blocks.size());
    std::iota(by_death.begin(), by_death.end(), 0U);
    std::sort(by_death.begin(), by_death.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(blocks[a].life.upper, a) < std::tie(blocks[b].life.upper, b);
    });

    // All blocks begin at multiples of this, so the bytes from an end up to the next multiple are of no use
    // to anyone. Taking them along keeps them out of the free list, and changes no place.
    std::uint64_t grain = 0;
    for (const Block& block : blocks) grain = std::gcd(grain, block.alignment.value);
    const auto taken = [&](std::uint32_t block) {
        return Block{Offset{blocks[block].size.value}.aligned_up({grain}) - Offset{}, blocks[block].alignment,
                     blocks[block].life};
    };

    Packing packing;
    packing.offsets.resize(blocks.size());
    FreeList<Index> arena;
    auto dying = by_death.cbegin();
    for (const std::uint32_t born : placement_order(problem, Order::birth)) {
        // Who dies now or earlier was born earlier: its place is known.
        for (; blocks[*dying].life.upper <= blocks[born].life.lower; ++dying) {
            const Offset begin = packing.offsets[*dying];
            arena.give_back({begin, begin + taken(*dying).size});
        }
        const Offset begin = arena.take(taken(born));
        packing.offsets[born] = begin;
        packing.height = std::max(packing.height, begin + blocks[born].size - Offset{});
    }
    return packing;
}

}  // namespace

Packing linear_scan(const Problem& problem, GapRule rule) {
    return rule == GapRule::first ? sweep<LowestFit>(problem) : sweep<SmallestFit>(problem);
}

}  // namespace memo::planner
