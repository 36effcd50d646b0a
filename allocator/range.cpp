// Reserving (allocator/range.h).
#include "allocator/range.h"

#include "allocator/collapse.h"
#include "allocator/pool.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace memo {

namespace {

constexpr std::uint64_t kArenas = std::uint64_t{1} << 40;
constexpr std::uint64_t kFewest = Range::kMostSlices * kHugePage;  // slices are whole huge pages

// Begins at a huge page, and never where the reservation does: what lies before the first arena cannot be
// touched either. 0 if there are no addresses. Not MAP_NORESERVE: what is opened later is to count like any
// program's memory, so that a block which the system cannot have is refused, not promised.
std::uintptr_t reserve_addresses(std::uint64_t bytes) {
    void* memory = mmap(nullptr, bytes + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 0;
    return (reinterpret_cast<std::uintptr_t>(memory) + kHugePage) & ~(kHugePage - 1);
}

}  // namespace

bool Range::reserve(std::uint64_t stride) {
    State state = State::none;
    if (state_.compare_exchange_strong(state, State::begun, std::memory_order_acquire)) {
        const int saved_errno = errno;
        const bool reserved = reserve_now(stride);
        errno = saved_errno;
        // Not for ever: a smaller arena may find its place.
        state_.store(reserved ? State::reserved : State::none, std::memory_order_release);
        return reserved;
    }
    while (state == State::begun || state == State::closing) {
        sched_yield();
        state = state_.load(std::memory_order_acquire);
    }
    return state == State::reserved;
}

// Addresses cost nothing, unless they are limited: then no more than a few arenas of the first plan.
bool Range::reserve_now(std::uint64_t stride) {
    rlimit limit{};
    const bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    if (limited && stride == 0) return false;  // nobody but the pool asks
    const std::uint64_t most = limited ? 8 * stride : std::max(kArenas, stride);
    for (std::uint64_t arenas = std::bit_ceil(std::max(most, kFewest)); arenas >= std::max(stride, kHugePage);
         arenas /= 2) {
        const std::uint64_t pool = limited ? 0 : std::min(Pool::kMostBytes, arenas / 4);
        const std::uintptr_t base = reserve_addresses(arenas + pool + Pool::record_bytes(pool));
        if (base == 0) continue;
        arena_bytes_ = arenas;
        pool_bytes_ = pool;
        slice_shift_ = static_cast<unsigned>(std::countr_zero(std::max(arenas / kMostSlices, kHugePage)));
        base_.store(base, std::memory_order_relaxed);
        bytes_.store(arenas + pool, std::memory_order_release);
        return true;
    }
    return false;
}

// First nothing there is ours any more, then others may have it.
void Range::unmap(std::uint64_t pool_used) {
    const int saved_errno = errno;
    const auto drop = [](std::uintptr_t from, std::uintptr_t to) {
        if (from < to) munmap(reinterpret_cast<void*>(from), to - from);
    };
    const std::uintptr_t pool = base() + arena_bytes_;
    const std::uintptr_t records = pool + pool_bytes_;
    constexpr std::uint64_t kPage = Pool::kPageBytes;
    const std::uint64_t used_records = (Pool::record_bytes(pool_used) + kPage - 1) / kPage * kPage;
    arenas_given_up_.store(true, std::memory_order_relaxed);
    bytes_.store(arena_bytes_ + pool_used, std::memory_order_release);
    drop(base(), pool);
    drop(pool + pool_used, records);
    drop(records + used_records, records + Pool::record_bytes(pool_bytes_));
    errno = saved_errno;
}

}  // namespace memo
