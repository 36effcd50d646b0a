// Interning under threads: a hash has one id, whoever looks and whenever the table grows.
#include "tracer/id_table.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using memo::kNone;
using memo::tracer::IdTable;
using memo::tracer::mix;

namespace {

// The interning protocol of the tracer: look without the lock, then again with it.
std::uint32_t intern(IdTable& table, std::mutex& lock, std::uint64_t hash) {
    std::uint32_t id = table.find(hash);
    if (id != kNone) return id;
    const std::lock_guard held(lock);
    id = table.find(hash);
    if (id != kNone) return id;
    id = static_cast<std::uint32_t>(table.size());
    return table.insert(hash, id) ? id : kNone;
}

}  // namespace

TEST_CASE("threads that intern the same hashes agree on every id") {
    constexpr std::size_t kHashes = 20'000;
    constexpr std::size_t kThreads = 4;
    IdTable table;
    std::mutex lock;
    std::vector<std::vector<std::uint32_t>> ids(kThreads, std::vector<std::uint32_t>(kHashes));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < kHashes; ++i) {
                const std::size_t which = (i * 7919 + t * 5000) % kHashes;
                ids[t][which] = intern(table, lock, mix(which, 1) | 1);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t t = 1; t < kThreads; ++t) CHECK(ids[t] == ids[0]);
    const std::set<std::uint32_t> distinct(ids[0].begin(), ids[0].end());
    CHECK(distinct.size() == kHashes);
    CHECK(*distinct.rbegin() == kHashes - 1);
    CHECK(table.find(2) == kNone);  // even: never entered
}

TEST_CASE("a cleared table knows nothing and starts again") {
    IdTable table;
    REQUIRE(table.insert(5, 0));
    table.clear();
    CHECK(table.find(5) == kNone);
    CHECK(table.size() == 0);
    REQUIRE(table.insert(5, 0));
    CHECK(table.find(5) == 0);
}
