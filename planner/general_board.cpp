// Placing, undoing, and the questions of where and how much.
#include "planner/general_board.h"

#include <algorithm>

namespace memo::planner {

GeneralBoard::GeneralBoard(const GeneralModel& model)
    : model_(model),
      taken_(model.taken),
      left_(model.loads),
      floor_(left_.size()),
      places_(model.kinds.size()) {}

void GeneralBoard::put(std::uint32_t index, std::uint64_t place) {
    trail_.push_back({Change::What::placed, index, 0});
    places_[index].push_back(place);
    for_each_section(model_.kinds[index], [&](std::uint32_t s, const UnitRectangle& piece) {
        const UnitRange range{place + piece.begin, place + piece.end};
        left_[s] -= range.end - range.begin;
        if (range.begin <= floor_[s]) {
            set_floor(s, range.end);
        } else {
            trail_.push_back({Change::What::taken, s, range.begin});
            taken_[s].insert(lower_range(s, range.begin), range);
        }
    });
}

void GeneralBoard::set_floor(std::uint32_t section, std::uint64_t floor) {
    trail_.push_back({Change::What::floor, section, floor_[section]});
    floor_[section] = floor;
}

void GeneralBoard::undo(std::size_t mark) {
    for (; trail_.size() > mark; trail_.pop_back()) {
        const auto [what, index, value] = trail_.back();
        switch (what) {
            case Change::What::floor:
                floor_[index] = value;
                break;
            case Change::What::taken:
                taken_[index].erase(lower_range(index, value));
                break;
            case Change::What::placed:
                places_[index].pop_back();
                for_each_section(model_.kinds[index], [&](std::uint32_t s, const UnitRectangle& piece) {
                    left_[s] += piece.end - piece.begin;
                });
                break;
        }
    }
}

std::vector<UnitRange>::iterator GeneralBoard::lower_range(std::uint32_t section, std::uint64_t begin) {
    auto& ranges = taken_[section];
    return std::lower_bound(ranges.begin(), ranges.end(), begin,
                            [](const UnitRange& range, std::uint64_t value) { return range.begin < value; });
}

std::uint64_t GeneralBoard::lowest_place(const ItemKind& kind, std::uint64_t level) const {
    const auto raise = [&](std::uint64_t end, std::uint64_t begin) {
        level = Offset{std::max(level, end - begin)}.aligned_up({kind.alignment}).value;
    };
    raise(level, 0);
    for_each_section(kind, [&](std::uint32_t s, const UnitRectangle& piece) {
        if (floor_[s] > level + piece.begin) raise(floor_[s], piece.begin);
    });
    for (std::uint64_t before = UINT64_MAX; before != level;) {
        before = level;
        for_each_section(kind, [&](std::uint32_t s, const UnitRectangle& piece) {
            for (const UnitRange& range : taken_[s]) {
                if (level + piece.end <= range.begin) break;
                if (range.end > level + piece.begin) raise(range.end, piece.begin);
            }
        });
    }
    return level;
}

std::uint64_t GeneralBoard::room(std::uint32_t section, std::uint64_t from, std::uint64_t capacity) const {
    std::uint64_t sum = 0;
    const auto add = [&](std::uint64_t end) {
        if (end > from && end - from >= model_.smallest[section]) sum += end - from;
    };
    for (const UnitRange& range : taken_[section]) {
        add(std::min(range.begin, capacity));
        from = std::max(from, range.end);
    }
    add(capacity);
    return sum;
}

}  // namespace memo::planner
