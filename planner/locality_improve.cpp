// Moves of one block at a time whose effect on the cost is known exactly (planner/locality.h).
//
// A move changes the cost of the block itself and of the next occupants of its old and new bytes, nothing
// else. So every byte that the block could have is given a price: what the block pays there, plus what its
// being there changes for the next occupant. Bytes between the same two other occupants have the same price
// and form a stretch; the price of a place is a difference of two sums over stretches.
#include "planner/conflict_index.h"
#include "planner/locality.h"
#include "planner/offset_order.h"
#include "planner/reuse.h"
#include "planner/stretches.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

namespace memo::planner {

namespace {

class Improver {
  public:
    Improver(const Problem& problem, const Packing& packing)
        : problem_(problem),
          blocks_(problem.blocks),
          timeline_(blocks_),
          living_(blocks_),
          by_death_(timeline_.by_birth),
          partners_(blocks_.size()),
          offsets_(packing.offsets),
          horizon_(std::clamp<std::size_t>(kMaxWork / 2 / blocks_.size(), 64, 1024)) {
        std::sort(by_death_.begin(), by_death_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return std::tie(blocks_[a].life.upper, a) < std::tie(blocks_[b].life.upper, b);
        });
        for (std::size_t b = 0; b < blocks_.size(); ++b) living_.place(b);
        const std::vector<UsedTogether> pairs = pairs_used_together(blocks_, timeline_.by_birth);
        // Prices are in coldness times bytes, so a share of the pairs counts as that share of all bytes.
        const double scale =
            pairs.empty() ? 0 : kAliasWeight * static_cast<double>(timeline_.total) / total_weight(pairs);
        for (const UsedTogether& pair : pairs) {
            partners_[pair.earlier].push_back({pair.later, scale * pair.weight});
            partners_[pair.later].push_back({pair.earlier, scale * pair.weight});
        }
        top_ = highest_end();
    }

    // One look at every block; whether any was moved.
    bool pass(const Budget& budget) {
        bool moved = false;
        for (const std::uint32_t block : timeline_.by_birth) {
            if (work_ >= kMaxWork || budget.expired()) return false;
            if (!at_hint(block) && move(block)) moved = true;
        }
        return moved;
    }

    [[nodiscard]] Packing packing() const { return {offsets_, Bytes{highest_end()}}; }

  private:
    // Blocks and places looked at, in all: about ten milliseconds.
    static constexpr std::size_t kMaxWork = std::size_t{1} << 17;
    static constexpr std::uint64_t kShifts = 8;

    struct Partner {
        std::uint32_t block;
        double price;  // of being aliased with it
    };

    [[nodiscard]] std::uint64_t highest_end() const {
        std::uint64_t highest = 0;
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            highest = std::max(highest, (offsets_[b] + blocks_[b].size).value);
        }
        return highest;
    }

    [[nodiscard]] bool at_hint(std::uint32_t block) const {
        return !problem_.hints.empty() && problem_.hints[block] == offsets_[block];
    }

