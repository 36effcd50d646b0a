// The pool in its real range: what it gives out, keeps, and gives back to the system.
#include "allocator/pool.h"

#include "allocator/range.h"
#include "open_pool.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using memo::Pool;
using memo::Range;
using memo::Release;
using memo::testing::OpenPool;
using memo::testing::resident_bytes;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// A block, in memory to its end.
[[nodiscard]] void* filled(Pool& pool, std::size_t bytes) {
    void* block = pool.take(bytes);
    REQUIRE(block != nullptr);
    std::memset(block, 1, bytes);
    return block;
}

}  // namespace

TEST_CASE("blocks of the pool are its own, page-aligned and writable to their end") {
    const auto open = std::make_unique<OpenPool>();
    auto* block = static_cast<char*>(open->pool.take(100'000));
    REQUIRE(block != nullptr);
    CHECK(open->range.contains(block));
    CHECK(open->range.is_pool(block));
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 4096 == 0);
    CHECK(open->pool.size_of(block) == 102'400);
    CHECK(open->pool.size_of(block + 4096) == 0);
    std::memset(block, 1, 102'400);
    CHECK(open->pool.counts().live == 102'400);
    CHECK(open->pool.give(block) == Release::done);
    CHECK(open->pool.counts().live == 0);
}

TEST_CASE("what is no block of the pool cannot be given back to it") {
    const auto open = std::make_unique<OpenPool>();
    auto* block = static_cast<char*>(open->pool.take(kMiB));
    CHECK(open->pool.give(block + 8) == Release::not_a_block);
    CHECK(open->pool.give(block + 4096) == Release::not_live);
    CHECK(open->pool.give(block + 64 * kMiB) == Release::not_a_block);
    CHECK(open->pool.give(block) == Release::done);
    CHECK(open->pool.give(block) == Release::not_live);
    CHECK(open->pool.take(std::size_t{1} << 50) == nullptr);
    CHECK(open->pool.take(SIZE_MAX) == nullptr);
}

TEST_CASE("what is no live block is not made longer or shorter either") {
    // Once a freed block was made longer where it lay, and then given out twice.
    const auto open = std::make_unique<OpenPool>();
    auto* block = static_cast<char*>(open->pool.take(kMiB));
    auto* behind = static_cast<char*>(open->pool.take(kMiB));
    CHECK_FALSE(open->pool.resize(block + 16, 2 * kMiB));
    CHECK_FALSE(open->pool.resize(block + 4096, 4096));
    CHECK_FALSE(open->pool.resize(block + 512 * kMiB, 4096));
    CHECK(open->pool.resize(block, 4096));
    CHECK_FALSE(open->pool.resize(block, 2 * kMiB));  // `behind` is in the way
    CHECK(open->pool.give(block) == Release::done);
    CHECK_FALSE(open->pool.resize(block, 4096));
    CHECK_FALSE(open->pool.resize(block, 8192));
    CHECK(open->pool.counts().live == kMiB);
    CHECK(open->pool.give(behind) == Release::done);
}

TEST_CASE("a pool that is to keep to its addresses serves what fits there, and no more") {
    const auto open = std::make_unique<OpenPool>();
    void* low = open->pool.take(kMiB);
    void* high = open->pool.take(3 * kMiB);
    std::memset(high, 1, 3 * kMiB);
    CHECK(open->pool.give(low) == Release::done);
    CHECK(open->pool.confine() == 4 * kMiB);
    CHECK(open->pool.size_of(high) == 3 * kMiB);
    CHECK(open->pool.take(2 * kMiB) == nullptr);
    CHECK_FALSE(open->pool.resize(high, 4 * kMiB));
    CHECK(open->pool.take(kMiB) == low);
    CHECK(open->pool.give(high) == Release::done);
    CHECK(open->pool.confine() == kMiB);  // what is behind the last block is not needed
    CHECK(open->pool.counts().resident == kMiB);
    CHECK(open->pool.give(high) == Release::not_a_block);
    CHECK(open->pool.give(low) == Release::done);
    CHECK(open->pool.confine() == 0U);
    CHECK(open->pool.take(1) == nullptr);
    CHECK(open->pool.counts().live == 0);
}

TEST_CASE("addresses are given back but for the pool's blocks, and nothing is reserved again") {
    Range range;
    REQUIRE(range.reserve(0));
    const auto* arena = reinterpret_cast<const char*>(range.base());
    const char* pool = arena + range.arena_bytes();
    range.give_up([] { return std::optional<std::uint64_t>(); });
    CHECK(range.contains(arena));
    range.give_up([] { return std::optional<std::uint64_t>(kMiB); });
    CHECK_FALSE(range.contains(arena));
    CHECK_FALSE(range.contains(pool - 1));
    CHECK(range.contains(pool));
    CHECK(range.contains(pool + kMiB - 1));
    CHECK_FALSE(range.contains(pool + kMiB));
    CHECK_FALSE(range.reserve(0));
    range.after_fork();
    CHECK_FALSE(range.reserve(kMiB));
    // Unmapped, all but the blocks and their records.
    unsigned char page = 0;
    CHECK(mincore(const_cast<char*>(pool), 4096, &page) == 0);
    CHECK(mincore(const_cast<char*>(pool) + range.pool_bytes(), 4096, &page) == 0);
    for (const char* gone : {arena, pool + kMiB, pool + range.pool_bytes() + 8192})
        CHECK(mincore(const_cast<char*>(gone), 4096, &page) != 0);
    munmap(const_cast<char*>(pool), kMiB);
    munmap(const_cast<char*>(pool) + range.pool_bytes(), Pool::record_bytes(kMiB));
}

TEST_CASE("memory is kept for the next block, and given back when it stayed free") {
    const auto open = std::make_unique<OpenPool>();
    void* block = open->pool.take(8 * kMiB);
    std::memset(block, 1, 8 * kMiB);
    REQUIRE(open->pool.give(block) == Release::done);
    CHECK(resident_bytes(block, 8 * kMiB) == 8 * kMiB);
    open->pool.purge(false);  // it was freed since the last time
    CHECK(resident_bytes(block, 8 * kMiB) == 8 * kMiB);
    open->pool.purge(false);
    CHECK(resident_bytes(block, 8 * kMiB) == 0);
    CHECK(open->pool.counts().resident == 0);
    CHECK(open->pool.counts().given_back == 8 * kMiB);
}

TEST_CASE("what is more than was live at once lately goes back, even where it is used again and again") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    void* const once = filled(pool, 32 * kMiB);
    REQUIRE(pool.give(once) == Release::done);
    std::uint64_t resident = pool.counts().resident;
    for (int period = 0; period < 12; ++period) {
        // Each leaves another part of the same free stretch as new.
        void* const low = filled(pool, kMiB);
        REQUIRE(pool.give(low) == Release::done);
        pool.purge(false);
        CHECK(pool.counts().resident <= resident);
        resident = pool.counts().resident;
        if (period < 4) CHECK(resident == 32 * kMiB);
    }
    CHECK(resident <= kMiB + 65'536);
    CHECK(pool.counts().peak == 32 * kMiB);
}

TEST_CASE("what was live for long goes back at once when it is freed, all else stays") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    const auto requests = [&](int count) {
        for (int k = 0; k < count; ++k) REQUIRE(pool.give(filled(pool, kMiB)) == Release::done);
    };
    void* const weights = filled(pool, 8 * kMiB);
    void* const end = filled(pool, kMiB);  // keeps `weights` apart from what comes next
    SECTION("a plan has taken over since") {
        pool.purge(true);
        REQUIRE(pool.give(weights) == Release::done);
        CHECK(resident_bytes(weights, 8 * kMiB) == 0);
        CHECK(pool.counts().resident == kMiB);
    }
    SECTION("idle memory was looked for twice since") {
        pool.purge(false);
        pool.purge(false);
        REQUIRE(pool.give(weights) == Release::done);
        CHECK(resident_bytes(weights, 8 * kMiB) == 0);
    }
    SECTION("it was once: a block that lives through it may be as young as any") {
        pool.purge(false);
        REQUIRE(pool.give(weights) == Release::done);
        CHECK(resident_bytes(weights, 8 * kMiB) == 8 * kMiB);
    }
    SECTION("many were given out since") {
        requests(5000);
        REQUIRE(pool.give(weights) == Release::done);
        CHECK(resident_bytes(weights, 8 * kMiB) == 0);
    }
    SECTION("few were") {
        requests(3000);
        REQUIRE(pool.give(weights) == Release::done);
        CHECK(resident_bytes(weights, 8 * kMiB) == 8 * kMiB);
    }
    SECTION("it is little beside what lives on") {
        void* const more = filled(pool, 64 * kMiB);
        void* const little = filled(pool, kMiB);
        pool.purge(true);
        REQUIRE(pool.give(little) == Release::done);
        CHECK(resident_bytes(little, kMiB) == kMiB);
        REQUIRE(pool.give(more) == Release::done);
        CHECK(resident_bytes(more, 64 * kMiB) == 0);
    }
    CHECK(pool.give(end) == Release::done);
    CHECK(pool.counts().live == pool.size_of(weights));
}

TEST_CASE("a plan replaces the pool unless what lies free is of another size altogether") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    CHECK(pool.is_replaced_by(1));  // nothing is there to keep
    void* const weights = pool.take(128 * kMiB);
    CHECK(pool.is_replaced_by(1));  // nothing is free
    void* const round = pool.take(64 * kMiB);
    REQUIRE(pool.give(round) == Release::done);
    CHECK(pool.is_replaced_by(64 * kMiB));
    CHECK(pool.is_replaced_by(2 * kMiB));
    CHECK_FALSE(pool.is_replaced_by(2 * kMiB - 1));
    CHECK_FALSE(pool.is_replaced_by(20'480));
    REQUIRE(pool.give(weights) == Release::done);
    pool.purge(true);
    CHECK(pool.is_replaced_by(1));
}

TEST_CASE("what is free moves to where it is needed, and no more is in memory than was ever live") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    const bool growing = GENERATE(true, false);  // nothing fits what was freed before; or sizes come again
    std::mt19937 random(7);
    struct Block {
        unsigned char* start;
        std::size_t bytes;
        unsigned char mark;
        [[nodiscard]] bool is_whole() const {
            return std::all_of(start, start + bytes, [&](unsigned char byte) { return byte == mark; });
        }
    };
    std::vector<Block> blocks;
    std::size_t live = 0;
    std::size_t most = 0;
    const unsigned char* end = nullptr;
    for (std::size_t step = 1; step <= 400; ++step) {
        const std::size_t bytes = (growing ? step : 1 + random() % 150) * 20480;
        const Block block{static_cast<unsigned char*>(pool.take(bytes)), bytes,
                          static_cast<unsigned char>(step)};
        REQUIRE(block.start != nullptr);
        std::memset(block.start, block.mark, bytes);
        blocks.push_back(block);
        end = std::max<const unsigned char*>(end, block.start + bytes);
        live += pool.size_of(block.start);
        most = std::max(most, live);
        REQUIRE(pool.counts().peak == most);
        // Granules of 64 KiB that a block fills in part do not move.
        const std::size_t room = most + most / 256 + 131072 * (blocks.size() + 2);
        REQUIRE(pool.counts().resident <= room);
        auto* const start = reinterpret_cast<unsigned char*>(open->range.base() + open->range.arena_bytes());
        if (step % 20 == 0)
            REQUIRE(resident_bytes(start, static_cast<std::size_t>(end - start + 4095) / 4096 * 4096) <=
                    room);
        while (blocks.size() > 12 || (blocks.size() > 2 && random() % 2 == 0)) {
            Block& victim = blocks[random() % blocks.size()];
            REQUIRE(victim.is_whole());
            live -= pool.size_of(victim.start);
            REQUIRE(pool.give(victim.start) == Release::done);
            victim = blocks.back();
            blocks.pop_back();
        }
    }
    for (const Block& block : blocks) CHECK(block.is_whole());
}

TEST_CASE("pages that moved are given back like all others, and are fresh afterwards") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    auto* first = static_cast<char*>(pool.take(8 * kMiB));
    std::memset(first, 1, 8 * kMiB);
    void* second = pool.take(kMiB);  // keeps what comes next from growing down
    REQUIRE(pool.give(first) == Release::done);
    auto* third = static_cast<char*>(pool.take(9 * kMiB));
    std::memset(third, 3, 9 * kMiB);
    CHECK(pool.counts().resident <= 11 * kMiB);
    CHECK(resident_bytes(first, 8 * kMiB) <= kMiB);
    REQUIRE(pool.give(third) == Release::done);
    REQUIRE(pool.give(second) == Release::done);
    pool.purge(true);
    CHECK(pool.counts().resident == 0);
    CHECK(resident_bytes(first, 18 * kMiB) == 0);
    auto* all = static_cast<char*>(pool.take(18 * kMiB));
    CHECK(all == first);
    CHECK(std::all_of(all, all + 18 * kMiB, [](char byte) { return byte == 0; }));
}

TEST_CASE("pages do not move for ever: later, what is free goes back when more is live than lately") {
    const auto open = std::make_unique<OpenPool>();
    Pool& pool = open->pool;
    constexpr std::size_t kGranule = 65536;
    const auto take_and_give = [&](std::size_t granules) {
        REQUIRE(pool.give(pool.take(granules * kGranule)) == Release::done);
    };
    void* first = pool.take(16 * kGranule);
    void* const between = pool.take(kGranule);
    REQUIRE(pool.give(first) == Release::done);
    take_and_give(17);  // does not fit where the first one was, and gets its pages
    CHECK(pool.counts().resident <= 20 * kGranule);
    int times = 0;
    const auto take_here_and_there_within = [&](std::size_t granules) {
        for (; times < 20'000 && pool.counts().resident <= granules * kGranule; ++times)
            take_and_give(times % 2 == 0 ? 16 : 17);
    };
    take_here_and_there_within(20);
    CHECK(times > 100);
    CHECK(times < 1000);
    take_here_and_there_within(23);  // after many moves a quarter more than was live may be there
    CHECK(times > 1000);
    CHECK(times < 20'000);
    CHECK(pool.counts().resident > 30 * kGranule);
    CHECK(pool.counts().given_back == 0);
    first = pool.take(20 * kGranule);
    CHECK(pool.counts().resident <= 27 * kGranule);
    CHECK(pool.counts().given_back > 0);
    REQUIRE(pool.give(first) == Release::done);
    REQUIRE(pool.give(between) == Release::done);
}

TEST_CASE("threads that take and give each other's blocks never share a byte") {
    const auto open = std::make_unique<OpenPool>();
    constexpr int kThreads = 4;
    constexpr int kSlots = 64;
    constexpr std::size_t kWord = sizeof(char*);
    std::array<std::atomic<char*>, kSlots> shared{};
    std::atomic<bool> wrong{false};
    const auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        for (int step = 0; step < 4000; ++step) {
            const std::size_t bytes = 16384 + random() % 200'000;
            char* mine = static_cast<char*>(open->pool.take(bytes));
            if (mine != nullptr) {
                // First and last word say whose it is: a block that overlaps would write over them.
                std::memcpy(mine, &mine, kWord);
                const std::size_t usable = open->pool.size_of(mine);
                std::memcpy(mine + usable - kWord, &mine, kWord);
            }
            char* other = shared[random() % kSlots].exchange(mine, std::memory_order_acq_rel);
            if (other == nullptr) continue;
            char* first = nullptr;
            char* last = nullptr;
            std::memcpy(&first, other, kWord);
            std::memcpy(&last, other + open->pool.size_of(other) - kWord, kWord);
            if (first != other || last != other) wrong = true;
            if (open->pool.give(other) != Release::done) wrong = true;
        }
    };
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < kThreads; ++k) threads.emplace_back(work, k + 1);
    std::thread purger([&] {
        for (int k = 0; k < 50; ++k) open->pool.purge(k % 2 == 0);
    });
    for (std::thread& thread : threads) thread.join();
    purger.join();
    CHECK_FALSE(wrong);
    for (auto& slot : shared) {
        if (char* left = slot.load()) CHECK(open->pool.give(left) == Release::done);
    }
    (void)open->pool.take(1);  // works off what was pushed
    CHECK(open->pool.counts().live == 4096);
}

TEST_CASE("a crowd that takes, resizes and passes on blocks keeps every byte of them") {
    const auto open = std::make_unique<OpenPool>();
    constexpr unsigned kThreads = 32;
    constexpr unsigned kSlots = 96;
    struct Held {
        std::uint64_t mark;
        std::uint64_t words;  // of the block; the last one holds the mark too
    };
    std::array<std::atomic<std::uint64_t*>, kSlots> shared{};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<bool> over{false};
    const auto stamp = [](std::uint64_t* block, std::uint64_t bytes, std::uint64_t mark) {
        const Held held{mark, bytes / sizeof mark};
        std::memcpy(block, &held, sizeof held);
        block[held.words - 1] = mark;
    };
    const auto is_whole = [](const std::uint64_t* block) {
        Held held{};
        std::memcpy(&held, block, sizeof held);
        return block[held.words - 1] == held.mark;
    };
    const auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        for (int step = 0; step < 600; ++step) {
            const std::uint64_t mark = std::uint64_t{seed} << 32 | static_cast<unsigned>(step);
            std::uint64_t bytes = (16384 + random() % 300'000) & ~std::uint64_t{7};
            auto* mine = static_cast<std::uint64_t*>(open->pool.take(bytes));
            if (mine != nullptr) stamp(mine, bytes, mark);
            if (mine != nullptr && step % 3 == 0) {
                const std::uint64_t other = (4096 + random() % 400'000) & ~std::uint64_t{7};
                if (open->pool.resize(mine, other)) bytes = other;
                if (open->pool.size_of(mine) < bytes) ++wrong;
                stamp(mine, bytes, mark);
            }
            std::uint64_t* theirs = shared[random() % kSlots].exchange(mine, std::memory_order_acq_rel);
            if (theirs == nullptr) continue;
            if (!is_whole(theirs) || open->pool.give(theirs) != Release::done) ++wrong;
        }
    };
    std::thread keeper([&] {
        for (unsigned k = 0; !over; ++k) {
            open->pool.purge(k % 2 == 0);
            const memo::PoolCounts counts = open->pool.counts();
            if (counts.live > counts.resident + kThreads * std::uint64_t{400'000} + kMiB) ++wrong;
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < kThreads; ++k) threads.emplace_back(work, k + 1);
    for (std::thread& thread : threads) thread.join();
    over = true;
    keeper.join();
    CHECK(wrong == 0);
    for (auto& slot : shared) {
        if (std::uint64_t* left = slot.load()) CHECK(open->pool.give(left) == Release::done);
    }
    (void)open->pool.take(1);  // works off what was pushed
    CHECK(open->pool.counts().live == 4096);
}

TEST_CASE("a child that was forked goes on with its copy of the pool") {
    const auto open = std::make_unique<OpenPool>();
    auto* block = static_cast<char*>(open->pool.take(kMiB));
    std::memset(block, 7, kMiB);
    const pid_t child = fork();
    if (child == 0) {
        open->pool.after_fork();
        auto* other = static_cast<char*>(open->pool.take(kMiB));
        const bool right = other != nullptr && other != block && block[kMiB - 1] == 7 &&
                           open->pool.give(block) == Release::done;
        _exit(right ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(open->pool.give(block) == Release::done);
}
