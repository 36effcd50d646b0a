// Huge pages for memory that is there already: where every page of an aligned stretch of 2 MiB is in memory,
// the kernel copies them into one huge page (MADV_COLLAPSE, Linux 6.1). Nothing is added to what is in
// memory, and what reads it meanwhile waits for the copying: half a millisecond. It would wait ten times as
// long where the kernel has to move other pages out of the way, or a virtual machine's host to find the
// memory: so a huge page is looked for beforehand, while nobody waits, and let go of; the kernel takes that
// one. It costs the process 2 MiB for a moment.
//
// Thread safety: all functions; pages that others give back or move meanwhile are theirs to do so with. They
// keep errno.
#pragma once

#include <cstdint>

namespace memo {

// The size of one; arenas, the pool, and the range that holds them begin at multiples of it.
inline constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;

// Whether the kernel knows how to, and the user of the machine wants huge pages at all.
[[nodiscard]] bool system_collapses();

// Has the stretch of a huge page that begins at `stretch`, a multiple of its size, put on one, unless it is
// of several mappings, as where pages were moved to, or there is none to be had. False if a page of it is not
// in memory, and nothing was tried.
[[nodiscard]] bool collapse(std::uintptr_t stretch);

}  // namespace memo
