// A pool that lies in a real range of addresses, as in a process.
#pragma once

#include "allocator/pool.h"
#include "allocator/range.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>

#include <cstdint>

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

}  // namespace memo::testing
