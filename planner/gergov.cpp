// The skyline that grows the 2-allocation, the colours, and why both hold.
//
// Moments are cut into segments, each with a height; at first there is one, of height 0. The lowest segment
// S is taken, over and over. If an unplaced block touches S and no other segment, it is put on S: its part of
// S rises by its size, and S falls into up to three. Else S dies: it is no segment any more, and blocks may
// reach across its moments freely. Heights of segments taken never fall, so neither do offsets in order of
// placement.
//
// - Height. What rests on a living segment is a gapless pile of blocks that live there, and nothing reaches
//   across it. So its height is at most the load of one of its moments, and every offset + size is the height
//   of some segment.
// - Every block is placed: the last living segment that it touches cannot die before.
// - Overlaps. Say a block goes onto S at height h. On S it rests on the pile. Left of S it reaches into dead
//   moments at most, up to the living segment L before them. Blocks that rested on a segment which is dead by
//   now end at or below that segment's last height, so at or below h. What is higher there came across from
//   L, and of L's pile only the top can reach above h, because it was placed at or below h. Likewise on the
//   right. So the block overlaps at most two earlier ones, the tops of its neighbours, and three colours do.
//   Neither top reached across S while it lived, so they lie before and after it and never meet: no byte
//   belongs to three blocks.
#include "planner/gergov.h"

#include "planner/greedy.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// The unplaced blocks; finds one that lives within a window of time. A perfect binary tree over the blocks in
// order of birth; node i covers nodes 2i and 2i + 1 and holds their earliest death.
class Unplaced {
  public:
    explicit Unplaced(const std::vector<Block>& blocks)
        : by_birth_(blocks.size()),
          leaves_(std::bit_ceil(std::max<std::size_t>(blocks.size(), 1))),
          tree_(2 * leaves_, Death{UINT64_MAX, kNone}) {
        std::iota(by_birth_.begin(), by_birth_.end(), 0U);
        std::sort(by_birth_.begin(), by_birth_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return std::tie(blocks[a].life.lower, a) < std::tie(blocks[b].life.lower, b);
        });
        for (std::uint32_t rank = 0; rank < by_birth_.size(); ++rank) {
            births_.push_back(blocks[by_birth_[rank]].life.lower);
            tree_[leaves_ + rank] = {blocks[by_birth_[rank]].life.upper.value, rank};
        }
        for (std::size_t node = leaves_ - 1; node != 0; --node) refresh(node);
    }

    // Takes out the block that dies first of those born within the window, if it dies within it too.
    std::optional<std::uint32_t> take_within(const Lifetime& window) {
        Death earliest{UINT64_MAX, kNone};
        std::size_t first = leaves_ + born_before(window.lower);
        std::size_t last = leaves_ + born_before(window.upper);
        for (; first < last; first /= 2, last /= 2) {
            if (first % 2 == 1) earliest = std::min(earliest, tree_[first++]);
            if (last % 2 == 1) earliest = std::min(earliest, tree_[--last]);
        }
        if (earliest.second == kNone || earliest.first > window.upper.value) return std::nullopt;
        std::size_t node = leaves_ + earliest.second;
        tree_[node] = {UINT64_MAX, kNone};
        while ((node /= 2) != 0) refresh(node);
        return by_birth_[earliest.second];
    }

  private:
    using Death = std::pair<std::uint64_t, std::uint32_t>;  // moment, rank by birth

    [[nodiscard]] std::size_t born_before(EventIndex moment) const {
        return static_cast<std::size_t>(std::lower_bound(births_.begin(), births_.end(), moment) -
                                        births_.begin());
    }
    void refresh(std::size_t node) { tree_[node] = std::min(tree_[2 * node], tree_[2 * node + 1]); }

    std::vector<std::uint32_t> by_birth_;
    std::vector<EventIndex> births_;
    std::size_t leaves_;
    std::vector<Death> tree_;
};

struct Segment {
    EventIndex end;
    Offset height;
    std::uint32_t top = kNone;  // the highest block of its pile
};

class Skyline {
  public:
    explicit Skyline(const Problem& problem) : blocks_(problem.blocks), unplaced_(problem.blocks) {
        result_.offsets.resize(blocks_.size());
        result_.colours.resize(blocks_.size());
        raise({EventIndex{0}, EventIndex{UINT64_MAX}}, Offset{}, kNone);
    }

    TwoAllocation grow() && {
        while (!lowest_.empty()) {
            const auto found = living_.find(lowest_.top().second);
            lowest_.pop();
            visit(found);
        }
        return std::move(result_);
    }

  private:
    using Living = std::map<EventIndex, Segment>;  // by begin

    void visit(Living::iterator found) {
        const auto [begin, segment] = *found;
        Lifetime window{EventIndex{0}, EventIndex{UINT64_MAX}};
        std::uint32_t left = kNone;
        std::uint32_t right = kNone;
        if (found != living_.begin()) {
            const Segment& before = std::prev(found)->second;
            window.lower = before.end;
            left = before.top;
        }
        if (const auto after = std::next(found); after != living_.end()) {
            window.upper = after->first;
            right = after->second.top;
        }
        living_.erase(found);
        const auto block = unplaced_.take_within(window);
        if (!block) return;
        const Lifetime& life = blocks_[*block].life;
        result_.offsets[*block] = segment.height;
        colour(*block, left, right);
        const Lifetime covered{std::max(begin, life.lower), std::min(segment.end, life.upper)};
        raise({begin, covered.lower}, segment.height, segment.top);
        raise(covered, end_of(*block), *block);
        raise({covered.upper, segment.end}, segment.height, segment.top);
    }

    // The lowest colour that neither neighbour's top has, if it is in the way.
    void colour(std::uint32_t block, std::uint32_t left, std::uint32_t right) {
        const auto taken = [&](std::uint32_t top, std::uint8_t colour) {
            return top != kNone && result_.colours[top] == colour &&
                   blocks_[top].life.overlaps(blocks_[block].life) && end_of(top) > result_.offsets[block];
        };
        std::uint8_t& mine = result_.colours[block];
        for (mine = 0; taken(left, mine) || taken(right, mine);) ++mine;
    }

    void raise(const Lifetime& when, Offset height, std::uint32_t top) {
        if (when.lower >= when.upper) return;
        living_[when.lower] = {when.upper, height, top};
        lowest_.emplace(height, when.lower);
    }

    [[nodiscard]] Offset end_of(std::uint32_t block) const {
        return (result_.offsets[block] + blocks_[block].size).aligned_up(blocks_[block].alignment);
    }

    const std::vector<Block>& blocks_;
    Unplaced unplaced_;
    Living living_;
    // Every living segment once.
    std::priority_queue<std::pair<Offset, EventIndex>, std::vector<std::pair<Offset, EventIndex>>,
                        std::greater<>>
        lowest_;
    TwoAllocation result_;
};

}  // namespace

TwoAllocation two_allocation(const Problem& problem) {
    return Skyline(problem).grow();
}

Packing gergov(const Problem& problem) {
    const TwoAllocation raw = two_allocation(problem);
    std::vector<std::uint32_t> order(problem.blocks.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(raw.colours[a], raw.offsets[a], a) < std::tuple(raw.colours[b], raw.offsets[b], b);
    });
    return place_in_order(problem, order, GapRule::first);
}

}  // namespace memo::planner
