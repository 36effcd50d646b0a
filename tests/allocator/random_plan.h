// Random plans of any size, reproducible from a seed: sound ones, packed by first fit, and ones whose offsets
// were drawn without looking. Sizes are any number of bytes, a few slots ask for large alignments, a few are
// left out, and keys repeat; only the first slot's key is its own, so that a round has a recognisable
// beginning.
#pragma once

#include "common/plan_format.h"
#include "common/units.h"
#include "planner/plan_builder.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace memo::testing {

// Uniform enough, and the same everywhere.
inline std::uint64_t draw(std::mt19937_64& random, std::uint64_t below) {
    return random() % below;
}
inline bool chance(std::mt19937_64& random, std::uint64_t in_100000) {
    return draw(random, 100000) < in_100000;
}

struct PlanShape {
    std::uint32_t slots = 10000;
    std::uint64_t least_bytes = 1;
    std::uint64_t most_bytes = 4000;
    bool leaves_out = true;  // some slots
    bool sound = true;       // no two blocks of one round overlap; else anywhere in a third of that arena
};

// The lowest aligned offset at which `size` bytes fit between the live blocks (start -> end).
inline std::uint64_t first_fit(const std::map<std::uint64_t, std::uint64_t>& live, std::uint64_t size,
                               std::uint64_t alignment) {
    std::uint64_t at = 0;
    for (const auto& [start, end] : live) {
        if (at + size <= start) break;
        at = Offset{end}.aligned_up({alignment}).value;
    }
    return at;
}

inline std::uint32_t draw_alignment(std::mt19937_64& random) {
    if (chance(random, 95000)) return 0;
    return 8U << draw(random, 6);  // 8 .. 256
}

inline planner::PlanContents random_plan(std::mt19937_64& random, const PlanShape& shape) {
    planner::PlanContents contents;
    std::map<std::uint64_t, std::uint64_t> live;
    std::multimap<std::uint32_t, std::uint64_t> ends;  // moment -> start of the block that dies then
    std::uint64_t height = 0;
    for (std::uint32_t i = 0; i < shape.slots; ++i) {
        for (; !ends.empty() && ends.begin()->first <= i; ends.erase(ends.begin()))
            live.erase(ends.begin()->second);
        const std::uint64_t longest = chance(random, 1000) ? shape.slots : 40;
        const auto dies =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(i + 1 + draw(random, longest), shape.slots));
        planner::PlannedSlot slot;
        slot.size = {shape.least_bytes + draw(random, chance(random, 50000) ? 64 : shape.most_bytes)};
        slot.alignment = draw_alignment(random);
        slot.caller = {"libmodule.so", i == 0 ? 1 : 2 + draw(random, 30)};
        slot.life = {{i}, {dies}};
        slot.position = i;
        slot.left_out = shape.leaves_out && i != 0 && chance(random, 3000);
        if (!slot.left_out) {
            slot.offset = {first_fit(live, slot.size.value, placed_alignment(slot.alignment))};
            live.emplace(slot.offset.value, (slot.offset + slot.size).value);
            ends.emplace(dies, slot.offset.value);
            height = std::max(height, (slot.offset + slot.size).value);
        }
        contents.slots.push_back(slot);
    }
    contents.height = {height};
    if (!shape.sound) {
        for (planner::PlannedSlot& slot : contents.slots) {
            const std::uint64_t room = std::min(height / 3, height - slot.size.value);
            const std::uint64_t at = draw(random, room + 1);
            slot.offset = {at - at % placed_alignment(slot.alignment)};
        }
    }
    return contents;
}

}  // namespace memo::testing
