// Greedy placement of items (items.h), for the problems that greedy.h does not take: what is fixed comes
// first, then the other items in some order, each into a gap between what is placed.
//
// Where may an item lie, given another one at a place? Two pieces alive together forbid a range of offsets,
// the Minkowski difference of their bytes; the item lies well wherever none of these ranges is. So gaps need
// no other treatment than more pieces, and an item may slip into what another one does not keep.
//
// Every function needs a valid problem, or the items of one, and gives a valid packing whose height is the
// highest end. Ties are broken by the item's index at last, so that the same problem always gets the same
// packing. Thread safety: pure functions.
#pragma once

#include "planner/greedy.h"
#include "planner/items.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo::planner {

// Item indices in the order of placement; an item lives from its first birth to its last death.
[[nodiscard]] std::vector<std::uint32_t> item_order(std::span<const Item> items, Order order);

struct GeneralOptions {
    GapRule rule = GapRule::first;
    // An item goes to its hint if that is aligned, free, and the item ends at or below this height; nothing:
    // hints do not count.
    std::optional<Bytes> hints_below;
};

// Places the items, which hold every block of a problem of one arena, in the order given, a permutation of
// their indices (fixed ones go first wherever they stand). Offsets are by block. O(p log p) an item, where p
// is the number of pairs of its pieces with pieces that live at the same time; memory O(n).
[[nodiscard]] Packing place_items(std::span<const Item> items, std::span<const std::uint32_t> order,
                                  const GeneralOptions& options = {});

// All arenas of any problem.
[[nodiscard]] Packing place_general(const Problem& problem, Order order, const GeneralOptions& options = {});

}  // namespace memo::planner
