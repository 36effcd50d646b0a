// Plans that come and go: when one may be dropped, what becomes of its addresses, and that nobody who looks
// at its tables meanwhile sees them go.
#include "allocator/plans.h"
#include "allocator/sealed_plan.h"
#include "checked_plan.h"
#include "random_plan.h"
#include "sanitizers.h"
#include "small_plan.h"
#include "traffic.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

const SmallPlan kTwoInTurn{{0, 2, false, 0}, {0, 1, false, 1}};

Answer ask(Arena& arena, const SmallSlot& slot) {
    return arena.replay.request(slot.size(), 0, [&](std::uint32_t caller) { return caller == slot.caller; });
}

// How many of them were forgotten.
unsigned reclaim(Plans& plans) {
    unsigned forgotten = 0;
    plans.reclaim([&](const PlanView&) { ++forgotten; });
    return forgotten;
}

std::size_t mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t lines = 0;
    for (std::string line; std::getline(maps, line);) ++lines;
    return lines;
}

}  // namespace

TEST_CASE("a plan is dropped once no thread has an arena of it, and no block lives in one") {
    const CheckedPlan file(bytes_of(kTwoInTurn));
    const auto plans = std::make_unique<Plans>();
    REQUIRE(plans->add(file.view()) == Plans::Added::yes);
    Arenas& arenas = (*plans)[0].arenas;
    Arena* const arena = arenas.take();
    REQUIRE(arena != nullptr);
    REQUIRE(ask(*arena, kTwoInTurn[0]).miss == Miss::none);
    const auto* block = reinterpret_cast<const void*>(arena->base);
    CHECK_FALSE(plans->drop(0));
    arenas.give_back(arena);
    CHECK_FALSE(plans->drop(0));
    CHECK(plans->find(block).arena == arena);
    CHECK(plans->place_of(block).arena == arena);
    CHECK(arenas.take() == arena);  // as before
    arenas.give_back(arena);
    REQUIRE(arena->replay.release(0) == Release::done);
    errno = 77;
    CHECK(plans->drop(0));
    CHECK_FALSE(plans->drop(0));
    CHECK(plans->served() == 0);
    CHECK_FALSE((*plans)[0].may_be_entered());
    CHECK(arenas.take() == nullptr);
    CHECK(plans->past().dropped == 1);
    CHECK(plans->past().counts.hits == 1);
    CHECK(plans->owns(block));  // the addresses stay ours
    CHECK(plans->place_of(block).arena == nullptr);
    CHECK(plans->find(block).arena == nullptr);
    CHECK(reclaim(*plans) == 1);
    CHECK(reclaim(*plans) == 0);
    CHECK(errno == 77);
}

TEST_CASE("a dropped plan's tables stay while a thread may be reading them") {
    const CheckedPlan file(bytes_of(kTwoInTurn));
    const auto plans = std::make_unique<Plans>();
    REQUIRE(plans->add(file.view()) == Plans::Added::yes);
    {
        const Plans::Reading reading(*plans);
        CHECK(plans->drop(0));
        CHECK(reclaim(*plans) == 0);
        REQUIRE(plans->add(file.view()) == Plans::Added::yes);
        CHECK(plans->last_added() == 1);
    }
    CHECK(reclaim(*plans) == 1);
    REQUIRE(plans->add(file.view()) == Plans::Added::yes);
    CHECK(plans->last_added() == 0);
}

TEST_CASE("what a plan is worth is what it served against what it did not, long ago counting less") {
    const CheckedPlan file(bytes_of(kTwoInTurn));
    const auto plans = std::make_unique<Plans>();
    REQUIRE(plans->add(file.view()) == Plans::Added::yes);
    ServedPlan& plan = (*plans)[0];
    Arena* const arena = plan.arenas.take();
    REQUIRE(arena != nullptr);
    const auto serve_rounds = [&](std::size_t rounds) {
        for (std::size_t k = 0; k < 2 * rounds; ++k) {
            const Answer answer = ask(*arena, kTwoInTurn[k % 2]);
            REQUIRE(answer.miss == Miss::none);
            REQUIRE(arena->replay.release(answer.offset) == Release::done);
        }
    };
    serve_rounds(16);
    CHECK(plan.is_worth_it(true));
    serve_rounds(16);
    CHECK(plan.is_worth_it(true));                           // of 64 hits 24 are left to count
    REQUIRE(ask(*arena, kTwoInTurn[0]).miss == Miss::none);  // and this one is in the way from now on
    std::size_t asked = 0;
    const auto miss = [&](int requests) {
        for (; requests != 0; --requests)
            REQUIRE(ask(*arena, kTwoInTurn[++asked % 2]).miss == Miss::occupied);
    };
    const std::uint64_t before = plan.counts().occupied;
    miss(20);
    CHECK(plan.counts().occupied == before + 20);
    CHECK(plan.is_worth_it(false));  // a bad time after a good one
    miss(20);
    CHECK_FALSE(plan.is_worth_it(false));
    REQUIRE(arena->replay.release(0) == Release::done);
    serve_rounds(1);
    CHECK(plan.is_worth_it(true));
}

