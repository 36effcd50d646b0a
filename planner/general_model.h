// Items (items.h) as the complete search sees them: moments as sections, positions in units, equal items as
// one kind, and what is fixed as bytes that are taken.
//
// A *section* is a stretch of time between two neighbouring moments at which an item that is not fixed begins
// or ceases to keep something. Such an item keeps the same bytes throughout a section, and so must stay clear
// of whatever is fixed at any moment of it. Thread safety: plain values, pure functions.
#pragma once

#include "common/units.h"
#include "planner/items.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace memo::planner {

// The largest number of bytes of which everything is a multiple that could make a difference: sizes, pieces,
// fixed offsets, and alignments unless they divide it. Rounding the offsets of any packing down to multiples
// of it gives a packing, so heights may be taken to be multiples too. 1 without items.
[[nodiscard]] Bytes item_unit(std::span<const Item> items);

// Units [begin, end) over sections [first, last).
struct UnitRectangle {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct UnitRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

// Items that differ in nothing but their place.
struct ItemKind {
    std::vector<UnitRectangle> rectangles;
    std::uint64_t size = 0;
    std::uint64_t top = 0;  // the highest end of a rectangle; at most the size
    std::uint64_t alignment = 1;
    std::vector<std::uint32_t> members;
};

struct GeneralModel {
    std::uint64_t unit = 1;
    std::size_t items = 0;
    std::vector<ItemKind> kinds;       // with pieces
    std::vector<ItemKind> weightless;  // without: they only need to end below the height
    std::vector<std::pair<std::uint32_t, Offset>> fixed;
    std::uint64_t fixed_top = 0;
    // By section, the stretches of time between moments at which an item that is not fixed changes:
    std::vector<std::vector<UnitRange>> taken;
    std::vector<std::uint64_t> loads;     // of what is not fixed
    std::vector<std::uint64_t> smallest;  // piece of what is not fixed
    bool flat = true;                     // everything that is not fixed begins at its offset
};

// Of the items of a valid problem of one arena.
[[nodiscard]] GeneralModel make_model(std::span<const Item> items);

// Calls `visit(section, rectangle)` for every section of every rectangle.
template <class Visit>
void for_each_section(const ItemKind& kind, Visit&& visit) {
    for (const UnitRectangle& rectangle : kind.rectangles) {
        for (std::uint32_t s = rectangle.first; s < rectangle.last; ++s) visit(s, rectangle);
    }
}

// Indices into GeneralModel::kinds.
using Kinds = std::vector<std::uint32_t>;

// The same kinds in groups that share no section with each other, small groups first.
[[nodiscard]] std::vector<Kinds> connected(const GeneralModel& model, const Kinds& kinds);

}  // namespace memo::planner
