// Orders, forbidden offsets and the placement loop.
#include "planner/general_greedy.h"

#include "planner/conflict_index.h"
#include "planner/loads.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

// Offsets [begin, end) that an item may not have.
struct Forbidden {
    Offset begin;
    Offset end;
};

// From the first birth to the last death; a moment at 0 for an item that keeps nothing, which meets nothing.
Lifetime span_of(const Item& item) {
    if (item.pieces.empty()) return {{0}, {1}};
    Lifetime span = item.pieces.front().life;
    for (const Piece& piece : item.pieces) span.upper = std::max(span.upper, piece.life.upper);
    return span;
}

// The offsets of `item` at which a piece of it would share a byte with a piece of `other` at `place`: with
// both pieces [a, b) and [c, d) alive at some moment, place + c - b + 1 to place + d - a - 1.
void forbid(const Item& item, const Item& other, Offset place, std::vector<Forbidden>& ranges) {
    for (const Piece& own : item.pieces) {
        for (const Piece& theirs : other.pieces) {
            if (theirs.life.lower >= own.life.upper) break;  // in order of birth
            if (theirs.life.upper <= own.life.lower) continue;
            const std::uint64_t below = place.value + theirs.begin.value + 1;
            const std::uint64_t above = place.value + theirs.end.value;
            if (above <= own.begin.value) continue;
            ranges.push_back({{below - std::min(below, own.end.value)}, {above - own.begin.value}});
        }
    }
}

// The place of an item among forbidden ranges, by ascending begin. They may overlap.
Offset find_place(const Item& item, const std::vector<Forbidden>& ranges, GapRule rule) {
    std::optional<std::pair<Bytes, Offset>> smallest;  // room to move, place
    Offset place;
    for (const Forbidden& range : ranges) {
        if (place < range.begin) {
            const std::pair candidate{range.begin - place, place};
            if (rule == GapRule::first) return place;
            if (!smallest || candidate < *smallest) smallest = candidate;
        }
        if (place < range.end) place = range.end.aligned_up(item.alignment);
    }
    return smallest ? smallest->second : place;
}

bool is_free(Offset place, const std::vector<Forbidden>& ranges) {
    return std::none_of(ranges.begin(), ranges.end(),
                        [&](const Forbidden& range) { return range.begin <= place && place < range.end; });
}

// The hint, where it may be followed but for what is placed already.
std::optional<Offset> usable_hint(const Item& item, const std::optional<Bytes>& below) {
    if (!below || !item.hint || item.hint->value % item.alignment.value != 0) return std::nullopt;
    const bool fits = item.size <= *below && item.hint->value <= (*below - item.size).value;
    return fits ? item.hint : std::nullopt;
}

class Placement {
  public:
    Placement(std::span<const Item> items, const GeneralOptions& options)
        : items_(items), options_(options), spans_(spans(items)), placed_(spans_), places_(items.size()) {}

    void put(std::uint32_t item, Offset place) {
        places_[item] = place;
        placed_.place(item);
    }

    [[nodiscard]] Offset choose(std::uint32_t index) {
        const Item& item = items_[index];
        ranges_.clear();
        placed_.for_each_overlapping(spans_[index].life, [&](std::uint32_t other) {
            forbid(item, items_[other], places_[other], ranges_);
        });
        const auto hint = usable_hint(item, options_.hints_below);
        if (hint && is_free(*hint, ranges_)) return *hint;
        std::sort(ranges_.begin(), ranges_.end(),
                  [](const Forbidden& a, const Forbidden& b) { return a.begin < b.begin; });
        return find_place(item, ranges_, options_.rule);
    }

    [[nodiscard]] Packing packing() const {
        std::size_t blocks = 0;
        for (const Item& item : items_) blocks += item.members.size();
        Packing packing;
        packing.offsets.resize(blocks);
        for (std::size_t item = 0; item < items_.size(); ++item) {
            for (const std::uint32_t block : items_[item].members) packing.offsets[block] = places_[item];
            packing.height = std::max(packing.height, places_[item] + items_[item].size - Offset{});
        }
        return packing;
    }

