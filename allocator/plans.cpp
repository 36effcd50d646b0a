// Reserving the range and dividing it (allocator/plans.h).
#include "allocator/plans.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace memo {

namespace {

constexpr std::uint64_t kRange = std::uint64_t{1} << 40;

void* reserve_addresses(std::uint64_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

// Addresses cost nothing, unless they are limited: then no more than a few arenas of the first plan.
bool Plans::reserve(std::uint64_t stride) {
    rlimit limit{};
    const bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    const std::uint64_t most = limited ? 8 * stride : std::max(kRange, stride);
    for (std::uint64_t bytes = std::bit_ceil(std::max(most, kSlices * kHugePage)); bytes >= stride;
         bytes /= 2) {
        // A huge page more, so that the range can begin at one.
        void* memory = reserve_addresses(bytes + kHugePage);
        if (memory == nullptr) continue;
        const auto start = reinterpret_cast<std::uintptr_t>(memory);
        slice_shift_ = static_cast<unsigned>(std::countr_zero(std::max(bytes / kSlices, kHugePage)));
        base_.store((start + kHugePage - 1) & ~(kHugePage - 1), std::memory_order_relaxed);
        bytes_.store(bytes, std::memory_order_release);
        return true;
    }
    return false;
}

Plans::Added Plans::add(const PlanView& view) {
    const unsigned count = count_.load(std::memory_order_relaxed);
    if (count == kMost) return Added::no_room;
    const int saved_errno = errno;
    const std::uint64_t stride = Arenas::stride_of(view);
    const bool reserved = bytes_.load(std::memory_order_relaxed) != 0 || reserve(stride);
    errno = saved_errno;
    if (!reserved) return Added::no_addresses;

    const std::uint64_t slice = std::uint64_t{1} << slice_shift_;
    const auto slices = static_cast<unsigned>(
        std::min<std::uint64_t>(kSlices, bytes_.load(std::memory_order_relaxed) / slice));
    const std::uint64_t left = (slices - slices_used_) * slice;
    if (left < stride) return Added::no_addresses;
    const std::uint64_t wanted = std::min(left, Arenas::kMost * stride);
    const auto taken = static_cast<unsigned>((wanted + slice - 1) / slice);

    ServedPlan& plan = plans_[count];
    void* memory = mmap(nullptr, Callers::memory_needed(view), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno = saved_errno, Added::no_addresses;
    plan.view = view;
    plan.callers.prepare(view, memory);
    plan.arenas.lie_in(view, &plan.callers, base_.load(std::memory_order_relaxed) + slices_used_ * slice,
                       taken * slice);
    for (unsigned s = slices_used_; s < slices_used_ + taken; ++s) {
        slices_[s].store(&plan.arenas, std::memory_order_release);
    }
    slices_used_ += taken;
    count_.store(count + 1, std::memory_order_release);
    return Added::yes;
}

}  // namespace memo
