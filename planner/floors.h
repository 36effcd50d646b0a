// What is placed so far, as the complete search sees it: the floor of every section, and a trail that takes
// back whatever was done since a mark.
//
// Invariants, for every section s: `floor` is where the next block over s may rest, `ceiling` where what was
// put on top begins; `slack` is ceiling - floor - unplaced and obstacle units between them, never negative;
// `crossing` counts the unplaced blocks over both s and s + 1, `starting` those that begin at s; `key` hashes
// the floor and slack of s and the unplaced blocks that begin there. So the sum of the keys of a run of
// sections that nothing crosses names what is left to do in it; and that of any run names all that a look at
// no other section could tell.
//
// All here is on the hot path, hence in the header. Thread safety: one object, one thread.
#pragma once

#include "planner/sections.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace memo::planner {

// splitmix64.
inline std::uint64_t scramble(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

inline std::uint64_t aligned_up(std::uint64_t position, std::uint64_t alignment) {
    return alignment == 1 ? position : (position + alignment - 1) / alignment * alignment;
}

// 128 bits, added up: the order of the summands does not matter. A floor counts times a random number of its
// section, and so does a slack; a block is a random number. Of two different states the sums agree with a
// probability below 2^-100.
struct StateKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(const StateKey&) const = default;
    StateKey& operator+=(const StateKey& other) { return low += other.low, high += other.high, *this; }
    StateKey& operator-=(const StateKey& other) { return low -= other.low, high -= other.high, *this; }
    StateKey operator*(std::uint64_t factor) const { return {low * factor, high * factor}; }

    static StateKey random(std::uint64_t number) {
        return {scramble(2 * number) | 1, scramble(2 * number + 1) | 1};
    }
};

class Floors {
  public:
    struct Section {
        std::uint64_t floor = 0;
        std::uint64_t slack = 0;
        std::uint64_t ceiling = 0;
        StateKey key;
        std::uint32_t crossing = 0;
        std::uint32_t starting = 0;
    };

    // `part` must outlive this.
    Floors(const SectionProblem& part, std::uint64_t capacity);

    // Whether the obstacles and every section's load are within the capacity at all. If not, nothing else may
    // be asked.
    [[nodiscard]] bool feasible() const { return feasible_; }

    [[nodiscard]] const Section& operator[](std::uint32_t section) const { return sections_[section]; }
    [[nodiscard]] const SectionBlock& block(std::uint32_t entry) const { return part_.blocks[entry]; }
    [[nodiscard]] std::span<const std::uint64_t> offsets() const { return offset_; }  // of what is placed

    // Obstacles above the floor of a section, bottom up, as [begin, end).
    using Rock = std::pair<std::uint64_t, std::uint64_t>;
    [[nodiscard]] std::span<const Rock> rocks(std::uint32_t section) const {
        if (rock_.empty()) return {};
        return {rock_.data() + next_[section], rock_.data() + rocks_[section + 1]};
    }

    // Calls visit(entry, count) for the unplaced entries within sections [first, last); of equal ones for the
    // first only, with their number.
    template <class Visit>
    void for_each_within(std::uint32_t first, std::uint32_t last, Visit&& visit) const;

    // An unplaced entry over exactly the sections [first, last), which nothing unplaced crosses at the ends;
    // kNoEntry if there is none.
    static constexpr std::uint32_t kNoEntry = UINT32_MAX;
    [[nodiscard]] std::uint32_t spanning(std::uint32_t first, std::uint32_t last) const;

    // How many entries `for_each_within` looks at.
    [[nodiscard]] std::uint32_t entries_from(std::uint32_t first, std::uint32_t last) const {
        return starts_[last] - starts_[first];
    }

    // For an entry over sections that are level at `floor`: can it rest there? Its place is the first above
    // that its alignment allows.
    [[nodiscard]] bool fits(std::uint32_t entry, std::uint64_t floor) const;
    void place(std::uint32_t entry, std::uint64_t floor);

    // Hangs an entry from the ceiling, which must be level over it, with no obstacles about.
    void place_on_top(std::uint32_t entry);

    // Wastes what is between the floor of a section and `level`: at most its slack, and no obstacle in it.
    void raise(std::uint32_t section, std::uint64_t level);

    [[nodiscard]] std::size_t mark() const { return trail_.size(); }
    void undo_to(std::size_t mark);

  private:
    struct Step {
        std::uint32_t entry;  // or kRaise | section
        std::uint64_t floor;  // before
    };
    static constexpr std::uint32_t kRaise = std::uint32_t{1} << 31;
    static constexpr std::uint64_t kOnTop = UINT64_MAX;

