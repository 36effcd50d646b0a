// A sweep over time. Every block is cut into the stretches in which it keeps the same bytes; at each moment
// the stretches that end leave first, then those that begin enter, in index order, a set of what is kept now.
// The set is ordered by place: all stretches are ranked once by arena and first byte, and the set is a bit a
// rank, with summaries above that find the neighbour of a rank in a few steps.
//
// Invariant: stretches in the set that share a byte belong to one alias, because the sweep ends at the first
// that does not. What a newcomer meets is therefore next to it. Above it: the first stretch of another group
// (a block, or an alias), if it begins before the newcomer ends. Below it: let P be the nearest stretch
// below. Anything further down that reaches the newcomer covers P's first byte, so it is of P's group. If
// that is the newcomer's own group there is nothing to find; if P is a block of no alias only P itself can
// reach; else the stretches of P's alias that follow one another below are looked at, and what is below those
// cannot reach over them.
#include "planner/verifier.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

// A set of numbers below a bound: a bit each, and above every 64 bits one that says whether any is set.
class RankSet {
  public:
    explicit RankSet(std::size_t bound) {
        do {
            bound = bound / 64 + 1;
            levels_.emplace_back(bound);
        } while (bound > 1);
    }

    void insert(std::size_t rank) {
        for (auto& level : levels_) {
            level[rank / 64] |= bit(rank);
            rank /= 64;
        }
    }

    void erase(std::size_t rank) {
        for (auto& level : levels_) {
            if ((level[rank / 64] &= ~bit(rank)) != 0) return;
            rank /= 64;
        }
    }

    // The least member above `rank`, or kNone.
    [[nodiscard]] std::size_t above(std::size_t rank) const {
        for (std::size_t k = 0; k < levels_.size(); ++k, rank /= 64) {
            const std::uint64_t rest = levels_[k][rank / 64] & ~(bit(rank) | (bit(rank) - 1));
            if (rest == 0) continue;
            rank = rank / 64 * 64 + static_cast<std::size_t>(std::countr_zero(rest));
            while (k-- != 0) rank = rank * 64 + static_cast<std::size_t>(std::countr_zero(levels_[k][rank]));
            return rank;
        }
        return kNone;
    }

    // The greatest member below `rank`, or kNone.
    [[nodiscard]] std::size_t below(std::size_t rank) const {
        for (std::size_t k = 0; k < levels_.size(); ++k, rank /= 64) {
            const std::uint64_t rest = levels_[k][rank / 64] & (bit(rank) - 1);
            if (rest == 0) continue;
            rank = rank / 64 * 64 + last_bit(rest);
            while (k-- != 0) rank = rank * 64 + last_bit(levels_[k][rank]);
            return rank;
        }
        return kNone;
    }

  private:
    static std::uint64_t bit(std::size_t rank) { return std::uint64_t{1} << (rank % 64); }
    static std::size_t last_bit(std::uint64_t word) {
        return static_cast<std::size_t>(63 - std::countl_zero(word));
    }

    std::vector<std::vector<std::uint64_t>> levels_;
};

// Part of a block's life, in which it keeps bytes [begin, end) of the arena; possibly none.
struct Stretch {
    Lifetime life;
    Offset begin;
    Offset end;
    std::size_t block;
};

class Sweep {
  public:
    Sweep(const Problem& problem, const Packing& packing) : problem_(problem), packing_(packing) {
        stretches_.reserve(problem.blocks.size());
        for (std::size_t block = 0; block < problem.blocks.size(); ++block) cut(block);
        rank();
    }