    // The gaps in which the block fits, over its whole life.
    void find_gaps(std::uint32_t block) {
        neighbours_.clear();
        living_.for_each_overlapping(blocks_[block].life, [&](std::uint32_t other) {
            ++work_;
            if (other != block)
                neighbours_.push_back({offsets_[other], offsets_[other] + blocks_[other].size});
        });
        neighbours_.push_back({{top_}, {top_}});
        std::sort(neighbours_.begin(), neighbours_.end(),
                  [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
        gaps_.clear();
        Offset floor{0};
        for (const Extent& neighbour : neighbours_) {
            const Offset lowest = floor.aligned_up(blocks_[block].alignment);
            if (lowest + blocks_[block].size <= neighbour.begin) gaps_.push_back({floor, neighbour.begin});
            floor = std::max(floor, neighbour.end);
        }
    }

    void find_stretches(std::uint32_t block) {
        stretches_.clear();
        for (const Extent& gap : gaps_) stretches_.add(gap);
        const Lifetime life = blocks_[block].life;
        const auto learn = [&](std::optional<std::uint64_t> Stretch::*member, std::uint32_t other,
                               std::uint64_t moment) {
            ++work_;
            return stretches_.learn(member, offsets_[other].value,
                                    (offsets_[other] + blocks_[other].size).value, moment);
        };

        stretches_.start_learning();
        auto dead = std::partition_point(by_death_.begin(), by_death_.end(), [&](std::uint32_t other) {
            return blocks_[other].life.upper <= life.lower;
        });
        for (std::size_t asked = 0; asked < horizon_ && dead != by_death_.begin(); ++asked) {
            --dead;
            if (!learn(&Stretch::freed, *dead, timeline_.freed[*dead])) break;
        }

        stretches_.start_learning();
        const auto& by_birth = timeline_.by_birth;
        const std::size_t first = timeline_.first_born_at(blocks_, life.upper);
        for (std::size_t rank = first; rank < by_birth.size() && rank < first + horizon_; ++rank) {
            if (!learn(&Stretch::born, by_birth[rank], timeline_.born[by_birth[rank]])) break;
        }
    }

    // Of a byte of the stretch, to the block and to its next occupant.
    [[nodiscard]] double price_of(const Stretch& stretch, std::uint32_t block) const {
        const auto wait = [&](std::uint64_t born) {
            return coldness_of(stretch.freed ? born - *stretch.freed : timeline_.total);
        };
        double price = wait(timeline_.born[block]);
        if (stretch.born) price += coldness_of(*stretch.born - timeline_.freed[block]) - wait(*stretch.born);
        return price;
    }

    void sum_prices(std::uint32_t block) {
        const auto& all = stretches_.all();
        prices_.clear();
        sums_.assign(1, 0);
        for (const Stretch& stretch : all) {
            prices_.push_back(price_of(stretch, block));
            sums_.push_back(sums_.back() + prices_.back() * static_cast<double>(stretch.end - stretch.begin));
        }
    }

    // Of all bytes of stretches below a position inside a gap or at an edge of one.
    [[nodiscard]] double price_below(std::uint64_t position) const {
        const auto& all = stretches_.all();
        const auto at = std::partition_point(all.begin(), all.end(),
                                             [&](const Stretch& stretch) { return stretch.end <= position; });
        const auto index = static_cast<std::size_t>(at - all.begin());
        if (at == all.end() || position <= at->begin) return sums_[index];
        return sums_[index] + prices_[index] * static_cast<double>(position - at->begin);
    }

    [[nodiscard]] double alias_price(std::uint32_t block, std::uint64_t offset) const {
        double price = 0;
        for (const Partner& partner : partners_[block]) {
            if (contend(Offset{offset}, offsets_[partner.block])) price += partner.price;
        }
        return price;
    }

    struct Place {
        std::uint64_t offset;
        double price;
    };

    // Compares `best` with this place and, if aliasing alone makes it bad, with places a few lines away.
    void consider(std::uint32_t block, const Extent& gap, std::uint64_t offset, Place& best) {
        const Block& what = blocks_[block];
        const std::uint64_t highest = gap.end.value - what.size.value;
        const auto price_without_aliases = [&](std::uint64_t place) {
            return price_below(place + what.size.value) - price_below(place);
        };
        const auto compare = [&](std::uint64_t place) {
            ++work_;
            const double price = price_without_aliases(place) + alias_price(block, place);
            if (price < best.price - tolerance_) best = {place, price};
        };
        compare(offset);
        const std::uint64_t step = what.alignment.value * ((kCacheLine - 1) / what.alignment.value + 1);
        if (what.size.value < kAliasPage || step % kAliasPage == 0 || alias_price(block, offset) == 0) return;
        if (price_without_aliases(offset) >= best.price - tolerance_) return;
        for (std::uint64_t shift = step; shift <= kShifts * step; shift += step) {
            if (shift <= highest - offset) compare(offset + shift);
            if (shift <= offset && offset - shift >= gap.begin.value) compare(offset - shift);
        }
    }

    // Prices are straight lines between the places where an end of the block meets the end of a stretch, so
    // these are the only places to look at (aligned towards either side).
    [[nodiscard]] Place cheapest(std::uint32_t block) {
        const std::uint64_t size = blocks_[block].size.value;
        const std::uint64_t alignment = blocks_[block].alignment.value;
        const std::uint64_t here = offsets_[block].value;
        // Sums of doubles of very different sizes: below this, a gain may be nothing but rounding.
        tolerance_ = 1e-9 * (1 + static_cast<double>(size) * coldness_of(timeline_.total));
        Place best{here, price_below(here + size) - price_below(here) + alias_price(block, here)};
        const auto& all = stretches_.all();
        auto stretch = all.begin();
        for (const Extent& gap : gaps_) {
            const auto look_around = [&](std::uint64_t offset) {
                const std::uint64_t below = offset - offset % alignment;
                for (const std::uint64_t place : {below, below + alignment}) {
                    if (place < gap.begin.value || place + size > gap.end.value) continue;
                    consider(block, gap, place, best);
                    if (place == offset) break;
                }
            };
            for (; stretch != all.end() && stretch->begin < gap.end.value; ++stretch) {
                look_around(stretch->begin);
                if (stretch->end >= size) look_around(stretch->end - size);
            }
        }
        return best;
    }

    bool move(std::uint32_t block) {
        find_gaps(block);
        find_stretches(block);
        sum_prices(block);
        const Place best = cheapest(block);
        if (best.offset == offsets_[block].value) return false;
        offsets_[block] = {best.offset};
        return true;
    }

    const Problem& problem_;
    const std::vector<Block>& blocks_;
    Timeline timeline_;
    ConflictIndex living_;
    std::vector<std::uint32_t> by_death_;
    std::vector<std::vector<Partner>> partners_;  // by block
    std::vector<Offset> offsets_;
    std::uint64_t top_ = 0;  // no block ends above
    std::size_t work_ = 0;
    // For the occupants before and after a block, this many are asked at most: a pass must not take all the
    // work there is. What is not known then counts as fresh, or as never used again.
    std::size_t horizon_;

    // Of the block that is being moved.
    std::vector<Extent> neighbours_;
    std::vector<Extent> gaps_;
    Stretches stretches_;
    std::vector<double> prices_;  // by stretch, of a byte
    std::vector<double> sums_;    // of the prices of all bytes of all stretches before
    double tolerance_ = 0;
};

}  // namespace

Packing improve_locality(const Problem& problem, const Packing& packing, const Budget& budget) {
    constexpr int kPasses = 4;
    if (problem.blocks.empty() || problem.blocks.size() > kMaxImproved) return packing;
    Improver improver(problem, packing);
    for (int pass = 0; pass < kPasses && improver.pass(budget); ++pass) {
    }
    Packing improved = improver.packing();
    // Moves are exact but for the horizon and rounding; the promise is about the whole.
    const bool better = locality_cost(measure_locality(problem, improved)) <
                        locality_cost(measure_locality(problem, packing));
    return better ? improved : packing;
}

}  // namespace memo::planner
