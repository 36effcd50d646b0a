// The complete search for problems that are not plain: is there a packing of these items (items.h) of at most
// this height? Niche branching (niche_search.h), for pieces of any shape around whatever is fixed.
//
// Time is cut into sections (general_model.h), each with a *floor* below which nothing that is left can lie;
// for each item left there is the lowest aligned place where it meets nothing, and no floor is lower than
// what those places allow. The search chooses a section. Either
//
//   (i)  some item that has a piece there rests on the floor, and so lies at its lowest place, or
//   (ii) none does, and the floor rises to where the first one could lie.
//
// *Why no packing is lost.* Say there is a packing of what is left, and take one with the least sum of
// offsets. If a piece begins at the floor, it is that of (i). If none does, let item i be the lowest one in
// the section. Where i's lowest place is above the floor anyway, (ii) is right about it. Else i could lie at
// the floor but for others that are left: it would sink there, were none of them in its way. So some j is, at
// a moment of both, and is below i at that moment (from above it, it would not be in the way). Hence i lies
// at or above j's lowest place plus the end of j's piece less the begin of i's, which is where (ii) lets it
// be. Such a j can live in the section too, above i, only if their shapes interlock; where all pieces begin
// at their offsets none does. Alignments hold of all places compared, and what is fixed never moves.
//
// *A block across everything.* Where pieces begin at their offsets, floors are even, and nothing is aligned,
// an item that lives throughout may lie on the floor if it must be below all that is fixed above the floor:
// the others are above or below it for good, and those below it can move up by its size.
//
// Besides: branches are cut where a section has too little room, items that differ in their place alone are
// tried once, what shares no section any more is solved apart, and failed states (what is left, floors, and
// what is taken above them) are remembered: by hashes of 128 bits, whose accidental equality is the one gap
// in a proof.
#pragma once

#include "common/units.h"
#include "planner/general_model.h"
#include "planner/items.h"
#include "planner/niche_search.h"
#include "planner/strategy.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace memo::planner {

struct GeneralRun {
    // A permutation of all items: who is tried first.
    std::span<const std::uint32_t> order;
    SectionRule sections = SectionRule::fewest;
    std::uint64_t node_limit = UINT64_MAX;
    const Budget* budget = nullptr;  // none: no limit but that of nodes
};

// Thread safety: one object, one thread. Neither the items nor the runs need to outlive a call.
class GeneralSearch {
  public:
    // The items of a valid problem of one arena. `table_bits`: the failed states remembered, as a power of
    // two (16 bytes each).
    GeneralSearch(std::span<const Item> items, Bytes capacity, unsigned table_bits = 16);
    ~GeneralSearch();
    GeneralSearch(const GeneralSearch&) = delete;
    GeneralSearch& operator=(const GeneralSearch&) = delete;

    // A height, a multiple of the unit, that no packing is below, whatever the shapes: what a run refuses
    // before it places anything. At least the max load and the highest end of a fixed item.
    [[nodiscard]] static Bytes bound(std::span<const Item> items);

    // Failed states are facts, so they outlive a run.
    [[nodiscard]] SearchResult run(const GeneralRun& run);

    // After `found`: by item.
    [[nodiscard]] std::vector<Offset> offsets() const;
    // Explored by all runs.
    [[nodiscard]] std::uint64_t nodes() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace memo::planner
