// The solver for problems too large to search through: the peaks first, by search; the rest greedily.
//
// A plan's height is decided in the few windows where the load is near its maximum; everywhere else there is
// room to be careless. So the blocks that live where space is short, the *hot* ones, are placed first, by the
// complete search (niche_search.h) and within the height aimed at; then all others around them, largest first
// (chunked_fit.h). Blocks that end above the aim become hot with what was in their way, and it goes again,
// until all fit, the search fails, or the budget is gone. On a small problem all blocks become hot in the
// end, and this is the complete search alone. What is impossible for some of the blocks is impossible for
// all.
//
// Thread safety: one object, one caller; it uses threads of its own. The result does not depend on their
// number, but where time cuts it short.
#pragma once

#include "planner/chunked_fit.h"
#include "planner/conflict_index.h"
#include "planner/problem.h"
#include "planner/search_part.h"
#include "planner/sections.h"
#include "planner/solution.h"
#include "planner/strategy.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace memo::planner {

class PeaksFirst {
  public:
    // A plain, valid problem, which must outlive the object.
    PeaksFirst(const Problem& problem, unsigned threads);

    enum class Result : std::uint8_t { fits, impossible, unknown };

    struct Attempt {
        Result result = Result::unknown;
        Packing packing;  // the lowest on the way, of the whole problem; no offsets where there was none
    };

    // The plan to begin with: no block is hot.
    [[nodiscard]] Packing greedy();

    // `effort`: how often the search may start on each part of the hot blocks.
    [[nodiscard]] Attempt attempt(Bytes aim, std::size_t effort, const Budget& budget);

    // The same by search alone: all blocks are hot.
    [[nodiscard]] Attempt attempt_exact(Bytes aim, std::size_t effort, const Budget& budget);

    // Every height that matters is a multiple of this.
    [[nodiscard]] Bytes unit() const { return {unit_}; }

  private:
    using Solved = std::map<std::vector<std::uint64_t>, std::vector<Offset>>;  // of a part, by its shape

    [[nodiscard]] std::vector<bool> hot_blocks(Bytes aim) const;
    bool heat(std::vector<bool>& hot, const std::vector<Offset>& offsets, Bytes aim);
    [[nodiscard]] Attempt attempt_from(std::vector<bool> hot, Bytes aim, std::size_t effort,
                                       const Budget& budget);
    [[nodiscard]] SearchResult place_part(const SectionProblem& part, Bytes aim, const PartSearch& how,
                                          const Budget& budget, Solved& solved,
                                          PartialOffsets& offsets) const;

    const Problem& problem_;
    unsigned threads_;
    std::uint64_t unit_;
    std::vector<Bytes> peaks_;          // the highest load that each block sees
    std::optional<ConflictIndex> all_;  // every block; made when it is needed first
    ChunkedFit fit_;
};

}  // namespace memo::planner