    void add_blocks(std::vector<std::uint64_t>& load);
    void add_obstacles(std::vector<std::uint64_t>& load);
    void put(std::uint32_t entry, std::uint64_t position);
    void take_back(std::uint32_t entry);
    void move_floor(std::uint32_t section, std::uint64_t level);
    void waste(std::uint32_t section, std::uint64_t units);
    void undo_raise(std::uint32_t section, std::uint64_t floor);

    const SectionProblem& part_;
    std::uint64_t capacity_;
    bool feasible_ = true;

    std::vector<Section> sections_;
    std::vector<StateKey> floor_key_;  // of a unit of floor
    std::vector<StateKey> slack_key_;  // of a unit less of slack
    std::vector<StateKey> entry_key_;  // equal blocks have equal ones: it does not matter which is placed
    std::vector<std::uint8_t> placed_;
    std::vector<std::uint64_t> offset_;
    std::vector<std::uint32_t> starts_;  // entries that begin at s: [starts_[s], starts_[s + 1])

    // The obstacles over s, bottom up: [rocks_[s], rocks_[s + 1]) of `rock_`. next_[s] is the first above the
    // floor.
    std::vector<Rock> rock_;
    std::vector<std::uint32_t> rocks_;
    std::vector<std::uint32_t> next_;

    std::vector<Step> trail_;
};

inline Floors::Floors(const SectionProblem& part, std::uint64_t capacity)
    : part_(part),
      capacity_(capacity),
      sections_(part.sections),
      floor_key_(part.sections),
      slack_key_(part.sections),
      entry_key_(part.blocks.size()),
      placed_(part.blocks.size()),
      offset_(part.blocks.size()),
      starts_(part.sections + std::size_t{1}),
      rocks_(part.sections + std::size_t{1}),
      next_(part.sections) {
    for (std::uint32_t s = 0; s < part.sections; ++s) {
        floor_key_[s] = StateKey::random(2 * std::uint64_t{s});
        slack_key_[s] = StateKey::random(2 * std::uint64_t{s} + 1);
    }
    std::vector<std::uint64_t> load(part.sections);
    add_blocks(load);
    add_obstacles(load);
    for (std::uint32_t s = 0; s < part.sections; ++s) {
        feasible_ = feasible_ && load[s] <= capacity;
        sections_[s].slack = capacity - load[s];
        sections_[s].ceiling = capacity;
        next_[s] = rocks_[s];
        move_floor(s, 0);
    }
}

inline void Floors::add_blocks(std::vector<std::uint64_t>& load) {
    for (std::uint32_t entry = 0; entry < part_.blocks.size(); ++entry) {
        const SectionBlock& block = part_.blocks[entry];
        for (std::uint32_t s = block.first; s < block.last; ++s) load[s] += block.size;
        for (std::uint32_t s = block.first; s + 1 < block.last; ++s) ++sections_[s].crossing;
        ++sections_[block.first].starting;
        ++starts_[block.first + 1];
        const SectionBlock& before = part_.blocks[entry == 0 ? 0 : entry - 1];
        const bool twin = entry > 0 && before.first == block.first && before.last == block.last &&
                          before.size == block.size && before.alignment == block.alignment;
        entry_key_[entry] =
            twin ? entry_key_[entry - 1] : StateKey::random(2 * std::uint64_t{part_.sections} + entry);
        sections_[block.first].key += entry_key_[entry];
    }
    for (std::uint32_t s = 0; s < part_.sections; ++s) starts_[s + 1] += starts_[s];
}

inline void Floors::add_obstacles(std::vector<std::uint64_t>& load) {
    for (const Obstacle& obstacle : part_.obstacles) {
        feasible_ = feasible_ && obstacle.end <= capacity_;
        for (std::uint32_t s = obstacle.first; s < obstacle.last; ++s) {
            load[s] += obstacle.end - obstacle.begin;
            ++rocks_[s + 1];
        }
    }
    for (std::uint32_t s = 0; s < part_.sections; ++s) rocks_[s + 1] += rocks_[s];
    rock_.resize(rocks_.back());
    std::vector<std::uint32_t> filled(rocks_.begin(), rocks_.end() - 1);
    for (const Obstacle& obstacle : part_.obstacles) {
        for (std::uint32_t s = obstacle.first; s < obstacle.last; ++s) {
            rock_[filled[s]++] = {obstacle.begin, obstacle.end};
        }
    }
    for (std::uint32_t s = 0; s < part_.sections; ++s) {
        std::sort(rock_.begin() + rocks_[s], rock_.begin() + rocks_[s + 1]);
    }
}

template <class Visit>
void Floors::for_each_within(std::uint32_t first, std::uint32_t last, Visit&& visit) const {
    const std::uint32_t end = starts_[last];
    for (std::uint32_t entry = starts_[first]; entry < end;) {
        const std::uint32_t twins = entry;
        std::uint32_t unplaced = 0;
        std::uint32_t representative = entry;
        do {
            if (placed_[entry] == 0 && unplaced++ == 0) representative = entry;
            ++entry;
        } while (entry < end && entry_key_[entry].low == entry_key_[twins].low);
        if (unplaced != 0 && part_.blocks[twins].last <= last) visit(representative, unplaced);
    }
}