  private:
    static std::vector<Block> spans(std::span<const Item> items) {
        std::vector<Block> blocks;
        blocks.reserve(items.size());
        for (const Item& item : items) blocks.push_back({item.size, item.alignment, span_of(item)});
        return blocks;
    }

    std::span<const Item> items_;
    const GeneralOptions& options_;
    std::vector<Block> spans_;
    ConflictIndex placed_;
    std::vector<Offset> places_;
    std::vector<Forbidden> ranges_;
};

// Per item, the load of the worst moment at which it keeps something.
std::vector<Bytes> item_peaks(std::span<const Item> items) {
    Problem pieces;
    for (const Item& item : items) {
        for (const Piece& piece : item.pieces) {
            pieces.blocks.push_back({piece.end - piece.begin, {1}, piece.life});
        }
    }
    const std::vector<Bytes> loads = peak_loads(pieces);
    std::vector<Bytes> peaks;
    peaks.reserve(items.size());
    auto load = loads.cbegin();
    for (const Item& item : items) {
        Bytes peak;
        for (std::size_t k = 0; k < item.pieces.size(); ++k) peak = std::max(peak, *load++);
        peaks.push_back(peak);
    }
    return peaks;
}

double area_of(const Item& item) {
    double area = 0;
    for (const Piece& piece : item.pieces) {
        area += static_cast<double>((piece.end - piece.begin).value) *
                static_cast<double>(piece.life.upper.value - piece.life.lower.value);
    }
    return area;
}

}  // namespace

std::vector<std::uint32_t> item_order(std::span<const Item> items, Order order) {
    const std::vector<Bytes> peaks = order == Order::breadth ? item_peaks(items) : std::vector<Bytes>{};
    const auto lifetime = [](const Item& item) {
        const Lifetime span = span_of(item);
        return static_cast<double>(span.upper.value - span.lower.value);
    };
    const auto key = [&](std::size_t item) {
        switch (order) {
            case Order::size:
                return static_cast<double>(items[item].size.value);
            case Order::lifetime:
                return lifetime(items[item]);
            case Order::area:
                return area_of(items[item]);
            case Order::birth:
                return -static_cast<double>(span_of(items[item]).lower.value);
            case Order::breadth:
                return static_cast<double>(peaks[item].value);
        }
        return 0.0;
    };
    // Descending in both keys; doubles, because an order does not need the last digits.
    std::vector<std::tuple<double, double, std::uint32_t>> entries;
    entries.reserve(items.size());
    for (std::size_t item = 0; item < items.size(); ++item) {
        const double second =
            order == Order::size ? lifetime(items[item]) : static_cast<double>(items[item].size.value);
        entries.emplace_back(-key(item), -second, static_cast<std::uint32_t>(item));
    }
    std::sort(entries.begin(), entries.end());
    std::vector<std::uint32_t> sorted;
    sorted.reserve(entries.size());
    for (const auto& [first, second, item] : entries) sorted.push_back(item);
    return sorted;
}

Packing place_items(std::span<const Item> items, std::span<const std::uint32_t> order,
                    const GeneralOptions& options) {
    Placement placement(items, options);
    for (std::uint32_t item = 0; item < items.size(); ++item) {
        if (items[item].fixed) placement.put(item, *items[item].fixed);
    }
    for (const std::uint32_t item : order) {
        if (!items[item].fixed) placement.put(item, placement.choose(item));
    }
    return placement.packing();
}

Packing place_general(const Problem& problem, Order order, const GeneralOptions& options) {
    const std::vector<ArenaProblem> arenas = split_arenas(problem);
    std::vector<Packing> packings;
    packings.reserve(arenas.size());
    for (const ArenaProblem& arena : arenas) {
        const std::vector<Item> items = make_items(arena.problem);
        packings.push_back(place_items(items, item_order(items, order), options));
    }
    return join_arenas(arenas, packings);
}

}  // namespace memo::planner
