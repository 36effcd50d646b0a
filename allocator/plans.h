// The plans that this process serves, each with its arenas and callers, and the one range of addresses that
// all their arenas lie in: whether a pointer is ours is one subtraction and one compare, and whose it is, one
// look into a table.
//
// Invariants: the range never moves and is never given back; a plan, once added, stays, even if it is served
// no more, because its blocks may still be with the program; plans [0, count) are complete. Thread safety:
// `add` by one thread at a time; everything else from any thread at any time.
#pragma once

#include "allocator/arenas.h"
#include "allocator/callers.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

struct ServedPlan {
    PlanView view;
    Arenas arenas;
    Callers callers;

    [[nodiscard]] bool matches(std::uint32_t slot, std::size_t size, std::size_t alignment,
                               const void* caller) const {
        const PlanSlot& wanted = view.slots()[slot];
        return wanted.size == size && wanted.alignment == alignment && callers.matches(wanted.caller, caller);
    }
};

class Plans {
  public:
    static constexpr unsigned kMost = 16;

    enum class Added : std::uint8_t { yes, no_addresses, no_room };

    // `view` must stay valid for ever.
    [[nodiscard]] Added add(const PlanView& view);

    [[nodiscard]] unsigned count() const { return count_.load(std::memory_order_acquire); }
    [[nodiscard]] ServedPlan& operator[](unsigned plan) { return plans_[plan]; }
    [[nodiscard]] const ServedPlan& operator[](unsigned plan) const { return plans_[plan]; }
    [[nodiscard]] unsigned index_of(const ServedPlan& plan) const {
        return static_cast<unsigned>(&plan - plans_);
    }

    // Whether `block` was served from an arena.
    [[nodiscard]] bool owns(const void* block) const {
        const std::uint64_t bytes = bytes_.load(std::memory_order_acquire);  // first: with it comes the base
        return distance(block) < bytes;
    }

    // The arena of a block that we own, and its place there; no arena if nothing was ever served there.
    struct Place {
        Arena* arena = nullptr;
        std::uint64_t offset = 0;
    };
    [[nodiscard]] Place place_of(const void* block) const {
        const Arenas* arenas = slices_[distance(block) >> slice_shift_].load(std::memory_order_acquire);
        if (arenas == nullptr || !arenas->owns(block)) return {};
        return {arenas->arena_of(block), arenas->offset_of(block)};
    }

  private:
    // The range is handed out in slices, so that plans of any height find their place in it.
    static constexpr unsigned kSlices = 256;

    [[nodiscard]] std::uint64_t distance(const void* block) const {
        return reinterpret_cast<std::uintptr_t>(block) - base_.load(std::memory_order_relaxed);
    }
    bool reserve(std::uint64_t stride);

    std::atomic<std::uintptr_t> base_{0};
    std::atomic<std::uint64_t> bytes_{0};  // 0 until reserved: owns() is then false for every pointer
    unsigned slice_shift_ = 0;
    unsigned slices_used_ = 0;
    std::atomic<const Arenas*> slices_[kSlices] = {};
    std::atomic<unsigned> count_{0};
    ServedPlan plans_[kMost];
};

}  // namespace memo
