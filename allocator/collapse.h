// Huge pages for memory that is there already: where every page of an aligned stretch of 2 MiB is in memory,
// the kernel copies them into one huge page (MADV_COLLAPSE, Linux 6.1). Nothing is added to what is in
// memory, and what reads it meanwhile waits for the copying of one such stretch at most. That takes half a
// millisecond of a core, but ten times as much where the kernel has to move other pages out of the way: who
// asks for it says after each stretch whether to go on.
//
// Thread safety: all functions; pages that others give back or move meanwhile are theirs to do so with.
#pragma once

#include <chrono>
#include <cstdint>

namespace memo {

// Whether to go on, after a stretch that took so much CPU time; it may sleep.
using GoOn = bool (*)(std::chrono::nanoseconds took);

// Whether the user of the machine wants no huge pages at all: then none are made by hand either.
[[nodiscard]] bool system_forbids_huge_pages();

// Collapses what can be of [begin, end), two multiples of a page, the lowest first; nothing before Linux 6.1.
// False if it was not to go on. Keeps errno.
bool collapse_resident(std::uintptr_t begin, std::uintptr_t end, GoOn go_on);

}  // namespace memo
