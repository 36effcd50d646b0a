// Dividing the range (allocator/plans.h).
#include "allocator/plans.h"

#include "allocator/canaries.h"
#include "allocator/memory_policy.h"
#include "common/units.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace memo {

Plans::Added Plans::add(const PlanView& view) {
    const unsigned count = count_.load(std::memory_order_relaxed);
    if (count == kMost) return Added::no_room;
    const int saved_errno = errno;
    const std::uint64_t stride = Arenas::stride_of(view);
    any_.store(true);  // before the range is looked at: whoever gives it up looks here after he closed it
    if (!range_.reserve(stride)) return Added::no_addresses;

    const std::uint64_t slice = std::uint64_t{1} << range_.slice_shift();
    const auto slices = static_cast<unsigned>(range_.arena_bytes() / slice);
    const std::uint64_t left = (slices - slices_used_) * slice;
    if (left < stride) return Added::no_addresses;
    const std::uint64_t wanted = std::min(left, Arenas::kMost * stride);
    const auto taken = static_cast<unsigned>((wanted + slice - 1) / slice);

    ServedPlan& plan = plans_[count];
    const std::size_t for_callers = round_up(Callers::memory_needed(view), 8);
    const std::size_t needed = for_callers + PlaceFinder::memory_needed(view);
    void* memory = mmap(nullptr, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno = saved_errno, Added::no_addresses;
    plan.view = view;
    plan.callers.prepare(view, memory);
    plan.finder.prepare(view, static_cast<char*>(memory) + for_callers);
    memory_policy.lock(memory, needed);
    memory_policy.lock(&view.header(), view.header().file_bytes);
    plan.arenas.lie_in(view, &plan.callers, &plan.finder, range_.base() + slices_used_ * slice,
                       taken * slice);
    for (unsigned s = slices_used_; s < slices_used_ + taken && !canaries.on(); ++s) {
        slices_[s].store(&plan.arenas, std::memory_order_release);
    }
    slices_used_ += taken;
    count_.store(count + 1, std::memory_order_release);
    return Added::yes;
}

Plans::Place Plans::find(const void* block) const {
    for (unsigned plan = 0; plan < count(); ++plan) {
        if (!plans_[plan].arenas.owns(block)) continue;
        Arena* arena = plans_[plan].arenas.arena_of(block);
        if (arena != nullptr) return {arena, reinterpret_cast<std::uintptr_t>(block) - arena->base};
    }
    return {};
}

}  // namespace memo
