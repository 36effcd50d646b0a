// Threads that lose their place in a plan and find it again, and those that only look as if they had.
#include "allocator/place_finder.h"

#include "checked_plan.h"
#include "random_plan.h"
#include "shadow_map.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

// A plan whose callers' addresses are their offsets, behind some load bias.
constexpr std::uint64_t kBias = 0x7f0000000000;

// A thread that replays a plan with a finder, as the allocator does. Its blocks die where the plan says, in
// terms of the place in the program's rounds, and every one is looked at by the shadow map.
class Lost {
  public:
    Lost(const PlanView& plan, bool finds)
        : plan_(plan),
          memory_(replay_memory(plan)),
          index_(PlaceFinder::memory_needed(plan) / sizeof(std::uint64_t)),
          replay_(plan, memory_.data()),
          finds_(finds) {
        finder_.prepare(plan, index_.data());
    }

    // The request of slot `index`, of another size if `size` is given. True if it was served.
    bool request(std::uint32_t index, std::optional<std::uint64_t> size = std::nullopt) {
        const PlanSlot& slot = plan_.slots()[index];
        const std::uint64_t round =
            now_ / plan_.slots().size() + (index < now_ % plan_.slots().size() ? 1 : 0);
        now_ = round * plan_.slots().size() + index;
        free_what_is_due();
        return request(size.value_or(slot.size), slot.alignment, slot.caller);
    }

    // One whose block is freed at once, and which is not in its place.
    void extra_request(std::uint32_t index) {
        const PlanSlot& slot = plan_.slots()[index];
        life_ = 0;
        (void)request(slot.size, slot.alignment, slot.caller);
        life_.reset();
        free_what_is_due();
    }
    bool request(std::uint64_t size, std::uint32_t alignment, std::uint32_t caller) {
        const auto matches = [&](std::uint32_t index) { return index == caller; };
        Answer answer = replay_.request(size, alignment, matches);
        const std::uint64_t address =
            caller < plan_.callers().size() ? kBias + plan_.callers()[caller].offset : caller;
        const Trail::Request request{size, alignment, Trail::bits_of(address)};
        if (finds_ && (answer.miss == Miss::unmatched || !trail_.empty()) &&
            finder_.move(replay_, trail_, answer, request, false)) {
            answer = replay_.request(size, alignment, matches);
        }
        if (answer.miss != Miss::none) return false;
        const auto count = static_cast<std::uint32_t>(plan_.slots().size());
        const PlanSlot& slot = plan_.slots()[(replay_.cursor() + count - 1) % count];
        REQUIRE(slot.offset == answer.offset);
        REQUIRE(size <= slot.size);
        REQUIRE(shadow_.place(answer.offset, slot.size));
        due_.emplace(now_ + life_.value_or(slot.upper - slot.lower), answer.offset);
        return true;
    }

    // Rounds from one slot to another, half-open.
    std::uint64_t run(std::uint32_t begin, std::uint32_t end) {
        std::uint64_t hits = 0;
        for (std::uint32_t i = begin; i < end; ++i) hits += request(i) ? 1 : 0;
        return hits;
    }

    [[nodiscard]] const Replay& replay() const { return replay_; }

  private:
    void free_what_is_due() {
        for (; !due_.empty() && due_.begin()->first <= now_; due_.erase(due_.begin())) {
            shadow_.remove(due_.begin()->second);
            REQUIRE(replay_.release(due_.begin()->second) == Release::done);
        }
    }

    PlanView plan_;
    std::vector<std::uint64_t> memory_;
    std::vector<std::uint64_t> index_;
    Replay replay_;
    PlaceFinder finder_;
    Trail trail_;
    bool finds_;
    ShadowMap shadow_;
    std::multimap<std::uint64_t, std::uint64_t> due_;
    std::uint64_t now_ = 0;
    std::optional<std::uint64_t> life_;
};

planner::PlanContents without_left_out(std::mt19937_64& random, std::uint32_t slots) {
    return random_plan(random, {.slots = slots, .least_bytes = 64, .leaves_out = false});
}

// A layer that repeats, between a head and a tail that do not.
planner::PlanContents layered_plan(std::mt19937_64& random) {
    planner::PlanContents contents = without_left_out(random, 400);
    for (std::uint32_t i = 80; i < 320; ++i) {
        const planner::PlannedSlot& model = contents.slots[40 + (i - 80) % 40];
        contents.slots[i].size = model.size;
        contents.slots[i].caller = model.caller;
        contents.slots[i].alignment = 0;
        contents.slots[i].offset = {0};
    }
    for (planner::PlannedSlot& slot : contents.slots) {
        slot.alignment = 0;
        slot.offset = {0};  // one block at a time is all that is wanted here
        slot.life.upper = EventIndex{slot.life.lower.value + 1};
    }
    return contents;
}

}  // namespace

