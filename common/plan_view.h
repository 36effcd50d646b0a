// A plan as it lies in memory: checked once, field by field, then read in place.
//
// Invariants after `check_plan` accepted a block: every index and string is in range; slots lie inside the
// arena and are aligned; starts, buckets and predecessors are exactly what the slots' offsets imply
// (recomputed, not trusted). Offsets of slots that live at the same time may still overlap in a plan from
// elsewhere: replay stays safe (it refuses the second one), and `memo verify` says so. Thread safety: a view
// is a value over read-only memory.
#pragma once

#include "common/plan_format.h"

#include <cstdint>
#include <span>

namespace memo {

class PlanView {
  public:
    PlanView() = default;
    // `block` must have passed check_plan and outlive the view.
    explicit PlanView(const void* block) : base_(static_cast<const char*>(block)) {}

    [[nodiscard]] bool empty() const { return base_ == nullptr; }
    [[nodiscard]] const PlanHeader& header() const { return *at<PlanHeader>(0); }
    [[nodiscard]] std::span<const PlanSlot> slots() const {
        return {at<PlanSlot>(header().slots_at), header().slot_count};
    }
    [[nodiscard]] std::span<const std::uint32_t> predecessors() const {
        return {at<std::uint32_t>(header().predecessors_at), header().predecessor_count};
    }
    [[nodiscard]] std::span<const PlanCaller> callers() const {
        return {at<PlanCaller>(header().callers_at), header().caller_count};
    }
    [[nodiscard]] std::span<const std::uint64_t> starts() const {
        return {at<std::uint64_t>(header().starts_at), header().start_count};
    }
    [[nodiscard]] std::span<const std::uint32_t> buckets() const {
        return {at<std::uint32_t>(header().buckets_at), header().bucket_count};
    }
    // Empty where the plan has no call stacks; else one entry a slot: its innermost frame plus one, or 0.
    [[nodiscard]] std::span<const PlanFrame> frames() const {
        return {at<PlanFrame>(header().frames_at), header().frame_count};
    }
    [[nodiscard]] std::span<const std::uint32_t> stacks() const {
        return {at<std::uint32_t>(header().stacks_at), header().frame_count == 0 ? 0 : header().slot_count};
    }
    // A name; never null.
    [[nodiscard]] const char* string(std::uint32_t index) const {
        return at<char>(header().strings_at + index);
    }

  private:
    template <class T>
    [[nodiscard]] const T* at(std::uint64_t position) const {
        return reinterpret_cast<const T*>(base_ + position);
    }

    const char* base_ = nullptr;
};

// Checks `size` bytes at `block` (aligned to 8). Returns nullptr if they are a sound plan, else what is
// wrong, as the end of the sentence "FILE: ..." (a static string). `scratch` must hold
// plan_check_scratch_words(block, size) words; no other memory is used, so that the preloaded allocator can
// run this before anything else.
[[nodiscard]] const char* check_plan(const void* block, std::uint64_t size, std::span<std::uint64_t> scratch);

// Words of scratch that checking this block takes; safe on any input, bounded by its size.
[[nodiscard]] std::size_t plan_check_scratch_words(const void* block, std::uint64_t size);

// The index into `starts` of the block that starts at `offset`, or -1; `mask`: the number of buckets less
// one.
[[nodiscard, gnu::always_inline]] inline std::int64_t find_start(const std::uint32_t* buckets,
                                                                 const std::uint64_t* starts,
                                                                 std::uint32_t mask, std::uint64_t offset) {
    for (std::uint32_t bucket = plan_bucket(offset, mask + 1);; bucket = (bucket + 1) & mask) {
        const std::uint32_t entry = buckets[bucket];
        if (entry == 0) return -1;
        if (starts[entry - 1] == offset) return entry - 1;
    }
}

// The same of a plan.
[[nodiscard]] inline std::int64_t find_start(const PlanView& plan, std::uint64_t offset) {
    return find_start(plan.buckets().data(), plan.starts().data(), plan.header().bucket_count - 1, offset);
}

}  // namespace memo
