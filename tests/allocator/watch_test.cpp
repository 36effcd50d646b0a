// What a watch holds: requests in order, with the moment of their frees, whoever frees.
#include "allocator/watch.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

using namespace memo;

namespace {

const void* at(std::uint64_t number) {
    return reinterpret_cast<const void*>(0x7f0000000000 + 4096 * number);
}
const void* caller(std::uint64_t number) {
    return reinterpret_cast<const void*>(0x550000000000 + number);
}

}  // namespace

TEST_CASE("a watch tells of each request in order, and when its block was freed") {
    const auto watches = std::make_unique<Watches>();
    CHECK_FALSE(watches->any());
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    CHECK(watches->any());
    watches->note(watch, at(0), 5000, 64, caller(1));
    watches->note(watch, at(1), 6000, 0, caller(2));
    watches->note_free(at(0));
    watches->note(watch, at(0), 7000, 0, caller(3));  // the same place again
    watches->note_free(at(77));                       // nobody's
    watches->note_free(at(0));
    const std::vector<WatchedRequest> seen = Watches::snapshot(*watch);
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].size == 5000);
    CHECK(seen[0].alignment == 64);
    CHECK(seen[0].caller == caller(1));
    CHECK(seen[0].freed_at == 2);
    CHECK(seen[1].freed_at == WatchedRequest::kAlive);
    CHECK(seen[2].size == 7000);
    CHECK(seen[2].freed_at == 3);
    watches->give_back(watch);
    CHECK_FALSE(watches->any());
}

TEST_CASE("a watch that begins again knows nothing of the blocks of before") {
    const auto watches = std::make_unique<Watches>();
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    for (std::uint64_t block = 0; block < 100; ++block) watches->note(watch, at(block), 4096, 0, caller(0));
    watches->restart(watch);
    CHECK(watch->count() == 0);
    watches->note(watch, at(500), 4096, 0, caller(0));
    for (std::uint64_t block = 0; block < 100; ++block) watches->note_free(at(block));
    CHECK(Watches::snapshot(*watch)[0].freed_at == WatchedRequest::kAlive);
}

TEST_CASE("two watches keep their blocks apart, and there are only so many of them") {
    const auto watches = std::make_unique<Watches>();
    std::vector<Watch*> taken;
    for (unsigned k = 0; k < Watches::kMost; ++k) {
        taken.push_back(watches->take());
        REQUIRE(taken.back() != nullptr);
        CHECK(taken.back()->index() == k);
        watches->note(taken.back(), at(k), 4096 + k, 0, caller(k));
    }
    CHECK(watches->take() == nullptr);
    watches->note_free(at(7));
    for (unsigned k = 0; k < Watches::kMost; ++k) {
        const auto seen = Watches::snapshot(*taken[k]);
        REQUIRE(seen.size() == 1);
        CHECK(seen[0].size == 4096 + k);
        CHECK((seen[0].freed_at == WatchedRequest::kAlive) == (k != 7));
    }
    watches->give_back(taken[3]);
    CHECK(watches->take() == taken[3]);
    CHECK(taken[3]->count() == 0);
}

TEST_CASE("more live blocks than the table holds are forgotten, not mistaken") {
    const auto watches = std::make_unique<Watches>();
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    // All in one line of the table: addresses that differ by whole turns of the multiplier are not to be had
    // simply, so as many as there can be, all live.
    for (std::uint64_t block = 0; block < Watch::kMost; ++block) {
        watches->note(watch, at(block), 4096 + block, 0, caller(0));
    }
    CHECK(watch->full());
    for (std::uint64_t block = 0; block < Watch::kMost; ++block) watches->note_free(at(block));
    std::uint64_t known = 0;
    for (const WatchedRequest& request : Watches::snapshot(*watch)) {
        if (request.freed_at == Watch::kMost) ++known;
        CHECK((request.freed_at == Watch::kMost || request.freed_at == WatchedRequest::kAlive));
    }
    CHECK(known > Watch::kMost / 2);
}

TEST_CASE("the learner is to look later and later, and last when the watch is full") {
    const auto watches = std::make_unique<Watches>();
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    std::vector<std::uint32_t> looks;
    while (!watch->full()) {
        watches->note(watch, at(0), 4096, 0, caller(0));
        if (watch->is_due()) looks.push_back(watch->count());
    }
    REQUIRE(looks.size() > 5);
    CHECK(looks.size() < 40);
    CHECK(looks.front() == Watch::kFirstLook);
    CHECK(looks.back() == Watch::kMost);
    CHECK_FALSE(watch->looked_at());
    watch->set_looked_at(Watch::kMost);
    CHECK(watch->looked_at());
}

