// The complete search for one part of a problem: is there a packing of at most this height?
//
// *Niche branching.* The search fills the arena from the bottom. Each section has a *floor*, the height so
// far, and a *slack*, the units that it can still waste: capacity - floor - what is yet to be placed there. A
// *niche* is a maximal run of sections with equal floors between higher neighbours. Nothing that reaches
// outside a niche can rest on its floor, so for any one of its sections either
//
//   (i)  some block that covers the section and lies within the niche sits on its floor, or
//   (ii) the section wastes what is above its floor, up to the first level at which anything over it could
//        rest: that of the lower neighbour, or the top of the smallest block beside it that could hold
//        something over it up.
//
// Every packing can be pushed down until each block rests on another, so branching over (i) and (ii) loses
// none (proof in docs/planning.md). Where slack is short nearly all branches die at once. What makes it fast:
// a table of failed states (floors and what is left), equal blocks tried once, falling apart where no block
// crosses any more, and a bound: a section of a niche wastes at least its depth less all that fits there. And
// without obstacles and alignments, a block over all that is left goes on top of it: from any packing it
// could be taken out, what lay above it lowered, and put back there. Often what is left falls apart then.
//
// A run explores at most `node_limit` nodes in the order that its rules and its noise give; restarts with
// other rules cure the heavy tail. Failed states are facts, so the table outlives runs.
//
// Thread safety: one object, one thread; whatever `expired` looks at may be set from anywhere.
#pragma once

#include "planner/sections.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace memo::planner {

// In which order the blocks that could sit on a floor are tried.
enum class ValueOrder : std::uint8_t { size, width, area, level, narrow_size, small };
inline constexpr std::uint32_t kValueOrders = 6;

// Which section to branch on.
enum class SectionRule : std::uint8_t { fewest, fewest_tight, tightest, lowest };
inline constexpr std::uint32_t kSectionRules = 4;

struct SearchRun {
    ValueOrder values = ValueOrder::size;
    SectionRule sections = SectionRule::fewest;
    std::uint64_t node_limit = UINT64_MAX;
    std::uint64_t seed = 0;  // 0: no noise
    // Put blocks that span what is left at the very top, out of the way of the others. Smaller trees; but the
    // room that is left lies in the middle then.
    bool spanning_on_top = true;
    std::function<bool()> expired;  // asked now and then; empty: never
};

enum class SearchResult : std::uint8_t {
    found,
    impossible,  // every branch was explored: no packing is within the capacity
    stopped,     // by the limit, or because time was up
};

class NicheSearch {
  public:
    // `capacity` in units. `part` must outlive the search. `table_bits`: the failed states remembered, as a
    // power of two (16 bytes each); 0: by the number of blocks, 1 MiB at most.
    NicheSearch(const SectionProblem& part, std::uint64_t capacity, unsigned table_bits = 0);
    ~NicheSearch();
    NicheSearch(const NicheSearch&) = delete;
    NicheSearch& operator=(const NicheSearch&) = delete;

    [[nodiscard]] SearchResult run(const SearchRun& run);

    // After `found`: the offset of each block in units, parallel to part.blocks.
    [[nodiscard]] std::span<const std::uint64_t> offsets() const;

    // Explored by all runs.
    [[nodiscard]] std::uint64_t nodes() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace memo::planner