TEST_CASE("a thread that goes on further than replay looks ahead is back after eight requests") {
    std::mt19937_64 random(1);
    const CheckedPlan file(planner::build_plan(without_left_out(random, 2000)));
    REQUIRE(file.wrong() == nullptr);
    for (const bool finds : {false, true}) {
        Lost thread(file.view(), finds);
        CHECK(thread.run(0, 2000) == 2000);
        CHECK(thread.run(0, 300) == 300);
        const std::uint64_t hits = thread.run(700, 2000);
        CAPTURE(finds, hits);
        CHECK((hits >= 1300 - 60) == finds);
        CHECK((thread.replay().counts().resyncs != 0) == finds);
    }
}

TEST_CASE("a thread whose place was lost forwards goes back, and no block overlaps another") {
    std::mt19937_64 random(2);
    const CheckedPlan file(planner::build_plan(without_left_out(random, 2000)));
    REQUIRE(file.wrong() == nullptr);
    Lost thread(file.view(), true);
    CHECK(thread.run(0, 1500) == 1500);
    const std::uint64_t hits = thread.run(200, 2000);
    CHECK(hits >= 1800 - 100);
    CHECK(thread.run(0, 2000) == 2000);
}

TEST_CASE("requests of a module that the plan does not know leave the place where it was") {
    std::mt19937_64 random(3);
    const CheckedPlan file(planner::build_plan(without_left_out(random, 1000)));
    REQUIRE(file.wrong() == nullptr);
    Lost thread(file.view(), true);
    CHECK(thread.run(0, 500) == 500);
    for (std::uint32_t i = 0; i < 377; ++i) CHECK_FALSE(thread.request(5000 + i, 0, 4000));
    CHECK(thread.replay().cursor() == 500);
    CHECK(thread.run(500, 1000) == 500);
    CHECK(thread.replay().counts().resyncs == 0);
}

TEST_CASE("extra requests that pass for the plan's own cost no more than a few hits") {
    std::mt19937_64 random(4);
    const CheckedPlan file(planner::build_plan(without_left_out(random, 1000)));
    REQUIRE(file.wrong() == nullptr);
    const PlanView& plan = file.view();
    Lost thread(plan, true);
    std::uint64_t hits = 0;
    for (int round = 0; round < 20; ++round) {
        for (std::uint32_t i = 0; i < 1000; ++i) {
            if (i == 400 && round % 2 == 1) {
                for (int extra = 0; extra < 377; ++extra)
                    thread.extra_request(static_cast<std::uint32_t>(draw(random, 1000)));
            }
            hits += thread.request(i) ? 1 : 0;
        }
    }
    // A tenth of what is lost where a round is given up: 600 slots in every other one.
    CHECK(hits >= 20 * 1000 - 10 * 60);
}

TEST_CASE("layers of a round are told apart by what came before them, or the next one is taken") {
    std::mt19937_64 random(5);
    const CheckedPlan file(planner::build_plan(layered_plan(random)));
    REQUIRE(file.wrong() == nullptr);
    Lost thread(file.view(), true);
    CHECK(thread.run(0, 400) == 400);
    (void)thread.run(0, 20);
    const std::uint64_t hits = thread.run(100, 400);
    // Into the middle of a layer, that could be any: served from some layer, and right after the last one.
    CHECK(hits >= 300 - 16 - 40);
    CHECK(thread.run(0, 400) == 400);
}

TEST_CASE("nothing is found of requests that the plan does not have, nor in plans that are too short") {
    std::mt19937_64 random(6);
    const std::uint32_t slots = GENERATE(1U, 7U, 8U, 500U);
    const CheckedPlan file(planner::build_plan(without_left_out(random, slots)));
    REQUIRE(file.wrong() == nullptr);
    Lost thread(file.view(), true);
    std::uint64_t served = 0;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const auto slot = static_cast<std::uint32_t>(draw(random, slots));
        served += thread.request(slot, file.view().slots()[slot].size + 100000 + i) ? 1 : 0;
    }
    CHECK(served == 0);
    CHECK(thread.replay().counts().resyncs == 0);
    CHECK(thread.run(0, slots) == slots);
}

TEST_CASE(
    "any program, with variable sizes, lost places and frees in any order, is served without an overlap") {
    const auto seed = GENERATE(range(10U, 30U));
    std::mt19937_64 random(seed);
    planner::PlanContents contents =
        random_plan(random, {.slots = 300, .least_bytes = 64, .most_bytes = 300, .sound = seed % 2 == 0});
    for (planner::PlannedSlot& slot : contents.slots) slot.variable = chance(random, 30000);
    const CheckedPlan file(planner::build_plan(contents));
    REQUIRE(file.wrong() == nullptr);
    Lost thread(file.view(), true);
    std::uint32_t at = 0;
    for (int step = 0; step < 20000; ++step) {
        if (chance(random, 2000)) at = static_cast<std::uint32_t>(draw(random, 300));
        const PlanSlot& slot = file.view().slots()[at];
        std::uint64_t size = slot.size;
        if ((slot.flags & kSlotVariable) != 0) size = 1 + draw(random, size + size / 8);
        (void)thread.request(at, size);
        at = (at + 1) % 300;
        REQUIRE((step % 1000 != 0 || thread.replay().invariant_holds()));
    }
    CHECK(thread.replay().counts().hits > 1000);
    CHECK(thread.replay().counts().resyncs > 10);
}