TEST_CASE(
    "another look wants more requests: half as many again, or a quarter where it was likely to succeed") {
    const auto watches = std::make_unique<Watches>();
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    CHECK(watch->is_worth_a_look(Watch::kFirstLook, false));
    watch->set_looked_at(1000);
    CHECK_FALSE(watch->is_worth_a_look(1499, false));
    CHECK(watch->is_worth_a_look(1500, false));
    CHECK(watch->is_worth_a_look(1001, true));  // the look before was not likely to succeed
    watch->set_looked_at(2000, true);
    CHECK_FALSE(watch->is_worth_a_look(2499, true));
    CHECK(watch->is_worth_a_look(2500, true));
    CHECK_FALSE(watch->is_worth_a_look(2999, false));
    watch->set_looked_at(30000, true);
    CHECK(watch->is_worth_a_look(Watch::kMost, false));  // there will be no more
    watches->restart(watch);
    CHECK(watch->is_worth_a_look(Watch::kFirstLook, true));
}

TEST_CASE("frees by other threads are noted while the watch goes on") {
    const auto watches = std::make_unique<Watches>();
    Watch* watch = watches->take();
    REQUIRE(watch != nullptr);
    constexpr std::uint64_t kBlocks = 4000;
    std::atomic<std::uint64_t> made{0};
    std::thread other([&] {
        for (std::uint64_t block = 0; block < kBlocks; ++block) {
            while (made.load(std::memory_order_acquire) <= block) std::this_thread::yield();
            watches->note_free(at(block));
        }
    });
    for (std::uint64_t block = 0; block < kBlocks; ++block) {
        watches->note(watch, at(block), 4096, 0, caller(0));
        made.store(block + 1, std::memory_order_release);
        if (block % 64 == 0) (void)Watches::snapshot(*watch);
    }
    other.join();
    const auto seen = Watches::snapshot(*watch);
    REQUIRE(seen.size() == kBlocks);
    std::uint64_t known = 0;
    for (std::uint32_t block = 0; block < kBlocks; ++block) {
        if (seen[block].freed_at == WatchedRequest::kAlive) continue;  // the table was full
        ++known;
        CHECK(seen[block].freed_at > block);
        CHECK(seen[block].freed_at <= kBlocks);
    }
    CHECK(known > kBlocks / 2);
}

TEST_CASE("a watch of a thread that asks for nothing is taken away, and it finds out") {
    const auto watches = std::make_unique<Watches>();
    Watch* idle = watches->take();
    Watch* busy = watches->take();
    REQUIRE(busy != nullptr);
    const std::uint32_t idle_turn = idle->turn();
    const std::uint32_t busy_turn = busy->turn();
    const auto note = [&](Watch* watch, std::uint32_t turn, std::uint64_t block) {
        if (!watch->hold(turn)) return false;
        watches->note(watch, at(block), 4096, 0, caller(0));
        watch->let_go();
        return true;
    };
    std::uint64_t seen[Watches::kMost] = {};
    REQUIRE(note(idle, idle_turn, 1));
    REQUIRE(note(busy, busy_turn, 2));
    watches->give_up_idle(seen);
    REQUIRE(note(busy, busy_turn, 3));
    watches->give_up_idle(seen);
    CHECK(idle->count() == 0);
    CHECK_FALSE(note(idle, idle_turn, 4));
    CHECK(note(busy, busy_turn, 5));
    CHECK(busy->count() == 3);
    // Somebody else may have it now.
    Watch* again = watches->take();
    CHECK(again == idle);
    CHECK(again->turn() != idle_turn);
    CHECK_FALSE(note(idle, idle_turn, 6));
    CHECK(note(again, again->turn(), 7));
    // Not while its thread is at it.
    watches->give_up_idle(seen);
    REQUIRE(busy->hold(busy_turn));
    watches->give_up_idle(seen);
    CHECK(busy->count() == 3);
    busy->let_go();
}

TEST_CASE("watches are taken away from threads that use them at that moment") {
    const auto watches = std::make_unique<Watches>();
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> noted{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 3; ++k) {
        threads.emplace_back([&, k] {
            Watch* watch = nullptr;
            std::uint32_t turn = 0;
            for (std::uint64_t block = 0; !stop.load(std::memory_order_relaxed); ++block) {
                if (watch == nullptr) {
                    watch = watches->take();
                    if (watch == nullptr) continue;
                    turn = watch->turn();
                }
                if (!watch->hold(turn)) {
                    watch = nullptr;
                    continue;
                }
                if (!watch->full())
                    watches->note(watch, at(1000 * static_cast<std::uint64_t>(k) + block % 100), 4096, 0,
                                  caller(0));
                watch->let_go();
                noted.fetch_add(1, std::memory_order_relaxed);
                watches->note_free(at(block % 3000));
                if (block % 64 == 0) std::this_thread::yield();
            }
        });
    }
    std::uint64_t seen[Watches::kMost] = {};
    for (int pass = 0; pass < 300 || noted.load() < 1000; ++pass) {
        watches->give_up_idle(seen);
        std::this_thread::yield();
    }
    stop.store(true);
    for (std::thread& thread : threads) thread.join();
    CHECK(noted.load() >= 1000);
}
