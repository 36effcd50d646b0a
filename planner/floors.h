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
    StateKey operator+(const StateKey& other) const { return {low + other.low, high + other.high}; }
    StateKey operator-(const StateKey& other) const { return {low - other.low, high - other.high}; }
    StateKey operator*(std::uint64_t factor) const { return {low * factor, high * factor}; }

    static StateKey random(std::uint64_t number) {
        return {scramble(2 * number) | 1, scramble(2 * number + 1) | 1};
    }
};

class Floors {
  public:
    struct Section {
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
    [[nodiscard]] std::uint64_t floor(std::uint32_t section) const { return floor_[section]; }
    // The sum of the keys of all sections: what changed since it was asked before, changed by the difference.
    [[nodiscard]] const StateKey& key() const { return key_; }
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

    // How much `for_each_within` looks at.
    [[nodiscard]] std::uint32_t entries_from(std::uint32_t first, std::uint32_t last) const {
        return twins_from_[last] - twins_from_[first];
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

    // Equal blocks, neighbours among the entries. They are placed from the first on and taken back in
    // reverse, so those left are the last ones.
    struct Twins {
        std::uint32_t last = 0;  // sections they cover end here
        std::uint32_t left = 0;  // unplaced
        std::uint32_t end = 0;   // of their entries
    };

    void add_blocks(std::vector<std::uint64_t>& load);
    void add_obstacles(std::vector<std::uint64_t>& load);
    void put(std::uint32_t entry, std::uint64_t position);
    void take_back(std::uint32_t entry);
    void move_floor(std::uint32_t section, std::uint64_t level);
    void waste(std::uint32_t section, std::uint64_t units);
    void add_key(std::uint32_t section, const StateKey& key);
    void undo_raise(std::uint32_t section, std::uint64_t floor);

    const SectionProblem& part_;
    std::uint64_t capacity_;
    bool feasible_ = true;

    std::vector<Section> sections_;
    std::vector<std::uint64_t> floor_;  // by section; apart, because it is what is looked at most
    StateKey key_;
    std::vector<StateKey> floor_key_;  // of a unit of floor
    std::vector<StateKey> slack_key_;  // of a unit less of slack
    std::vector<StateKey> twins_key_;  // of any one of them: it does not matter which is placed
    std::vector<std::uint64_t> offset_;
    std::vector<Twins> twins_;
    std::vector<std::uint32_t> twins_of_;    // by entry
    std::vector<std::uint32_t> twins_from_;  // those that begin at s: [twins_from_[s], twins_from_[s + 1])

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
      floor_(part.sections),
      floor_key_(part.sections),
      slack_key_(part.sections),
      offset_(part.blocks.size()),
      twins_from_(part.sections + std::size_t{1}),
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
        add_key(s, floor_key_[s]);  // else all at the bottom where nothing begins would look alike
        move_floor(s, 0);
    }
}

inline void Floors::add_blocks(std::vector<std::uint64_t>& load) {
    for (std::uint32_t entry = 0; entry < part_.blocks.size(); ++entry) {
        const SectionBlock& block = part_.blocks[entry];
        for (std::uint32_t s = block.first; s < block.last; ++s) load[s] += block.size;
        for (std::uint32_t s = block.first; s + 1 < block.last; ++s) ++sections_[s].crossing;
        ++sections_[block.first].starting;
        const SectionBlock& before = part_.blocks[entry == 0 ? 0 : entry - 1];
        const bool twin = entry > 0 && before.first == block.first && before.last == block.last &&
                          before.size == block.size && before.alignment == block.alignment;
        if (!twin) {
            twins_.push_back({block.last, 0, 0});
            twins_key_.push_back(StateKey::random(2 * std::uint64_t{part_.sections} + entry));
            ++twins_from_[block.first + 1];
        }
        ++twins_.back().left;
        twins_.back().end = entry + 1;
        twins_of_.push_back(static_cast<std::uint32_t>(twins_.size() - 1));
        add_key(block.first, twins_key_.back());
    }
    for (std::uint32_t s = 0; s < part_.sections; ++s) twins_from_[s + 1] += twins_from_[s];
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
    const std::uint32_t end = twins_from_[last];
    for (std::uint32_t t = twins_from_[first]; t < end; ++t) {
        const Twins& twins = twins_[t];
        if (twins.left != 0 && twins.last <= last) visit(twins.end - twins.left, twins.left);
    }
}

inline std::uint32_t Floors::spanning(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t t = twins_from_[first + 1]; t-- > twins_from_[first] && twins_[t].last >= last;) {
        if (twins_[t].left != 0) return twins_[t].end - twins_[t].left;
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
    add_key(section, floor_key_[section] * (level - floor_[section]));
    floor_[section] = level;
}

// Modulo 2^64, so that it can be taken back.
inline void Floors::waste(std::uint32_t section, std::uint64_t units) {
    sections_[section].slack -= units;
    add_key(section, slack_key_[section] * units);
}

inline void Floors::add_key(std::uint32_t section, const StateKey& key) {
    sections_[section].key += key;
    key_ += key;
}

inline void Floors::put(std::uint32_t entry, std::uint64_t position) {
    const SectionBlock& block = part_.blocks[entry];
    const std::uint32_t twins = twins_of_[entry];
    --twins_[twins].left;
    offset_[entry] = position;
    --sections_[block.first].starting;
    add_key(block.first, StateKey{} - twins_key_[twins]);
    for (std::uint32_t s = block.first; s + 1 < block.last; ++s) --sections_[s].crossing;
}

inline void Floors::take_back(std::uint32_t entry) {
    const SectionBlock& block = part_.blocks[entry];
    const std::uint32_t twins = twins_of_[entry];
    ++twins_[twins].left;
    ++sections_[block.first].starting;
    add_key(block.first, twins_key_[twins]);
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
    const std::uint64_t floor = floor_[section];
    trail_.push_back({kRaise | section, floor});
    waste(section, level - floor);
    move_floor(section, level);
}

inline void Floors::undo_raise(std::uint32_t section, std::uint64_t floor) {
    std::uint64_t level = floor_[section];
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
