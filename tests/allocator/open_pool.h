// A pool that lies in a real range of addresses, as in a process; and what is in memory of a stretch.
#pragma once

#include "allocator/pool.h"
#include "allocator/range.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::testing {

struct OpenPool {
    OpenPool() {
        REQUIRE(range.reserve(0));
        REQUIRE(range.pool_bytes() != 0);
        start = range.base() + range.arena_bytes();
        pool.lie_in(start, range.pool_bytes(), reinterpret_cast<void*>(start + range.pool_bytes()));
    }
    ~OpenPool() {
        munmap(reinterpret_cast<void*>(range.base()),
               range.arena_bytes() + range.pool_bytes() + Pool::record_bytes(range.pool_bytes()));
    }
    OpenPool(const OpenPool&) = delete;
    OpenPool& operator=(const OpenPool&) = delete;

    Range range;
    Pool pool;
    std::uintptr_t start = 0;
};

// Bytes of the pages of a stretch that are in memory now.
[[nodiscard]] inline std::size_t resident_bytes(void* start, std::size_t bytes) {
    std::vector<unsigned char> pages(bytes / Pool::kPageBytes);
    if (mincore(start, bytes, pages.data()) != 0) return SIZE_MAX;
    std::size_t resident = 0;
    for (const unsigned char page : pages) resident += std::size_t{page & 1U} * Pool::kPageBytes;
    return resident;
}

}  // namespace memo::testing
