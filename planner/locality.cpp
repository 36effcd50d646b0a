// Reuse distances by an interval map over addresses (planner/locality.h). The moves that make them shorter
// are in locality_improve.cpp.
#include "planner/locality.h"

#include "planner/reuse.h"

#include <map>

namespace memo::planner {

namespace {

// The last occupant of every byte, as time goes on.
class LastOccupants {
  public:
    // Calls `visit(bytes, freed)` for the stretches of [begin, end) that were occupied before.
    template <class Visit>
    void occupy(std::uint64_t begin, std::uint64_t end, std::uint64_t freed, Visit&& visit) {
        split(begin);
        split(end);
        auto at = tenures_.lower_bound(begin);
        while (at != tenures_.end() && at->first < end) {
            visit(at->second.end - at->first, at->second.freed);
            at = tenures_.erase(at);
        }
        tenures_.emplace_hint(at, begin, Tenure{end, freed});
    }

  private:
    struct Tenure {
        std::uint64_t end;
        std::uint64_t freed;  // when its occupant dies
    };

    void split(std::uint64_t position) {
        auto at = tenures_.lower_bound(position);
        if (at == tenures_.begin()) return;
        Tenure& below = std::prev(at)->second;
        if (below.end <= position) return;
        tenures_.emplace_hint(at, position, below);
        below.end = position;
    }

    std::map<std::uint64_t, Tenure> tenures_;  // by begin; disjoint
};

}  // namespace

double locality_cost(const Locality& locality) {
    return locality.coldness + kAliasWeight * locality.aliased;
}

Locality measure_locality(const Problem& problem, const Packing& packing) {
    const auto& blocks = problem.blocks;
    const Timeline timeline(blocks);
    Locality locality;
    LastOccupants last;
    double waits = 0;
    double coldness = 0;
    for (const std::uint32_t b : timeline.by_birth) {
        const std::uint64_t begin = packing.offsets[b].value;
        Bytes fresh = blocks[b].size;
        last.occupy(begin, begin + blocks[b].size.value, timeline.freed[b],
                    [&](std::uint64_t bytes, std::uint64_t freed) {
                        const std::uint64_t distance = timeline.born[b] - freed;
                        waits += static_cast<double>(bytes) * static_cast<double>(distance);
                        coldness += static_cast<double>(bytes) * coldness_of(distance);
                        fresh -= Bytes{bytes};
                    });
        locality.fresh += fresh;
    }
    const auto total = static_cast<double>(timeline.total);
    const auto fresh = static_cast<double>(locality.fresh.value);
    if (timeline.total > locality.fresh.value) locality.reuse_distance = waits / (total - fresh);
    if (timeline.total > 0) locality.coldness = (coldness + fresh * coldness_of(timeline.total)) / total;

    double aliased = 0;
    const std::vector<UsedTogether> pairs = pairs_used_together(blocks, timeline.by_birth);
    for (const UsedTogether& pair : pairs) {
        if (contend(packing.offsets[pair.earlier], packing.offsets[pair.later])) {
            aliased += pair.weight;
        }
    }
    if (!pairs.empty()) locality.aliased = aliased / total_weight(pairs);
    return locality;
}

}  // namespace memo::planner
