// A sweep over time. At each moment the dead leave first, then the newborn enter, in index order, into a map
// of the live blocks by offset.
//
// Invariant: the ranges in the map are pairwise disjoint, because the sweep ends at the first that is not. So
// a newcomer overlaps something if and only if it overlaps one of its two neighbours in the map.
#include "planner/verifier.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

using Live = std::map<Offset, std::size_t>;

class Sweep {
  public:
    Sweep(const Problem& problem, const Packing& packing) : problem_(problem), packing_(packing) {}

    [[nodiscard]] std::optional<Conflict> enter(std::size_t block) {
        if (auto conflict = check_alone(block)) return conflict;
        const auto above = live_.lower_bound(packing_.offsets[block]);
        if (above != live_.begin()) {
            const std::size_t below = std::prev(above)->second;
            if (end(below) > packing_.offsets[block]) return overlap(block, below);
        }
        if (above != live_.end() && above->first < end(block)) return overlap(block, above->second);
        live_.emplace_hint(above, packing_.offsets[block], block);
        return std::nullopt;
    }

    // A malformed block can be asked to leave before it enters: only its own entry goes.
    void leave(std::size_t block) {
        const auto entry = live_.find(packing_.offsets[block]);
        if (entry != live_.end() && entry->second == block) live_.erase(entry);
    }

  private:
    [[nodiscard]] Offset end(std::size_t block) const {
        return packing_.offsets[block] + problem_.blocks[block].size;
    }

    [[nodiscard]] std::optional<Conflict> check_alone(std::size_t index) const {
        const Block& block = problem_.blocks[index];
        const Offset offset = packing_.offsets[index];
        if (block.life.lower >= block.life.upper)
            return at(index, ConflictKind::malformed, "its lifetime is empty");
        if (block.size.value == 0) return at(index, ConflictKind::malformed, "its size is 0");
        if (block.alignment.value == 0) return at(index, ConflictKind::malformed, "its alignment is 0");
        if (block.size > packing_.height || offset.value > (packing_.height - block.size).value) {
            return at(index, ConflictKind::out_of_bounds,
                      "ends above the height " + std::to_string(packing_.height.value));
        }
        if (offset.value % block.alignment.value != 0) {
            return at(index, ConflictKind::misaligned,
                      "is not aligned to " + std::to_string(block.alignment.value));
        }
        return std::nullopt;
    }

    [[nodiscard]] Conflict overlap(std::size_t block, std::size_t other) const {
        Conflict conflict = at(block, ConflictKind::overlap, "overlaps " + describe(other));
        conflict.other = other;
        return conflict;
    }

    [[nodiscard]] Conflict at(std::size_t block, ConflictKind kind, const std::string& what) const {
        return {kind, problem_.blocks[block].life.lower, block, 0, describe(block) + ": " + what};
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
    Live live_;
};

}  // namespace

std::optional<Conflict> find_conflict(const Problem& problem, const Packing& packing) {
    const std::size_t count = problem.blocks.size();
    if (packing.offsets.size() != count) {
        return Conflict{
            ConflictKind::count,
            {},
            0,
            0,
            std::to_string(packing.offsets.size()) + " offsets for " + std::to_string(count) + " blocks"};
    }
    std::vector<std::pair<EventIndex, std::size_t>> births;
    std::vector<std::pair<EventIndex, std::size_t>> deaths;
    births.reserve(count);
    deaths.reserve(count);
    for (std::size_t block = 0; block < count; ++block) {
        births.emplace_back(problem.blocks[block].life.lower, block);
        deaths.emplace_back(problem.blocks[block].life.upper, block);
    }
    std::sort(births.begin(), births.end());
    std::sort(deaths.begin(), deaths.end());

    Sweep sweep(problem, packing);
    auto death = deaths.cbegin();
    for (const auto& [moment, block] : births) {
        for (; death != deaths.cend() && death->first <= moment; ++death) sweep.leave(death->second);
        if (auto conflict = sweep.enter(block)) return conflict;
    }
    return std::nullopt;
}

}  // namespace memo::planner
