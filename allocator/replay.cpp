// The slow paths of cyclic replay (allocator/replay.h): passing slots, wrapping, and the invariant checker.
#include "allocator/replay.h"

#include "common/units.h"

#include <algorithm>

namespace memo {

namespace {

[[nodiscard]] std::size_t states_bytes(const PlanHeader& header) {
    return round_up(header.slot_count, 8);
}
[[nodiscard]] std::size_t holders_bytes(const PlanHeader& header) {
    return round_up(std::uint64_t{header.start_count} * sizeof(std::uint32_t), 8);
}

[[nodiscard]] bool has_bytes(const PlanSlot& slot) {
    return (slot.flags & kSlotLeftOut) == 0;
}

}  // namespace

std::size_t Replay::memory_needed(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    return states_bytes(header) + holders_bytes(header) +
           std::size_t{header.slot_count} * sizeof(std::uint32_t);
}

Replay::Replay(const PlanView& plan, void* memory)
    : plan_(plan),
      slots_(plan.slots().data()),
      predecessors_(plan.predecessors().data()),
      buckets_(plan.buckets().data()),
      starts_(plan.starts().data()),
      bucket_mask_(plan.header().bucket_count - 1),
      states_(static_cast<std::atomic<SlotState>*>(memory)),
      holders_(reinterpret_cast<std::atomic<std::uint32_t>*>(static_cast<char*>(memory) +
                                                             states_bytes(plan.header()))),
      live_by_offset_(reinterpret_cast<std::uint32_t*>(
          static_cast<char*>(memory) + states_bytes(plan.header()) + holders_bytes(plan.header()))),
      slot_count_(plan.header().slot_count),
      last_slot_(slot_count_ - 1) {
    // A start that was never served must not lead to a slot that is live at another start.
    for (std::uint32_t index = 0; index < slot_count_; ++index) {
        if (has_bytes(slots_[index])) holders_[slots_[index].start].store(index, std::memory_order_relaxed);
    }
}

std::uint64_t Replay::size_at(std::uint64_t offset) const {
    const std::int64_t start = start_at(offset);
    if (start < 0) return 0;
    const std::uint32_t holder = holders_[start].load(std::memory_order_relaxed);
    return state(holder) == SlotState::live ? slots_[holder].size : 0;
}

void Replay::note_escape(std::uint32_t index) {
    if (escapes_ == nullptr) return;
    const std::uint8_t count = escapes_[index].load(std::memory_order_relaxed);
    if (count != UINT8_MAX) escapes_[index].store(count + 1, std::memory_order_relaxed);
}

// A live slot stays live. Any other becomes `free` only if it could have been served, because then nothing
// live is on its bytes; else it must not speak for them.
void Replay::mark_passed_unserved(std::uint32_t index, SlotState state) {
    if (state == SlotState::live) return;
    if (can_serve(slots_[index], state)) {
        states_[index].store(SlotState::free, std::memory_order_relaxed);
    } else {
        states_[index].store(SlotState::blocked, std::memory_order_relaxed);
        blocked_about_ = true;
    }
}

void Replay::pass_until(std::uint32_t index) {
    for (; cursor_ < index; ++cursor_) {
        if (!has_bytes(slots_[cursor_])) continue;
        ++counts_.skipped;
        mark_passed_unserved(cursor_, states_[cursor_].load(std::memory_order_acquire));
    }
}

bool Replay::idle() const {
    for (std::uint32_t index = 0; index < slot_count_; ++index) {
        if (state(index) == SlotState::live) return false;
    }
    return true;
}

void Replay::restart() {
    if (cursor_ == 0) return;
    ++counts_.restarts;
    pass_until(slot_count_);
    wrap();
}

// As many slots are passed as if each were, but what may be said of them is found out anew: passed one by one
// over live blocks, they would be refused in a long chain.
void Replay::go_to(std::uint32_t slot) {
    if (slot < cursor_) {
        ++counts_.restarts;
        count_skipped(slot_count_);
        begin_round();
    }
    count_skipped(slot);
    settle();
}

void Replay::count_skipped(std::uint32_t end) {
    for (; cursor_ < end; ++cursor_) counts_.skipped += has_bytes(slots_[cursor_]) ? 1 : 0;
}

void Replay::wrap() {
    begin_round();
    if (blocked_about_) settle();
}

void Replay::begin_round() {
    cursor_ = 0;
    ++counts_.rounds;
    const bool crowded = (counts_.occupied - refused_before_) * 8 > slot_count_;
    crowded_rounds_ = crowded ? crowded_rounds_ + 1 : 0;
    refused_before_ = counts_.occupied;
}

// Sets every slot that is not live to `free`, then every later slot that overlaps a live one to `blocked`,
// later in the lap that ends at the cursor: there "the last slot passed that covers a byte" is the latest in
// that lap, so a live slot must not be hidden behind a later `free` one. Live blocks are disjoint, so a
// search by offset finds the overlaps.
void Replay::settle() {
    const auto later = [this](std::uint32_t one, std::uint32_t other) {
        const bool wrapped = one < cursor_;  // in the lap, slots before the cursor come last
        return wrapped == (other < cursor_) ? one > other : wrapped;
    };
    blocked_about_ = false;
    std::size_t live_count = 0;
    for (std::uint32_t index = 0; index < slot_count_; ++index) {
        if (!has_bytes(slots_[index])) continue;
        if (states_[index].load(std::memory_order_acquire) == SlotState::live)
            live_by_offset_[live_count++] = index;
    }
    std::sort(live_by_offset_, live_by_offset_ + live_count,
              [this](std::uint32_t a, std::uint32_t b) { return slots_[a].offset < slots_[b].offset; });

    const std::uint32_t* const live_end = live_by_offset_ + live_count;
    for (std::uint32_t index = 0; index < slot_count_; ++index) {
        const PlanSlot& slot = slots_[index];
        if (!has_bytes(slot)) continue;
        // The first live block that ends after this slot's start.
        const std::uint32_t* live = std::partition_point(
            static_cast<const std::uint32_t*>(live_by_offset_), live_end,
            [&](std::uint32_t other) { return slots_[other].offset + slots_[other].size <= slot.offset; });
        bool hides_live = false;
        bool is_live = false;
        for (; live != live_end && slots_[*live].offset < slot.offset + slot.size; ++live) {
            if (*live == index) is_live = true;
            if (later(index, *live)) hides_live = true;
        }
        if (is_live) continue;  // may be freed at this very moment by another thread: leave it alone
        states_[index].store(hides_live ? SlotState::blocked : SlotState::free, std::memory_order_relaxed);
        blocked_about_ = blocked_about_ || hides_live;
    }
}

bool Replay::invariant_holds() const {
    const auto covers = [this](std::uint32_t index, std::uint64_t at) {
        const PlanSlot& slot = slots_[index];
        return has_bytes(slot) && slot.offset <= at && at < slot.offset + slot.size;
    };
    const auto holds_at = [&](std::uint64_t at) {
        for (std::uint32_t back = 1; back <= slot_count_; ++back) {
            const std::uint32_t last = (cursor_ + slot_count_ - back) % slot_count_;
            if (!covers(last, at)) continue;
            if (state(last) != SlotState::free) return true;
            for (std::uint32_t index = 0; index < slot_count_; ++index) {
                if (covers(index, at) && state(index) == SlotState::live) return false;
            }
            return true;
        }
        return true;
    };
    // Coverage changes only at the ends of slots: one byte of each stretch speaks for all of it.
    for (std::uint32_t index = 0; index < slot_count_; ++index) {
        if (!has_bytes(slots_[index])) continue;
        if (!holds_at(slots_[index].offset) || !holds_at(slots_[index].offset + slots_[index].size))
            return false;
    }
    return true;
}

}  // namespace memo
