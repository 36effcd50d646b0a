// From items to kinds and sections.
#include "planner/general_model.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

std::vector<EventIndex> change_moments(std::span<const Item> items) {
    std::vector<EventIndex> moments;
    for (const Item& item : items) {
        if (item.fixed) continue;
        for (const Piece& piece : item.pieces) {
            moments.insert(moments.end(), {piece.life.lower, piece.life.upper});
        }
    }
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
    return moments;
}

// The sections that a life touches. All of those it touches it fills, if it is not that of something fixed.
std::pair<std::uint32_t, std::uint32_t> sections_of(const Lifetime& life,
                                                    const std::vector<EventIndex>& moments) {
    const auto first = std::upper_bound(moments.begin(), moments.end(), life.lower);
    const auto last = std::lower_bound(moments.begin(), moments.end(), life.upper);
    const auto before = first == moments.begin() ? first : first - 1;
    const auto end = last == moments.end() && !moments.empty() ? last - 1 : last;
    return {static_cast<std::uint32_t>(before - moments.begin()),
            static_cast<std::uint32_t>(std::max(before, end) - moments.begin())};
}

void add_fixed(GeneralModel& model, const Item& item, const std::vector<EventIndex>& moments) {
    const std::uint64_t place = item.fixed->value / model.unit;
    model.fixed_top = std::max(model.fixed_top, place + item.size.value / model.unit);
    for (const Piece& piece : item.pieces) {
        const auto [first, last] = sections_of(piece.life, moments);
        for (std::uint32_t section = first; section < last; ++section) {
            model.taken[section].push_back(
                {place + piece.begin.value / model.unit, place + piece.end.value / model.unit});
        }
    }
}

ItemKind make_kind(const Item& item, std::uint64_t unit, const std::vector<EventIndex>& moments) {
    ItemKind kind;
    kind.size = item.size.value / unit;
    kind.alignment = unit % item.alignment.value == 0 ? 1 : item.alignment.value / unit;
    for (const Piece& piece : item.pieces) {
        const auto [first, last] = sections_of(piece.life, moments);
        kind.rectangles.push_back({first, last, piece.begin.value / unit, piece.end.value / unit});
        kind.top = std::max(kind.top, piece.end.value / unit);
    }
    return kind;
}

// Ranges in order, those that touch or overlap (pieces fixed at different moments of a section) as one.
void normalise(std::vector<UnitRange>& ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const UnitRange& a, const UnitRange& b) { return a.begin < b.begin; });
    std::vector<UnitRange> merged;
    for (const UnitRange& range : ranges) {
        if (!merged.empty() && range.begin <= merged.back().end) {
            merged.back().end = std::max(merged.back().end, range.end);
        } else {
            merged.push_back(range);
        }
    }
    ranges = std::move(merged);
}

}  // namespace

Bytes item_unit(std::span<const Item> items) {
    std::uint64_t unit = 0;
    for (const Item& item : items) {
        unit = std::gcd(unit, item.size.value);
        for (const Piece& piece : item.pieces) {
            unit = std::gcd(unit, std::gcd(piece.begin.value, piece.end.value));
        }
        if (item.fixed) unit = std::gcd(unit, item.fixed->value);
    }
    // An alignment that divided the unit may not divide a smaller one, so again until nothing changes.
    for (std::uint64_t before = 0; before != unit;) {
        before = unit;
        for (const Item& item : items) {
            const std::uint64_t alignment = item.alignment.value;
            if (!item.fixed && unit % alignment != 0) unit = std::gcd(unit, alignment);
        }
    }
    return {std::max<std::uint64_t>(unit, 1)};
}

GeneralModel make_model(std::span<const Item> items) {
    GeneralModel model;
    model.unit = item_unit(items).value;
    model.items = items.size();
    const std::vector<EventIndex> moments = change_moments(items);
    const std::size_t sections = moments.empty() ? 0 : moments.size() - 1;
    model.taken.resize(sections);
    model.loads.resize(sections);
    model.smallest.resize(sections, UINT64_MAX);
    std::map<std::tuple<std::vector<Piece>, Bytes, Bytes>, std::size_t> known;
    for (std::uint32_t index = 0; index < items.size(); ++index) {
        const Item& item = items[index];
        if (item.fixed) {
            model.fixed.emplace_back(index, *item.fixed);
            add_fixed(model, item, moments);
            continue;
        }
        auto& kinds = item.pieces.empty() ? model.weightless : model.kinds;
        const auto [at, is_new] = known.try_emplace({item.pieces, item.size, item.alignment}, kinds.size());
        if (is_new) kinds.push_back(make_kind(item, model.unit, moments));
        ItemKind& kind = kinds[at->second];
        kind.members.push_back(index);
        for (const UnitRectangle& rectangle : kind.rectangles) {
            model.flat = model.flat && rectangle.begin == 0;
            const std::uint64_t size = rectangle.end - rectangle.begin;
            for (std::uint32_t s = rectangle.first; s < rectangle.last; ++s) {
                model.loads[s] += size;
                model.smallest[s] = std::min(model.smallest[s], size);
            }
        }
    }
    for (auto& ranges : model.taken) normalise(ranges);
    return model;
}

std::vector<Kinds> connected(const GeneralModel& model, const Kinds& kinds) {
    std::vector<std::uint32_t> owner(model.loads.size(), UINT32_MAX);  // by section
    Kinds parent(kinds.size());
    std::iota(parent.begin(), parent.end(), 0U);
    const auto root = [&](std::uint32_t k) {
        for (; parent[k] != k; k = parent[k]) parent[k] = parent[parent[k]];
        return k;
    };
    for (std::uint32_t k = 0; k < kinds.size(); ++k) {
        for_each_section(model.kinds[kinds[k]], [&](std::uint32_t s, const UnitRectangle&) {
            if (owner[s] == UINT32_MAX) owner[s] = k;
            parent[root(owner[s])] = root(k);
        });
    }
    std::map<std::uint32_t, Kinds> by_root;
    for (std::uint32_t k = 0; k < kinds.size(); ++k) {
        by_root[root(k)].push_back(kinds[k]);
    }
    std::vector<Kinds> sorted;
    sorted.reserve(by_root.size());
    for (auto& [first, group] : by_root) sorted.push_back(std::move(group));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& x, const auto& y) { return x.size() < y.size(); });
    return sorted;
}

}  // namespace memo::planner
