// Huge pages for memory that is there already: where every page of an aligned stretch of 2 MiB is in memory,
// the kernel copies them into one huge page (MADV_COLLAPSE, Linux 6.1). Nothing is added to what is in memory,
// and what reads it meanwhile waits for the copying of one such stretch at most.
//
// Thread safety: all functions; pages that others give back or move meanwhile are theirs to do so with.
#pragma once

#include <cstdint>

namespace memo {

// Whether the user of the machine wants no huge pages at all: then none are made by hand either.
[[nodiscard]] bool system_forbids_huge_pages();

// Collapses what can be of [begin, end), two multiples of a page. Nothing before Linux 6.1. Keeps errno.
void collapse_resident(std::uintptr_t begin, std::uintptr_t end);

}  // namespace memo
