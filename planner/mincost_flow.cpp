// The flow by successive shortest paths, chains to objects, objects to offsets.
#include "planner/mincost_flow.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

namespace memo::planner {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// All capacities are one, so the flow is a matching of heirs (blocks that want bytes) with givers (blocks
// that have left some, at most one heir each), where the source is a giver without limit. One augmenting path
// an heir, the shortest in the residual network, found by Dijkstra's algorithm on costs that potentials keep
// from being negative.
//
// Invariants: cost(h, g) >= heir_[h] - giver_[g] for all edges, with equality where g gives to h; the
// source's potential is 0, so heir_[h] <= size of h, and giver_[g] is at most the size of its heir. Hence no
// sum here passes twice the sum of all sizes, which fits in 64 bits.
class Flow {
  public:
    explicit Flow(const std::vector<Block>& blocks)
        : blocks_(blocks),
          by_death_(blocks.size()),
          heir_(blocks.size()),
          giver_(blocks.size()),
          heir_of_(blocks.size(), kNone),
          giver_of_(blocks.size(), kNone) {
        std::iota(by_death_.begin(), by_death_.end(), 0U);
        std::sort(by_death_.begin(), by_death_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return std::tie(blocks[a].life.upper, a) < std::tie(blocks[b].life.upper, b);
        });
    }

    // Sends one more unit, to `root`, and moves earlier ones where that makes the whole cheaper.
    void augment(std::uint32_t root) {
        constexpr std::uint64_t kFar = UINT64_MAX;
        std::vector<std::uint64_t> distance(blocks_.size(), kFar);  // of givers
        std::vector<std::uint32_t> via(blocks_.size(), kNone);      // the heir a giver was reached from
        std::vector<std::uint32_t> reached;                         // givers with final distances
        std::vector<std::uint32_t> open;                            // givers with others
        std::uint64_t to_source = kFar;
        std::uint32_t last_heir = root;
        std::uint32_t free_giver = kNone;

        std::uint64_t so_far = 0;
        for (std::uint32_t heir = root;;) {
            if (const std::uint64_t fresh = so_far + blocks_[heir].size.value - heir_[heir];
                fresh < to_source) {
                to_source = fresh;
                last_heir = heir;
            }
            for (const std::uint32_t giver : by_death_) {
                if (blocks_[giver].life.upper > blocks_[heir].life.lower) break;
                const std::uint64_t through = so_far + growth(heir, giver) + giver_[giver] - heir_[heir];
                if (through >= distance[giver]) continue;
                if (distance[giver] == kFar) open.push_back(giver);
                distance[giver] = through;
                via[giver] = heir;
            }
            const auto nearest = std::min_element(open.begin(), open.end(), [&](auto a, auto b) {
                return std::tuple(distance[a], a) < std::tuple(distance[b], b);
            });
            if (nearest == open.end() || distance[*nearest] >= to_source) {
                so_far = to_source;
                break;
            }
            const std::uint32_t giver = *nearest;
            so_far = distance[giver];
            if (heir_of_[giver] == kNone) {
                free_giver = giver;
                last_heir = via[giver];
                break;
            }
            open.erase(nearest);
            reached.push_back(giver);
            heir = heir_of_[giver];
        }

        // Potentials first: they follow the old flow.
        heir_[root] += so_far;
        for (const std::uint32_t giver : reached) {
            heir_[heir_of_[giver]] += so_far - distance[giver];
            giver_[giver] += so_far - distance[giver];
        }
        // Back along the path: each heir takes the new giver, and its old one looks for another heir.
        std::uint32_t heir = last_heir;
        for (std::uint32_t giver = free_giver;;) {
            const std::uint32_t released = giver_of_[heir];
            giver_of_[heir] = giver;
            if (giver != kNone) heir_of_[giver] = heir;
            if (heir == root) break;
            giver = released;
            heir = via[giver];
        }
    }

    // The block whose object this one takes over, or kNone: it gets a new one.
    [[nodiscard]] std::uint32_t giver_of(std::uint32_t heir) const { return giver_of_[heir]; }

  private:
    // The bytes by which `heir` outgrows `giver`.
    [[nodiscard]] std::uint64_t growth(std::uint32_t heir, std::uint32_t giver) const {
        const std::uint64_t wanted = blocks_[heir].size.value;
        const std::uint64_t left = blocks_[giver].size.value;
        return wanted > left ? wanted - left : 0;
    }

    const std::vector<Block>& blocks_;
    std::vector<std::uint32_t> by_death_;
    std::vector<std::uint64_t> heir_;   // potentials
    std::vector<std::uint64_t> giver_;  // potentials, negated
    std::vector<std::uint32_t> heir_of_;
    std::vector<std::uint32_t> giver_of_;
};

}  // namespace

Result<Packing> mincost_flow(const Problem& problem, const Budget& budget) {
    const auto& blocks = problem.blocks;
    if (blocks.size() > kMincostFlowBlocks) {
        return Error{"mincost-flow takes at most " + std::to_string(kMincostFlowBlocks) +
                     " blocks, and this problem has " + std::to_string(blocks.size())};
    }
    std::vector<std::uint32_t> by_birth(blocks.size());
    std::iota(by_birth.begin(), by_birth.end(), 0U);
    std::sort(by_birth.begin(), by_birth.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(blocks[a].life.lower, a) < std::tie(blocks[b].life.lower, b);
    });
    Flow flow(blocks);
    for (const std::uint32_t block : by_birth) {
        if (budget.expired()) break;
        flow.augment(block);
    }

    // A giver is born before its heir, so it has its object first.
    std::vector<std::vector<std::uint32_t>> objects;
    std::vector<std::size_t> object_of(blocks.size());
    for (const std::uint32_t block : by_birth) {
        const std::uint32_t giver = flow.giver_of(block);
        object_of[block] = giver == kNone ? objects.size() : object_of[giver];
        if (giver == kNone) objects.emplace_back();
        objects[object_of[block]].push_back(block);
    }

    // Within its object a block begins at the first byte that is aligned for it.
    Packing packing;
    packing.offsets.resize(blocks.size());
    Offset top;
    for (const auto& object : objects) {
        const Offset base = top;
        for (const std::uint32_t block : object) {
            packing.offsets[block] = base.aligned_up(blocks[block].alignment);
            top = std::max(top, packing.offsets[block] + blocks[block].size);
        }
    }
    packing.height = top - Offset{};
    return packing;
}

}  // namespace memo::planner