inline std::uint32_t Floors::spanning(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t entry = starts_[first + 1];
         entry-- > starts_[first] && part_.blocks[entry].last >= last;) {
        if (placed_[entry] == 0) return entry;
    }
    return kNoEntry;
}

inline bool Floors::fits(std::uint32_t entry, std::uint64_t floor) const {
    const SectionBlock& block = part_.blocks[entry];
    const std::uint64_t position = aligned_up(floor, block.alignment);
    if (rock_.empty() && position == floor) return true;
    for (std::uint32_t s = block.first; s < block.last; ++s) {
        if (sections_[s].slack < position - floor) return false;
        const auto above = rocks(s);
        if (!above.empty() && above.front().first < position + block.size) return false;
    }
    return true;
}

// Up: over whatever obstacles begin where the floor now is. Down: under those that are above it again.
inline void Floors::move_floor(std::uint32_t section, std::uint64_t level) {
    if (!rock_.empty()) {
        std::uint32_t& next = next_[section];
        while (next > rocks_[section] && rock_[next - 1].first >= level) --next;
        while (next < rocks_[section + 1] && rock_[next].first == level) level = rock_[next++].second;
    }
    Section& at = sections_[section];
    at.key += floor_key_[section] * (level - at.floor);
    at.floor = level;
}

// Modulo 2^64, so that it can be taken back.
inline void Floors::waste(std::uint32_t section, std::uint64_t units) {
    Section& at = sections_[section];
    at.slack -= units;
    at.key += slack_key_[section] * units;
}

inline void Floors::put(std::uint32_t entry, std::uint64_t position) {
    const SectionBlock& block = part_.blocks[entry];
    placed_[entry] = 1;
    offset_[entry] = position;
    --sections_[block.first].starting;
    sections_[block.first].key -= entry_key_[entry];
    for (std::uint32_t s = block.first; s + 1 < block.last; ++s) --sections_[s].crossing;
}

inline void Floors::take_back(std::uint32_t entry) {
    const SectionBlock& block = part_.blocks[entry];
    placed_[entry] = 0;
    ++sections_[block.first].starting;
    sections_[block.first].key += entry_key_[entry];
    for (std::uint32_t s = block.first; s + 1 < block.last; ++s) ++sections_[s].crossing;
}

inline void Floors::place(std::uint32_t entry, std::uint64_t floor) {
    const SectionBlock& block = part_.blocks[entry];
    const std::uint64_t position = aligned_up(floor, block.alignment);
    put(entry, position);
    trail_.push_back({entry, floor});
    for (std::uint32_t s = block.first; s < block.last; ++s) {
        if (position != floor) waste(s, position - floor);
        move_floor(s, position + block.size);
    }
}

inline void Floors::place_on_top(std::uint32_t entry) {
    const SectionBlock& block = part_.blocks[entry];
    put(entry, sections_[block.first].ceiling - block.size);
    trail_.push_back({entry, kOnTop});
    for (std::uint32_t s = block.first; s < block.last; ++s) sections_[s].ceiling -= block.size;
}

inline void Floors::raise(std::uint32_t section, std::uint64_t level) {
    const std::uint64_t floor = sections_[section].floor;
    trail_.push_back({kRaise | section, floor});
    waste(section, level - floor);
    move_floor(section, level);
}

inline void Floors::undo_raise(std::uint32_t section, std::uint64_t floor) {
    std::uint64_t level = sections_[section].floor;
    // Down again over the obstacles that the floor came to: they were never waste.
    if (!rock_.empty()) {
        for (std::uint32_t rock = next_[section]; rock > rocks_[section] && rock_[rock - 1].first >= floor;
             --rock) {
            level -= rock_[rock - 1].second - rock_[rock - 1].first;
        }
    }
    waste(section, floor - level);
    move_floor(section, floor);
}

inline void Floors::undo_to(std::size_t mark) {
    for (; trail_.size() > mark; trail_.pop_back()) {
        const auto [what, floor] = trail_.back();
        if ((what & kRaise) != 0) {
            undo_raise(what & ~kRaise, floor);
            continue;
        }
        const SectionBlock& block = part_.blocks[what];
        take_back(what);
        for (std::uint32_t s = block.first; s < block.last; ++s) {
            if (floor == kOnTop) {
                sections_[s].ceiling += block.size;
                continue;
            }
            if (offset_[what] != floor) waste(s, floor - offset_[what]);
            move_floor(s, floor);
        }
    }
}

}  // namespace memo::planner
