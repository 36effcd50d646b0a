// The predecessors of a plan's slots: for each slot, the set of slots that were the last before it, in cyclic
// order, to cover one of its bytes (docs/safety.md). They are what makes replay safe, so the plan builder and
// the loader's check both use this one function, and the loader never trusts the file.
#pragma once

#include "common/plan_format.h"

#include <cstdint>
#include <span>

namespace memo {

// A slot may precede itself, where no other slot covers some of its bytes.
// Works in caller-given memory, because the loader runs inside malloc: `scratch` holds at least
// `predecessor_scratch_words(slot_count)` words. `emit(slot, predecessor)` is called for every pair once,
// slots ascending and each slot's predecessors in the order of their bytes. Left-out slots have none. Time
// O(slots x segments) in the worst case, where segments are the distinct block boundaries.
[[nodiscard]] constexpr std::size_t predecessor_scratch_words(std::size_t slot_count) {
    return slot_count * 8 + 2;
}

template <class Emit>
void for_each_predecessor(std::span<const PlanSlot> slots, std::span<std::uint64_t> scratch, Emit emit);

}  // namespace memo

#include "common/predecessors.inl"