    [[nodiscard]] std::optional<Conflict> run() {
        RankSet kept(stretches_.size());
        const auto births = in_order([](const Stretch& stretch) { return stretch.life.lower; });
        const auto deaths = in_order([](const Stretch& stretch) { return stretch.life.upper; });
        auto death = deaths.cbegin();
        for (const auto& [moment, rank] : births) {
            for (; death != deaths.cend() && death->first <= moment; ++death) kept.erase(death->second);
            const Stretch& stretch = stretches_[rank];
            if (moment == problem_.blocks[stretch.block].life.lower) {
                if (auto conflict = check_alone(stretch.block)) return conflict;
                if (auto conflict = check_alias(stretch.block)) return conflict;
            }
            if (stretch.begin == stretch.end) continue;
            const std::size_t other = met(kept, rank);
            if (other != kNone) return overlap(moment, stretch.block, stretches_[other].block);
            kept.insert(rank);
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] std::uint32_t alias(std::size_t block) const {
        return problem_.aliases.empty() ? kNoAlias : problem_.aliases[block];
    }
    [[nodiscard]] std::uint32_t arena(std::size_t block) const {
        return problem_.arena_of.empty() ? 0 : problem_.arena_of[block];
    }
    [[nodiscard]] bool gaps_in_place(std::size_t index) const {
        if (problem_.gaps.empty()) return true;
        const Block& block = problem_.blocks[index];
        EventIndex since = block.life.lower;
        for (const Gap& gap : problem_.gaps[index]) {
            if (gap.life.lower < since || gap.life.lower >= gap.life.upper) return false;
            if (gap.begin > gap.end || gap.end.value > block.size.value) return false;
            since = gap.life.upper;
        }
        return since <= block.life.upper || problem_.gaps[index].empty();
    }

    // The first stretch begins with the block even if it keeps nothing, so that every block is looked at. A
    // block that check_alone refuses is cut somehow: the sweep ends where it begins.
    void cut(std::size_t index) {
        const Block& block = problem_.blocks[index];
        const Offset offset = packing_.offsets[index];
        const auto add = [&](EventIndex lower, EventIndex upper, Offset begin, Offset end) {
            stretches_.push_back(
                {{lower, upper}, offset + Bytes{begin.value}, offset + Bytes{end.value}, index});
        };
        EventIndex since = block.life.lower;
        if (!problem_.gaps.empty() && gaps_in_place(index)) {
            for (const Gap& gap : problem_.gaps[index]) {
                if (since != gap.life.lower) add(since, gap.life.lower, {}, {block.size.value});
                add(gap.life.lower, gap.life.upper, gap.begin, gap.end);
                since = gap.life.upper;
            }
            if (since == block.life.upper) return;
        }
        add(since, block.life.upper, {}, {block.size.value});
    }

    // Puts the stretches in order of place; from here on a rank is an index.
    void rank() {
        struct Key {
            Offset begin;
            std::uint32_t arena;
            std::uint32_t stretch;
        };
        std::vector<Key> keys;
        keys.reserve(stretches_.size());
        for (const Stretch& stretch : stretches_) {
            keys.push_back({stretch.begin, arena(stretch.block), static_cast<std::uint32_t>(keys.size())});
        }
        std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
            return std::pair{a.arena, a.begin} < std::pair{b.arena, b.begin};
        });
        std::vector<Stretch> ranked;
        ranked.reserve(stretches_.size());
        for (const Key& key : keys) ranked.push_back(stretches_[key.stretch]);
        stretches_ = std::move(ranked);
    }

    // Ranks by a moment of theirs; of one moment, in order of block index.
    template <class Moment>
    [[nodiscard]] std::vector<std::pair<EventIndex, std::uint32_t>> in_order(Moment moment) const {
        std::vector<std::pair<EventIndex, std::uint32_t>> order;
        order.reserve(stretches_.size());
        for (const Stretch& stretch : stretches_) {
            order.emplace_back(moment(stretch), static_cast<std::uint32_t>(order.size()));
        }
        std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
            if (a.first != b.first) return a.first < b.first;
            return stretches_[a.second].block < stretches_[b.second].block;
        });
        return order;
    }

    [[nodiscard]] bool same_group(std::size_t a, std::size_t b) const {
        return a == b || (alias(a) != kNoAlias && alias(a) == alias(b));
    }

    // The rank of something kept that this stretch must not share bytes with and does, or kNone.
    [[nodiscard]] std::size_t met(const RankSet& kept, std::size_t rank) const {
        const Stretch& own = stretches_[rank];
        const auto in_arena = [&](std::size_t other) {
            return other != kNone && arena(stretches_[other].block) == arena(own.block);
        };
        std::size_t other = kept.above(rank);
        for (; in_arena(other) && stretches_[other].begin < own.end; other = kept.above(other)) {
            if (!same_group(own.block, stretches_[other].block)) return other;
        }
        other = kept.below(rank);
        if (!in_arena(other) || same_group(own.block, stretches_[other].block)) return kNone;
        const std::size_t nearest = stretches_[other].block;
        for (; in_arena(other) && same_group(nearest, stretches_[other].block); other = kept.below(other)) {
            if (stretches_[other].end > own.begin) return other;
        }
        return kNone;
    }

    [[nodiscard]] std::optional<Conflict> check_alone(std::size_t index) const {
        const Block& block = problem_.blocks[index];
        const Offset offset = packing_.offsets[index];
        const auto refuse = [&](ConflictKind kind, const std::string& what) {
            return at(block.life.lower, index, kind, what);
        };
        if (block.life.lower >= block.life.upper)
            return refuse(ConflictKind::malformed, "its lifetime is empty");
        if (block.size.value == 0) return refuse(ConflictKind::malformed, "its size is 0");
        if (block.alignment.value == 0) return refuse(ConflictKind::malformed, "its alignment is 0");
        if (!gaps_in_place(index)) return refuse(ConflictKind::malformed, "its gaps are out of place");
        if (block.size > packing_.height || offset.value > (packing_.height - block.size).value) {
            return refuse(ConflictKind::out_of_bounds,
                          "ends above the height " + std::to_string(packing_.height.value));
        }
        if (offset.value % block.alignment.value != 0) {
            return refuse(ConflictKind::misaligned,
                          "is not aligned to " + std::to_string(block.alignment.value));
        }
        if (!problem_.fixed.empty() && problem_.fixed[index] && *problem_.fixed[index] != offset) {
            return refuse(ConflictKind::moved,
                          "must be at offset " + std::to_string(problem_.fixed[index]->value));
        }
        return std::nullopt;
    }

    // The first block of an alias to be born sets the offset of all.
    [[nodiscard]] std::optional<Conflict> check_alias(std::size_t index) {
        if (alias(index) == kNoAlias) return std::nullopt;
        const std::size_t first = first_of_alias_.try_emplace(alias(index), index).first->second;
        if (packing_.offsets[first] == packing_.offsets[index]) return std::nullopt;
        Conflict conflict = at(problem_.blocks[index].life.lower, index, ConflictKind::alias,
                               "must be at the offset of " + describe(first));
        conflict.other = first;
        return conflict;
    }

    [[nodiscard]] Conflict overlap(EventIndex moment, std::size_t block, std::size_t other) const {
        Conflict conflict = at(moment, block, ConflictKind::overlap, "overlaps " + describe(other));
        if (moment != problem_.blocks[block].life.lower) {
            conflict.message += " from " + std::to_string(moment.value) + " on";
        }
        conflict.other = other;
        return conflict;
    }

    [[nodiscard]] Conflict at(EventIndex moment, std::size_t block, ConflictKind kind,
                              const std::string& what) const {
        return {kind, moment, block, 0, describe(block) + ": " + what};
    }

    // block 3 "conv1" (offset 128, size 64, lifetime [5, 9))
    [[nodiscard]] std::string describe(std::size_t index) const {
        const Block& block = problem_.blocks[index];
        return describe_block(problem_, index) + " (offset " + std::to_string(packing_.offsets[index].value) +
               ", size " + std::to_string(block.size.value) + ", lifetime " + describe_lifetime(block.life) +
               ")";
    }

    const Problem& problem_;
    const Packing& packing_;
    std::vector<Stretch> stretches_;
    std::unordered_map<std::uint32_t, std::size_t> first_of_alias_;
};

std::optional<Conflict> check_counts(const Problem& problem, const Packing& packing) {
    const std::size_t count = problem.blocks.size();
    const auto refuse = [&](std::size_t size, const char* what) {
        return Conflict{ConflictKind::count,
                        {},
                        0,
                        0,
                        std::to_string(size) + what + " for " + std::to_string(count) + " blocks"};
    };
    if (packing.offsets.size() != count) return refuse(packing.offsets.size(), " offsets");
    const std::array<std::pair<std::size_t, const char*>, 4> lists{
        {{problem.fixed.size(), " fixed offsets"},
         {problem.gaps.size(), " lists of gaps"},
         {problem.aliases.size(), " aliases"},
         {problem.arena_of.size(), " arena indices"}}};
    for (const auto& [size, what] : lists) {
        if (size != 0 && size != count) return refuse(size, what);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Conflict> find_conflict(const Problem& problem, const Packing& packing) {
    if (auto conflict = check_counts(problem, packing)) return conflict;
    return Sweep(problem, packing).run();
}

}  // namespace memo::planner
