// The state of a packing in the making: what is placed, how high it reaches, and the way back.
//
// Invariants: nothing that is left may lie below the floor of a section; above it the ranges taken are the
// pieces there that are fixed or placed, in order and disjoint. Every change goes onto a trail, and is undone
// last in, first out. Positions are in units, sections and kinds are those of general_model.h. Thread safety:
// one object, one thread.
#pragma once

#include "planner/general_model.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::planner {

class GeneralBoard {
  public:
    // Nothing is placed but what is fixed. `model` must outlive the board.
    explicit GeneralBoard(const GeneralModel& model);

    // The next member of a kind that has one left. Its pieces meet nothing there and lie above the floors.
    void put(std::uint32_t kind, std::uint64_t place);
    // Not below what it is.
    void set_floor(std::uint32_t section, std::uint64_t floor);
    // Takes everything back that happened since `mark()` was `mark`.
    void undo(std::size_t mark);
    [[nodiscard]] std::size_t mark() const { return trail_.size(); }

    // The lowest aligned place at or above `level` where the kind meets nothing and lies above the floors.
    [[nodiscard]] std::uint64_t lowest_place(const ItemKind& kind, std::uint64_t level) const;
    // What is free in [from, capacity), without holes that are too small for anything.
    [[nodiscard]] std::uint64_t room(std::uint32_t section, std::uint64_t from, std::uint64_t capacity) const;

    [[nodiscard]] std::uint64_t floor(std::uint32_t section) const { return floor_[section]; }
    [[nodiscard]] std::span<const UnitRange> taken(std::uint32_t section) const { return taken_[section]; }
    // Units yet to be placed there.
    [[nodiscard]] std::uint64_t left(std::uint32_t section) const { return left_[section]; }
    [[nodiscard]] std::size_t count_left(std::uint32_t kind) const {
        return model_.kinds[kind].members.size() - places_[kind].size();
    }
    // Of its members, in order of placement.
    [[nodiscard]] std::span<const std::uint64_t> places(std::uint32_t kind) const { return places_[kind]; }

  private:
    struct Change {
        enum class What : std::uint8_t { floor, taken, placed } what;
        std::uint32_t index;  // section, or kind
        std::uint64_t value;  // the floor before, the begin of the range, or nothing
    };

    std::vector<UnitRange>::iterator lower_range(std::uint32_t section, std::uint64_t begin);

    const GeneralModel& model_;
    // By section:
    std::vector<std::vector<UnitRange>> taken_;
    std::vector<std::uint64_t> left_;
    std::vector<std::uint64_t> floor_;
    std::vector<std::vector<std::uint64_t>> places_;  // by kind
    std::vector<Change> trail_;
};

}  // namespace memo::planner
