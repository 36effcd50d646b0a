// The cuts, and first fit on compact copies of the blocks that a chunk sees.
//
// Invariant: after `complete`, a chunk whose `seen` is what it would see again holds the answer already.
#include "planner/chunked_fit.h"

#include "planner/greedy.h"
#include "planner/loads.h"
#include "planner/parallel.h"

#include <algorithm>

namespace memo::planner {
namespace {

using Seen = std::vector<std::pair<std::uint32_t, Offset>>;

// Births at which a chunk ends: near every chunk-th one, where the load is lowest.
std::vector<EventIndex> find_cuts(const Problem& problem, std::size_t chunk) {
    const LoadProfile profile = load_profile(problem);
    const std::size_t count = profile.births.size();
    const std::size_t chunks = problem.blocks.size() / chunk;
    std::vector<EventIndex> cuts;
    if (chunks < 2) return cuts;
    const std::size_t stride = count / chunks;
    if (stride < 8) return cuts;
    for (std::size_t middle = stride; middle + stride / 2 < count; middle += stride) {
        const auto low =
            std::min_element(profile.loads.begin() + static_cast<std::ptrdiff_t>(middle - stride / 4),
                             profile.loads.begin() + static_cast<std::ptrdiff_t>(middle + stride / 4));
        cuts.push_back(profile.births[static_cast<std::size_t>(low - profile.loads.begin())]);
    }
    return cuts;
}

// First fit, largest first, of `order` around `seen`, both indices into the problem; calls
// `found(block, offset)` for each of `order`.
template <class Found>
void fit(const Problem& problem, const Seen& seen, const std::vector<std::uint32_t>& order, Found&& found) {
    Problem local;
    local.blocks.reserve(seen.size() + order.size());
    std::vector<std::pair<std::uint32_t, Offset>> placed;
    placed.reserve(seen.size());
    for (const auto& [block, offset] : seen) {
        placed.emplace_back(static_cast<std::uint32_t>(local.blocks.size()), offset);
        local.blocks.push_back(problem.blocks[block]);
    }
    std::vector<std::uint32_t> local_order;
    local_order.reserve(order.size());
    for (const std::uint32_t block : order) {
        local_order.push_back(static_cast<std::uint32_t>(local.blocks.size()));
        local.blocks.push_back(problem.blocks[block]);
    }
    const Packing packing = place_around(local, placed, local_order, GapRule::first);
    for (std::size_t i = 0; i < order.size(); ++i) found(order[i], packing.offsets[seen.size() + i]);
}

}  // namespace

ChunkedFit::ChunkedFit(const Problem& problem, unsigned threads, std::size_t chunk)
    : problem_(problem), threads_(threads), offsets_(problem.blocks.size()) {
    const std::vector<EventIndex> cuts = find_cuts(problem, chunk);
    const auto chunk_of = [&](std::uint64_t moment) {
        const auto after = std::upper_bound(cuts.begin(), cuts.end(), EventIndex{moment});
        return static_cast<std::size_t>(after - cuts.begin());
    };
    chunks_.resize(cuts.size() + 1);
    for (const std::uint32_t block : placement_order(problem, Order::size)) {
        const Lifetime& life = problem.blocks[block].life;
        const std::size_t first = chunk_of(life.lower.value);
        const std::size_t last = chunk_of(life.upper.value - 1);
        if (first == last) {
            chunks_[first].inner.push_back(block);
            continue;
        }
        crossing_.push_back(block);
        for (std::size_t c = first; c <= last; ++c) chunks_[c].crossing.push_back(block);
    }
}

void ChunkedFit::place_crossing(const PartialOffsets& placed) {
    if (crossing_.empty()) return;
    Seen seen;
    std::vector<std::uint32_t> order;
    for (const std::uint32_t block : crossing_) {
        if (!placed[block]) order.push_back(block);
    }
    for (std::uint32_t block = 0; block < placed.size(); ++block) {
        if (placed[block]) seen.emplace_back(block, *placed[block]);
    }
    fit(problem_, seen, order, [&](std::uint32_t block, Offset offset) { offsets_[block] = offset; });
}

void ChunkedFit::place_chunk(Chunk& chunk, const PartialOffsets& placed) {
    Seen seen;
    std::vector<std::uint32_t> order;
    for (const std::uint32_t block : chunk.crossing) seen.emplace_back(block, offsets_[block]);
    for (const std::uint32_t block : chunk.inner) {
        if (placed[block]) {
            seen.emplace_back(block, *placed[block]);
        } else {
            order.push_back(block);
        }
    }
    if (chunk.done && seen == chunk.seen) return;
    fit(problem_, seen, order, [&](std::uint32_t block, Offset offset) { offsets_[block] = offset; });
    chunk.seen = std::move(seen);
    chunk.done = true;
}

const std::vector<Offset>& ChunkedFit::complete(const PartialOffsets& placed) {
    for (std::size_t block = 0; block < placed.size(); ++block) {
        if (placed[block]) offsets_[block] = *placed[block];
    }
    place_crossing(placed);
    for_each_task(chunks_.size(), threads_, [&](std::size_t c) { place_chunk(chunks_[c], placed); });
    return offsets_;
}

}  // namespace memo::planner