TEST_CASE("neither addresses nor places nor mappings run out while plans come and go") {
    std::mt19937_64 random(1);
    std::vector<std::unique_ptr<CheckedPlan>> files;
    for (const std::uint64_t mebibytes : {1, 40, 3000, 300, 9}) {
        SmallPlan slots = kTwoInTurn;
        slots[0].end = static_cast<unsigned>(mebibytes << 16);  // granules of 16 bytes
        files.push_back(std::make_unique<CheckedPlan>(bytes_of(slots)));
        REQUIRE(files.back()->wrong() == nullptr);
    }
    const auto plans = std::make_unique<Plans>();
    unsigned added = 0;
    std::size_t before = 0;
    for (int step = 0; step < 600; ++step) {
        const PlanView& view = files[draw(random, files.size())]->view();
        if (plans->add(view) == Plans::Added::yes) {
            ++added;
            // Of the small ones an arena, which is made and goes with the plan.
            Arenas& arenas = (*plans)[plans->last_added()].arenas;
            if (arenas.height() < (2U << 20)) {
                Arena* arena = arenas.take();
                REQUIRE(arena != nullptr);
                CHECK(arena->base % kMaxPlanAlignment == 0);
                CHECK(arena->replay.counts().hits == 0);
                arenas.give_back(arena);
            }
        }
        if (plans->served() == Plans::kMost || draw(random, 3) == 0) {
            (void)plans->drop(static_cast<unsigned>(draw(random, Plans::kMost)));
            (void)reclaim(*plans);
        }
        if (step == 300) before = mappings();
    }
    CHECK(added > 150);
    if (!kSanitized) CHECK(mappings() < before + 100);
}

// Each thread follows, enters, serves, frees and leaves whatever plan there is, as the service does, while
// plans are dropped and others come in their places. The plans are sealed copies: whoever reads one that is
// gone is caught.
TEST_CASE("threads enter and leave plans that are dropped and replaced under them") {
    std::mt19937_64 random(2);
    std::vector<std::vector<char>> contents;
    for (int k = 0; k < 4; ++k) {
        planner::PlanContents plan = random_plan(random, {.slots = 40, .least_bytes = 64, .most_bytes = 400});
        for (planner::PlannedSlot& slot : plan.slots) slot.caller = {"m", slot.position};
        contents.push_back(planner::build_plan(plan));
    }
    const auto plans = std::make_unique<Plans>();
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> served{0};
    std::atomic<std::uint64_t> wrong{0};
    const auto live_in = [&](unsigned seed) {
        std::mt19937_64 own(seed);
        while (!stop.load(std::memory_order_relaxed)) {
            Arena* arena = nullptr;
            {
                const Plans::Reading reading(*plans);
                for (unsigned k = 0; k < plans->count() && arena == nullptr; ++k) {
                    const ServedPlan& plan = (*plans)[k];
                    if (!plan.may_be_entered()) continue;
                    const PlanSlot& slot = plan.view.slots()[0];
                    if (slot.size == 0 || plan.view.header().slot_count != 40) wrong.fetch_add(1);
                    if (draw(own, 2) == 0) arena = (*plans)[k].arenas.take();
                }
            }
            if (arena == nullptr) {
                std::this_thread::yield();
                continue;
            }
            std::vector<char*> blocks;
            for (const PlanSlot& slot : arena->replay.plan().slots()) {
                const Answer answer = arena->replay.request(
                    slot.size, slot.alignment, [&](std::uint32_t index) { return index == slot.caller; });
                if (answer.miss != Miss::none) continue;
                blocks.push_back(reinterpret_cast<char*>(arena->base + answer.offset));
                fill(blocks.back(), slot.size, own());
                served.fetch_add(1, std::memory_order_relaxed);
                if (blocks.size() > 3) {
                    const Plans::Place place = plans->place_of(blocks.front());
                    if (place.arena != arena || !verify_and_free(*arena->arenas, blocks.front()))
                        wrong.fetch_add(1);
                    blocks.erase(blocks.begin());
                }
            }
            arena->arenas->give_back(arena);
            for (char* block : blocks) {
                const Plans::Place place = plans->place_of(block);
                if (place.arena != arena || plans->find(block).arena != arena ||
                    !verify_and_free(*arena->arenas, block))
                    wrong.fetch_add(1);
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < 3; ++k) threads.emplace_back(live_in, k);
    std::uint64_t dropped = 0;
    const std::uint64_t enough = kSanitized ? 30 : 200;
    for (std::uint64_t step = 0; dropped < enough || served.load() < 20000; ++step) {
        if (plans->served() < 3) {
            const PlanView view = seal_plan(contents[step % contents.size()]);
            if (plans->add(view) != Plans::Added::yes) unseal_plan(view);
        }
        dropped += plans->drop(static_cast<unsigned>(step % Plans::kMost)) ? 1 : 0;
        plans->reclaim([](const PlanView& view) { unseal_plan(view); });
        std::this_thread::yield();
    }
    stop.store(true);
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong.load() == 0);
    CHECK(plans->past().dropped == dropped);
}
