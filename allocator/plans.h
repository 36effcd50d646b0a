// The plans that this process serves, each with its arenas and callers, in the range of addresses that is
// ours (range.h): whose a block is, is one look into a table.
//
// Invariants: a plan, once added, stays, even if it is served no more, because its blocks may still be with
// the program; plans [0, count) are complete. Thread safety:
// `add` by one thread at a time; everything else from any thread at any time.
#pragma once

#include "allocator/arenas.h"
#include "allocator/callers.h"
#include "allocator/place_finder.h"
#include "allocator/range.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

struct ServedPlan {
    PlanView view;
    Arenas arenas;
    Callers callers;
    PlaceFinder finder;

    [[nodiscard]] bool matches(std::uint32_t slot, std::size_t size, std::size_t alignment,
                               const void* caller) const {
        const PlanSlot& wanted = view.slots()[slot];
        const bool fits = (wanted.flags & kSlotVariable) != 0 ? size <= wanted.size : size == wanted.size;
        return fits && wanted.alignment == alignment && callers.matches(wanted.caller, caller);
    }
};

class Plans {
  public:
    static constexpr unsigned kMost = 16;

    enum class Added : std::uint8_t { yes, no_addresses, no_room };

    // `view` must stay valid for ever.
    [[nodiscard]] Added add(const PlanView& view);

    // Whether there is a plan, or somebody is about to add one.
    [[nodiscard]] bool any() const { return any_.load(); }

    [[nodiscard]] unsigned count() const { return count_.load(std::memory_order_acquire); }
    [[nodiscard]] ServedPlan& operator[](unsigned plan) { return plans_[plan]; }
    [[nodiscard]] const ServedPlan& operator[](unsigned plan) const { return plans_[plan]; }
    [[nodiscard]] unsigned index_of(const ServedPlan& plan) const {
        return static_cast<unsigned>(&plan - plans_);
    }

    // The range that arenas lie in, and the pool.
    [[nodiscard]] Range& range() { return range_; }
    [[nodiscard]] const Range& range() const { return range_; }

    // Whether `block` may be of an arena or of the pool.
    [[nodiscard]] bool owns(const void* block) const { return range_.contains(block); }

    // The arena of a block that we own and the pool does not, and its place there; no arena if nothing was
    // ever served there.
    struct Place {
        Arena* arena = nullptr;
        std::uint64_t offset = 0;
    };
    // Knows nothing of arenas with canaries.
    [[nodiscard]] Place place_of(const void* block) const {
        const Arenas* arenas =
            slices_[range_.distance(block) >> range_.slice_shift()].load(std::memory_order_acquire);
        if (arenas == nullptr || !arenas->owns(block)) return {};
        Arena* arena = arenas->arena_of(block);
        if (arena == nullptr) return {};
        return {arena, reinterpret_cast<std::uintptr_t>(block) - arena->base};
    }

    // The same with canaries or without, for whoever has the time.
    [[nodiscard]] Place find(const void* block) const;

  private:
    Range range_;
    unsigned slices_used_ = 0;
    std::atomic<const Arenas*> slices_[Range::kMostSlices] = {};
    std::atomic<bool> any_{false};
    std::atomic<unsigned> count_{0};
    ServedPlan plans_[kMost];
};

}  // namespace memo
