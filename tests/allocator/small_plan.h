// The small plans of the model check: an arena of a few granules of 16 bytes, a few slots, each on any
// interval of granules or left out of the arena. Nothing keeps slots that a program would hold at the same
// time apart: invalid plans are as welcome as valid ones, because replay must be safe on all of them.
//
// Two ways to tell requests apart: every slot has a caller of its own (keys are distinct), or all share one
// caller (keys repeat wherever sizes do).
#pragma once

#include "planner/plan_builder.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace memo::testing {

inline constexpr std::uint64_t kGranule = 16;
inline constexpr unsigned kMostGranules = 5;
inline constexpr unsigned kMostSmallSlots = 5;

struct SmallSlot {
    unsigned first = 0;  // granules [first, end)
    unsigned end = 0;
    bool left_out = false;
    unsigned caller = 0;
    bool variable = false;

    [[nodiscard]] bool covers(unsigned granule) const {
        return !left_out && first <= granule && granule < end;
    }
    [[nodiscard]] bool overlaps(const SmallSlot& other) const {
        return !left_out && !other.left_out && first < other.end && other.first < end;
    }
    [[nodiscard]] std::uint64_t size() const { return (end - first) * kGranule; }
    // Whether a request of this slot is what the plan wants here, or may be served here.
    [[nodiscard]] bool equals(std::uint64_t bytes, unsigned from) const {
        return size() == bytes && caller == from;
    }
    [[nodiscard]] bool fits(std::uint64_t bytes, unsigned from) const {
        return caller == from && (variable ? bytes <= size() : bytes == size());
    }
};

using SmallPlan = std::vector<SmallSlot>;

// What tells the slots of small plans apart.
enum class Keys : std::uint8_t {
    distinct,           // each slot has a caller of its own
    repeating,          // all have one
    distinct_variable,  // the same with slots of variable size among them
    repeating_variable,
};
[[nodiscard]] constexpr bool are_distinct(Keys keys) {
    return keys == Keys::distinct || keys == Keys::distinct_variable;
}

// Everything a slot can be, but for its caller.
[[nodiscard]] inline std::vector<SmallSlot> slot_choices(unsigned granules, Keys keys) {
    std::vector<SmallSlot> choices{{0, 1, true, 0}};
    for (unsigned first = 0; first < granules; ++first) {
        for (unsigned end = first + 1; end <= granules; ++end) choices.push_back({first, end, false, 0});
    }
    if (keys == Keys::distinct || keys == Keys::repeating) return choices;
    for (std::size_t fixed = choices.size(), i = 0; i < fixed; ++i) {
        choices.push_back(choices[i]);
        choices.back().variable = true;
    }
    return choices;
}

// Calls `visit` with every plan of `slots` slots in `granules` granules.
template <class Visit>
void for_each_small_plan(unsigned slots, unsigned granules, Keys keys, Visit visit) {
    const std::vector<SmallSlot> choices = slot_choices(granules, keys);
    std::vector<std::size_t> chosen(slots, 0);
    SmallPlan plan(slots);
    while (true) {
        for (unsigned i = 0; i < slots; ++i) {
            plan[i] = choices[chosen[i]];
            plan[i].caller = are_distinct(keys) ? i : 0;
        }
        visit(plan);
        unsigned digit = 0;
        while (digit < slots && ++chosen[digit] == choices.size()) chosen[digit++] = 0;
        if (digit == slots) return;
    }
}

[[nodiscard]] inline std::vector<char> bytes_of(const SmallPlan& plan) {
    planner::PlanContents contents;
    contents.height = Bytes{kMostGranules * kGranule};
    for (const SmallSlot& slot : plan) {
        if (!slot.left_out) contents.height = std::max(contents.height, Bytes{slot.end * kGranule});
        planner::PlannedSlot planned;
        planned.size = Bytes{slot.size()};
        planned.caller = {"m", slot.caller};
        planned.offset = Offset{slot.first * kGranule};
        planned.life = {{contents.slots.size()}, {contents.slots.size() + 1}};
        planned.position = static_cast<std::uint32_t>(contents.slots.size());
        planned.left_out = slot.left_out;
        planned.variable = slot.variable;
        contents.slots.push_back(planned);
    }
    return planner::build_plan(contents);
}

// For a failing test's message: "[0,2) [1,3) out".
[[nodiscard]] inline std::string describe(const SmallPlan& plan) {
    std::string text;
    for (const SmallSlot& slot : plan) {
        text +=
            slot.left_out ? "out " : "[" + std::to_string(slot.first) + "," + std::to_string(slot.end) + ") ";
    }
    return text;
}

}  // namespace memo::testing
