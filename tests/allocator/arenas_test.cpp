// The pool of arenas: where they lie, who gets one, and what a new owner finds.
#include "allocator/arenas.h"

#include "allocator/plans.h"
#include "checked_plan.h"
#include "small_plan.h"
#include "traffic.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

const SmallPlan kTwoInTurn{{0, 2, false, 0}, {0, 1, false, 1}};  // the second lies on the first

CheckedPlan plan_of(const SmallPlan& plan) {
    return CheckedPlan(bytes_of(plan));
}

Answer ask(Arena& arena, const SmallSlot& slot) {
    return arena.replay.request(slot.size(), 0, [&](std::uint32_t caller) { return caller == slot.caller; });
}

// Whether the system can read the byte at `address`, told by a system call and not by a signal.
bool is_readable(std::uintptr_t address) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    const bool readable = write(ends[1], reinterpret_cast<const void*>(address), 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

// The arenas of one plan.
struct Served {
    explicit Served(const SmallPlan& slots) : file(plan_of(slots)) {
        REQUIRE(file.wrong() == nullptr);
        REQUIRE(plans.add(file.view()) == Plans::Added::yes);
    }
    CheckedPlan file;
    Plans plans;
    Arenas& arenas = plans[0].arenas;
};

}  // namespace

TEST_CASE("nothing is ours before an arena is reserved") {
    const Arenas arenas;
    int here = 0;
    CHECK_FALSE(arenas.owns(&here));
    CHECK_FALSE(arenas.owns(nullptr));
    CHECK(arenas.count() == 0);
}

TEST_CASE("arenas are aligned, prefaulted, told apart by address, and end in bytes nobody can touch") {
    const CheckedPlan file = plan_of(kTwoInTurn);
    REQUIRE(file.wrong() == nullptr);
    Plans plans;
    errno = 77;
    REQUIRE(plans.add(file.view()) == Plans::Added::yes);
    Arenas& arenas = plans[0].arenas;
    Arena* const first = arenas.take();
    Arena* const second = arenas.take();
    CHECK(errno == 77);
    REQUIRE(first != nullptr);
    REQUIRE(second != nullptr);
    const auto page = static_cast<std::uintptr_t>(getpagesize());
    for (Arena* arena : {first, second}) {
        CHECK(arena->base % kMaxPlanAlignment == 0);
        unsigned char resident = 0;
        REQUIRE(mincore(reinterpret_cast<void*>(arena->base), page, &resident) == 0);
        CHECK((resident & 1) == 1);
        const auto* block = reinterpret_cast<const char*>(arena->base + kGranule);
        CHECK(arenas.owns(block));
        CHECK(arenas.arena_of(block) == arena);
        CHECK(arenas.offset_of(block) == kGranule);
        CHECK(is_readable(arena->base + page - 1));
        CHECK_FALSE(is_readable(arena->base + page));
    }
    CHECK(arenas.count() == 2);
    CHECK(arenas.arena_bytes() == 2 * page);
    CHECK_FALSE(arenas.owns(&arenas));
    CHECK_FALSE(arenas.owns(reinterpret_cast<const void*>(first->base - 1)));
}

TEST_CASE("the next owner of an arena begins a round and works around the blocks left in it") {
    Served served(kTwoInTurn);
    Arenas& arenas = served.arenas;
    Arena* const arena = arenas.take();
    REQUIRE(arena != nullptr);
    REQUIRE(ask(*arena, kTwoInTurn[0]).miss == Miss::none);
    arenas.give_back(arena);

    REQUIRE(arenas.take() == arena);
    CHECK(arena->replay.cursor() == 0);
    CHECK(arena->replay.size_at(0) == 2 * kGranule);
    CHECK(ask(*arena, kTwoInTurn[0]).miss == Miss::occupied);
    CHECK(ask(*arena, kTwoInTurn[1]).miss == Miss::occupied);
    CHECK(arena->replay.release(0) == Release::done);
    CHECK(arena->replay.release(0) == Release::not_live);
    CHECK(ask(*arena, kTwoInTurn[0]).miss ==
          Miss::occupied);  // the second slot, which was refused, is its predecessor
    CHECK(ask(*arena, kTwoInTurn[1]).miss == Miss::occupied);
    CHECK(ask(*arena, kTwoInTurn[0]).miss == Miss::none);  // a lap later all is as before
}

TEST_CASE("a block that is alive when its turn comes again is counted as one that escapes") {
    Served served(kTwoInTurn);
    Arena* const arena = served.arenas.take();
    REQUIRE(arena != nullptr);
    for (int round = 0; round < 4; ++round) {
        const Answer first = ask(*arena, kTwoInTurn[0]);
        CHECK((first.miss == Miss::none) == (round == 0));
        (void)ask(*arena, kTwoInTurn[1]);
    }
    CHECK(arena->replay.escapes(0) == 3);
    CHECK(arena->replay.escapes(1) == 0);
}

