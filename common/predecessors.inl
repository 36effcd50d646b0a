// Implementation of common/predecessors.h: the arena is cut at every block boundary, each segment remembers
// the last slot that covered it, and two laps over the period (the first only fills the memory) give the
// cyclic answer.
#pragma once

#include <algorithm>

namespace memo {

template <class Emit>
void for_each_predecessor(std::span<const PlanSlot> slots, std::span<std::uint64_t> scratch, Emit emit) {
    constexpr std::uint64_t kNever = ~std::uint64_t{0};
    const std::size_t count = slots.size();
    std::uint64_t* const cuts = scratch.data();        // 2n: sorted distinct boundaries
    std::uint64_t* const last = cuts + 2 * count + 1;  // 2n: last slot to cover [cuts[k], cuts[k + 1])
    std::uint64_t* const seen = last + 2 * count + 1;  // n: emitted for which slot, to emit each pair once
    std::uint64_t* const from = seen + count;          // n, to: n: each slot's segments
    std::uint64_t* const to = from + count;

    std::size_t cut_count = 0;
    for (const PlanSlot& slot : slots) {
        if ((slot.flags & kSlotLeftOut) != 0) continue;
        cuts[cut_count++] = slot.offset;
        cuts[cut_count++] = slot.offset + slot.size;
    }
    std::sort(cuts, cuts + cut_count);
    cut_count = static_cast<std::size_t>(std::unique(cuts, cuts + cut_count) - cuts);

    for (std::size_t i = 0; i < count; ++i) {
        seen[i] = kNever;
        if ((slots[i].flags & kSlotLeftOut) != 0) {
            from[i] = to[i] = 0;
            continue;
        }
        from[i] =
            static_cast<std::uint64_t>(std::lower_bound(cuts, cuts + cut_count, slots[i].offset) - cuts);
        to[i] = static_cast<std::uint64_t>(
            std::lower_bound(cuts, cuts + cut_count, slots[i].offset + slots[i].size) - cuts);
    }
    std::fill(last, last + cut_count, kNever);
    for (std::size_t i = 0; i < count; ++i) std::fill(last + from[i], last + to[i], i);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::uint64_t k = from[i]; k < to[i]; ++k) {
            const std::uint64_t predecessor = last[k];
            last[k] = i;
            if (seen[predecessor] == i) continue;
            seen[predecessor] = i;
            emit(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(predecessor));
        }
    }
}

}  // namespace memo
