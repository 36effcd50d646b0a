// Replay on large random plans, under programs that leave slots out, ask for what was not planned, free late,
// free never and begin again in the middle: no overlap, and back on the plan as soon as the program is.
#include "checked_plan.h"
#include "random_plan.h"
#include "shadow_map.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <random>

using namespace memo;
using namespace memo::testing;

namespace {

// Chances in 100,000, at each slot of a round.
struct Noise {
    std::uint64_t leave_out = 0;   // up to 8 slots
    std::uint64_t lose_place = 0;  // leaves out more slots than the window is long
    std::uint64_t insert = 0;      // a request for some other slot first
    std::uint64_t begin_again = 0;
    std::uint64_t free_late = 0;  // by up to two rounds
    std::uint64_t leak = 0;       // never freed
};

constexpr Noise kClean;
constexpr Noise kSome{.leave_out = 100, .lose_place = 1, .insert = 100, .free_late = 20};
constexpr Noise kMuch{
    .leave_out = 1000, .lose_place = 5, .insert = 1000, .begin_again = 5, .free_late = 1000, .leak = 20};
constexpr Noise kLate{.free_late = 90000};

// A program that runs the plan's period again and again, more or less.
class Program {
  public:
    Program(const PlanView& plan, void* memory, std::mt19937_64& random)
        : slots_(plan.slots()), watched_(plan, memory), random_(random) {}

    // Returns how many requests that the plan holds a place for were not served from it.
    std::uint64_t round(const Noise& noise) {
        std::uint64_t misses = 0;
        const std::uint64_t begin = now_;
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (chance(random_, noise.leave_out)) i += 1 + draw(random_, 8);
            if (chance(random_, noise.lose_place)) i += std::size_t{2} * Replay::kWindow;
            if (i >= slots_.size() || chance(random_, noise.begin_again)) break;
            now_ = begin + i;
            free_what_is_due();
            if (chance(random_, noise.insert)) (void)request(slots_[draw(random_, slots_.size())], noise);
            if (!request(slots_[i], noise)) ++misses;
        }
        now_ = begin + slots_.size();
        free_what_is_due();
        return misses;
    }

    void take_over() { watched_.replay().restart(); }

    void free_everything() {
        due_.clear();
        note(watched_.release_all());
    }

    [[nodiscard]] const char* wrong() const { return wrong_; }
    [[nodiscard]] const Replay& replay() { return watched_.replay(); }

  private:
    // False on a miss that the plan does not provide for.
    bool request(const PlanSlot& slot, const Noise& noise) {
        Answer answer;
        note(watched_.request(slot, answer));
        if (answer.miss == Miss::left_out) return true;
        if (answer.miss != Miss::none || wrong_ != nullptr) return false;
        std::uint64_t life = slot.upper - slot.lower;
        if (chance(random_, noise.free_late)) life += draw(random_, 2 * slots_.size());
        if (!chance(random_, noise.leak)) due_.emplace(now_ + life, answer.offset);
        return true;
    }

    void free_what_is_due() {
        for (; !due_.empty() && due_.begin()->first <= now_; due_.erase(due_.begin())) {
            note(watched_.release(due_.begin()->second));
        }
    }

    void note(const char* wrong) {
        if (wrong_ == nullptr) wrong_ = wrong;
    }

    std::span<const PlanSlot> slots_;
    WatchedReplay watched_;
    std::mt19937_64& random_;
    std::multimap<std::uint64_t, std::uint64_t> due_;  // moment -> the block to free then
    std::uint64_t now_ = 0;
    const char* wrong_ = nullptr;
};

}  // namespace

TEST_CASE("a program that keeps to a sound plan of 10,000 slots never misses") {
    std::mt19937_64 random(1);
    const CheckedPlan file(planner::build_plan(random_plan(random, {})));
    REQUIRE(file.wrong() == nullptr);
    auto memory = replay_memory(file.view());
    Program program(file.view(), memory.data(), random);
    for (int round = 0; round < 5; ++round) CHECK(program.round(kClean) == 0);
    CHECK(program.wrong() == nullptr);
    CHECK(program.replay().counts().rounds == 5);
    CHECK(program.replay().counts().skipped == 0);
}

TEST_CASE("no noise makes blocks of a large sound plan overlap, and replay recovers") {
    const auto seed = GENERATE(2U, 3U);
    const Noise noise = GENERATE(kSome, kMuch, kLate);
    std::mt19937_64 random(seed);
    const CheckedPlan file(planner::build_plan(random_plan(random, {})));
    REQUIRE(file.wrong() == nullptr);
    auto memory = replay_memory(file.view());
    Program program(file.view(), memory.data(), random);
    std::uint64_t misses = 0;
    for (int round = 0; round < 8; ++round) {
        misses += program.round(noise);
        if (round % 3 == 2) program.take_over();
    }
    REQUIRE(program.wrong() == nullptr);
    CHECK(program.replay().counts().hits > 100);
    CHECK(misses > 0);

    program.free_everything();
    (void)program.round(kClean);
    CHECK(program.round(kClean) == 0);
    CHECK(program.round(kClean) == 0);
    CHECK(program.wrong() == nullptr);
}

TEST_CASE("blocks that are never freed cost no more from round to round") {
    std::mt19937_64 random(5);
    const CheckedPlan file(planner::build_plan(random_plan(random, {.slots = 2000})));
    REQUIRE(file.wrong() == nullptr);
    auto memory = replay_memory(file.view());
    Program program(file.view(), memory.data(), random);
    CHECK(program.round({.leak = 500}) < 2000);
    (void)program.round(kClean);
    const std::uint64_t steady = program.round(kClean);
    CHECK(steady > 0);
    for (int round = 0; round < 3; ++round) CHECK(program.round(kClean) == steady);
    CHECK(program.wrong() == nullptr);
}

TEST_CASE("blocks do not overlap in plans whose offsets were drawn at random") {
    const auto seed = GENERATE(range(10U, 14U));
    std::mt19937_64 random(seed);
    const std::uint32_t slots = seed % 2 == 0 ? 10000 : 300;
    const CheckedPlan file(planner::build_plan(random_plan(random, {.slots = slots, .sound = false})));
    REQUIRE(file.wrong() == nullptr);
    auto memory = replay_memory(file.view());
    Program program(file.view(), memory.data(), random);
    for (int round = 0; round < 8; ++round) {
        (void)program.round(round % 2 == 0 ? kMuch : kClean);
        if (round % 3 == 2) program.take_over();
    }
    CHECK(program.wrong() == nullptr);
    CHECK(program.replay().counts().hits > 50);
    CHECK(program.replay().counts().occupied > 0);
}

TEST_CASE("blocks do not overlap when every step is random") {
    const auto seed = GENERATE(range(20U, 60U));
    std::mt19937_64 random(seed);
    const PlanShape shape{.slots = static_cast<std::uint32_t>(1 + draw(random, 200)),
                          .most_bytes = 200,
                          .sound = seed % 2 == 0};
    const CheckedPlan file(planner::build_plan(random_plan(random, shape)));
    REQUIRE(file.wrong() == nullptr);
    auto memory = replay_memory(file.view());
    WatchedReplay watched(file.view(), memory.data());
    for (int stretch = 0; stretch < 20; ++stretch) {
        REQUIRE(watched.wander(500, [&](std::uint64_t below) { return draw(random, below); }) == nullptr);
        REQUIRE(watched.replay().invariant_holds());
    }
}