TEST_CASE("more threads than arenas: each arena has one owner, the others go without") {
    Served served(kTwoInTurn);
    Arenas& arenas = served.arenas;
    constexpr unsigned kThreads = Arenas::kMost + 8;
    std::vector<Arena*> got(kThreads, nullptr);
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (Arena*& mine : got) threads.emplace_back([&] { mine = arenas.take(); });
    for (std::thread& thread : threads) thread.join();

    std::set<Arena*> owned(got.begin(), got.end());
    CHECK(owned.erase(nullptr) == 1);
    CHECK(owned.size() == Arenas::kMost);
    CHECK(arenas.count() == Arenas::kMost);
    CHECK(arenas.take() == nullptr);

    Arena* const returned = *owned.begin();
    arenas.give_back(returned);
    CHECK(arenas.take() == returned);
    CHECK(arenas.take() == nullptr);
}

TEST_CASE(
    "an arena that nobody has had for a while gives its memory back, and has it again when it is taken") {
    Served served(kTwoInTurn);
    Arenas& arenas = served.arenas;
    Arena* const arena = arenas.take();
    REQUIRE(arena != nullptr);
    auto* const first = reinterpret_cast<volatile unsigned char*>(arena->base);
    REQUIRE(ask(*arena, kTwoInTurn[0]).miss == Miss::none);
    *first = 7;
    CHECK_FALSE(arenas.purge_idle());  // somebody has it
    arenas.give_back(arena);
    CHECK(arenas.purge_idle());  // but not long since
    CHECK_FALSE(arenas.purge_idle());
    CHECK(*first == 7);  // a block lives there
    REQUIRE(arena->replay.release(0) == Release::done);
    CHECK_FALSE(arenas.purge_idle());
    CHECK_FALSE(arena->in_memory);
    CHECK(*first == 0);
    CHECK(arenas.take() == arena);
    CHECK(arena->in_memory);
}

TEST_CASE("an arena crowded by a block that stays is exchanged, and comes back once that block is freed") {
    constexpr unsigned kPage = 4096 / kGranule;
    const SmallPlan slots{{0, 2 * kPage, false, 0}, {0, kPage, false, 1}, {2 * kPage, 4 * kPage, false, 2}};
    Served served(slots);
    Arenas& arenas = served.arenas;
    Arena* const crowded = arenas.take();
    REQUIRE(crowded != nullptr);
    auto* const stays = reinterpret_cast<unsigned char*>(crowded->base);
    auto* const dead = stays + slots[2].first * kGranule;
    for (int round = 0; round < 2; ++round) {
        CHECK_FALSE(crowded->replay.crowded());
        CHECK(ask(*crowded, slots[0]).miss == (round == 0 ? Miss::none : Miss::occupied));
        stays[1] = 7;
        CHECK(ask(*crowded, slots[1]).miss == Miss::occupied);
        REQUIRE(ask(*crowded, slots[2]).miss == Miss::none);
        *dead = 9;
        REQUIRE(crowded->replay.release(slots[2].first * kGranule) == Release::done);
    }
    CHECK(crowded->replay.crowded());

    Arena* const other = arenas.exchange(crowded);
    REQUIRE(other != crowded);
    CHECK(stays[1] == 7);  // the block that stays keeps its bytes
    CHECK(*dead == 0);     // the pages around it went back to the system
    CHECK(arenas.take() != crowded);
    REQUIRE(crowded->replay.release(0) == Release::done);
    CHECK(arenas.take() == crowded);
}

TEST_CASE("a program that fills arena after arena does not get them all") {
    Served served(kTwoInTurn);
    Arenas& arenas = served.arenas;
    Arena* arena = arenas.take();
    unsigned exchanged = 0;
    for (unsigned attempt = 0; attempt < Arenas::kMost; ++attempt) {
        REQUIRE(arena != nullptr);
        if (attempt == exchanged) CHECK(ask(*arena, kTwoInTurn[0]).miss == Miss::none);
        Arena* const next = arenas.exchange(arena);
        if (next != arena) ++exchanged;
        arena = next;
    }
    CHECK(exchanged == 4);
    CHECK(arenas.count() == 5);

    // Nor is it left for ever in the one that it filled last.
    for (int round = 0; round < 300; ++round) {
        (void)ask(*arena, kTwoInTurn[0]);
        (void)ask(*arena, kTwoInTurn[1]);
    }
    Arena* const clean = arenas.exchange(arena);
    CHECK(clean != arena);
    CHECK(ask(*clean, kTwoInTurn[0]).miss == Miss::none);
    CHECK(arenas.exchange(clean) == clean);
}
