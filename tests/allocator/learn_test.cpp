// What the learner's brain makes of a round: its length and boundary, how long its blocks live, what is
// planned and what is left out; and that the plan serves every planned request of the rounds that follow.
#include "watched_thread.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace memo;
using namespace memo::testing;

using Random = std::mt19937_64;

TEST_CASE("an exact round is found with its length, its boundary and places that serve all of it") {
    Random random(1);
    for (const std::size_t length : {8, 9, 31, 100, 257, 700}) {
        const Steps round = random_round(random, length);
        const std::size_t rounds = std::max<std::size_t>(5, 1 + 1024 / length);
        for (const std::size_t begin : {std::size_t{0}, length / 3, length - 1}) {
            Thread thread;
            thread.run(rotated(round, begin), rounds + 1);
            const auto lesson = learn(thread.watched(), kOptions);
            CAPTURE(length, begin);
            REQUIRE(lesson);
            check_sound(*lesson);
            CHECK(lesson->period == length);
            CHECK(lesson->rounds == rounds + 1);
            CHECK(lesson->left_out == 0);
            CHECK(begins_with(*lesson, round));
            const Served served = replay(*lesson, twice(round));
            CHECK(served.hits == 2 * length);
            CHECK_FALSE(served.overlap);
        }
    }
}

TEST_CASE(
    "wherever a watch ends, a round that was seen often enough is found and begins at its quietest point") {
    Random random(2);
    const Steps round = random_round(random, 230);
    Thread thread;
    thread.run(round, 8);
    for (std::size_t count = 5 * round.size(); count <= thread.size(); count += 17) {
        const auto lesson = learn(thread.watched(count), kOptions);
        CAPTURE(count);
        REQUIRE(lesson);
        CHECK(lesson->period == round.size());
        CHECK(begins_with(*lesson, round));
        CHECK(replay(*lesson, twice(round)).hits == 2 * round.size());
    }
}

TEST_CASE("a warm-up of other requests is passed over") {
    Random random(5);
    for (const std::size_t warm_up : {10, 500, 20000}) {
        const Steps round = random_round(random, 300);
        Thread thread;
        thread.run(random_steps(random, warm_up));
        thread.run(round, 5);
        const auto lesson = learn(thread.watched(), kOptions);
        CAPTURE(warm_up);
        REQUIRE(lesson);
        CHECK(lesson->period == 300);
        CHECK(begins_with(*lesson, round));
        CHECK(replay(*lesson, twice(round)).hits == 600);
    }
}

TEST_CASE("blocks that outlive their round are left out, and nothing else is") {
    Random random(12);
    Steps round = random_round(random, 300);
    SECTION("kept forever") {
        round[20].life = round[200].life = kForever;
    }
    SECTION("freed in the next round") {
        round[20].life = 290;
        round[200].life = 130;
    }
    SECTION("freed after several") {
        round[20].life = round[200].life = 750;
    }
    Thread thread;
    thread.run(round, 6);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == 300);
    CHECK(lesson->left_out == 2);
    const CheckedPlan plan(lesson->plan);
    for (const PlanSlot& slot : plan.view().slots()) {
        const bool outlives = slot.size == round[20].size || slot.size == round[200].size;
        CHECK(((slot.flags & kSlotLeftOut) != 0) == outlives);
    }
    const Served served = replay(*lesson, twice(round));
    CHECK(served.hits == 596);
    CHECK(served.left_out == 4);
}

TEST_CASE("what only the first rounds keep is planned") {
    Random random(13);
    const Steps round = random_round(random, 300);
    Steps first = round;
    first[100].life = kForever;
    Thread thread;
    thread.run(first);
    thread.run(round, 5);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    CHECK(lesson->left_out == 0);
    CHECK(replay(*lesson, twice(round)).hits == 600);
}

TEST_CASE("nothing is learnt where every block outlives its round") {
    Random random(14);
    Steps round = random_round(random, 200);
    for (Step& step : round) step.life = kForever;
    Thread thread;
    thread.run(round, 8);
    CHECK_FALSE(learn(thread.watched(), kOptions));
}

TEST_CASE("where frees come in varying order, places hold for the longest life seen") {
    Random random(15);
    Steps round = random_round(random, 260);
    const auto vary = [&] {
        Steps varied = round;
        for (std::size_t i = 1; i < varied.size(); ++i) {
            const std::size_t left = varied.size() - i;
            varied[i].life = static_cast<std::uint32_t>(
                std::min<std::size_t>(left, std::max<std::uint64_t>(1, varied[i].life + draw(random, 5))));
        }
        return varied;
    };
    Thread thread;
    std::vector<Steps> rounds;
    for (std::size_t i = 0; i < 9; ++i) thread.run(rounds.emplace_back(vary()));
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == 260);
    CHECK(begins_with(*lesson, round));
    // The rounds that lifetimes were taken from: all but the first, and the last, whose next was not seen.
    for (std::size_t i = 1; i + 1 < rounds.size(); ++i) {
        const CheckedPlan plan(lesson->plan);
        for (const PlanSlot& slot : plan.view().slots())
            CHECK(slot.upper >= slot.position + rounds[i][slot.position].life);
        CHECK(replay(*lesson, rounds[i]).hits == 260);
    }
}

TEST_CASE("modules without a pattern do not hide those that repeat") {
    Random random(18);
    const Steps round = random_round(random, 180);
    Steps mixed;
    std::vector<std::size_t> places;  // of what repeats
    for (std::size_t i = 0; i < 9 * round.size(); ++i) {
        places.push_back(mixed.size());
        mixed.push_back(round[i % round.size()]);
        if (chance(random, 30000)) mixed.push_back(random_step(random, 2));
        if (chance(random, 5000)) mixed.push_back(random_step(random, 0));
    }
    places.push_back(mixed.size());
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
        std::uint32_t& life = mixed[places[i]].life;  // counts what was mixed in, too
        life = static_cast<std::uint32_t>(places[i + life] - places[i]);
    }
    Thread thread;
    thread.run(mixed);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == 180);
    CHECK(begins_with(*lesson, round));
    const CheckedPlan plan(lesson->plan);
    REQUIRE_FALSE(plan.view().callers().empty());
    for (const PlanCaller& caller : plan.view().callers())
        CHECK(plan.view().string(caller.module) == std::string("lib1.so"));
    CHECK(replay(*lesson, twice(round)).hits == 360);
}

TEST_CASE("alignments are kept, and those that no plan can promise are not planned") {
    Random random(19);
    Steps round = random_round(random, 300);
    round[10].alignment = 64;
    round[11].alignment = 1U << 21;
    round[12].alignment = 1U << 22;
    round[13].alignment = 48;
    round[14].alignment = 1;
    Thread thread;
    thread.run(round, 5);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == 300);
    const CheckedPlan plan(lesson->plan);
    CHECK(plan.view().slots().size() == 298);
    for (const PlanSlot& slot : plan.view().slots()) {
        CHECK(slot.alignment == round[slot.position].alignment);
        CHECK(slot.offset % placed_alignment(slot.alignment) == 0);
    }
    CHECK(replay(*lesson, twice(round)).hits == 596);
}

TEST_CASE("requests from no module, too small or too large are not planned") {
    Random random(20);
    Steps round = random_round(random, 300);
    round[5].caller = 77;  // in no module
    round[6].size = 4095;
    round[7].size = kMaxPlanHeight + 1;
    round[8].size = UINT64_MAX;
    round[9].size = 0;
    Thread thread;
    thread.run(round, 5);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == 300);
    const CheckedPlan plan(lesson->plan);
    CHECK(plan.view().slots().size() == 295);
    for (const PlanSlot& slot : plan.view().slots()) CHECK((slot.position < 5 || slot.position > 9));
    CHECK(replay(*lesson, twice(round)).hits == 590);

    SECTION("and where all are, nothing is learnt") {
        for (Step& step : round) step.caller %= kModuleBytes;
        Thread other;
        other.run(round, 5);
        CHECK_FALSE(learn(other.watched(), kOptions));
    }
    SECTION("and nobody to say where they come from is not an error") {
        CHECK_FALSE(learn(thread.watched(), LearnOptions{}));
    }
}

TEST_CASE("a smallest size of zero means all sizes") {
    Random random(21);
    Steps round = random_round(random, 300);
    round[5].size = 1;
    Thread thread;
    thread.run(round, 5);
    LearnOptions options = kOptions;
    options.min_size = Bytes{0};
    const auto lesson = learn(thread.watched(), options);
    REQUIRE(lesson);
    check_sound(*lesson, Bytes{1});
    CHECK(replay(*lesson, twice(round)).hits == 600);
}

TEST_CASE("a plan names the program that it was learnt in") {
    Random random(27);
    Thread thread;
    thread.run(random_round(random, 300), 5);
    LearnOptions options = kOptions;
    const auto anonymous = learn(thread.watched(), options);
    options.program = "/usr/bin/program";
    const auto named = learn(thread.watched(), options);
    REQUIRE(anonymous);
    REQUIRE(named);
    const auto program_of = [](const Lesson& lesson) {
        const CheckedPlan plan(lesson.plan);
        return std::string(plan.view().string(plan.view().header().program));
    };
    CHECK(program_of(*anonymous).empty());
    CHECK(program_of(*named) == "/usr/bin/program");
}

TEST_CASE("frees that make no sense do no harm") {
    Random random(22);
    const Steps round = random_round(random, 300);
    Thread thread;
    thread.run(round, 5);
    std::vector<WatchedRequest> watched = thread.watched();
    for (WatchedRequest& request : watched) {
        if (chance(random, 10000)) request.freed_at = static_cast<std::uint32_t>(draw(random, 5000));
    }
    const auto lesson = learn(watched, kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK_FALSE(replay(*lesson, twice(round)).overlap);
}

TEST_CASE("a hundred thousand requests") {
    Random random(23);
    Thread thread;
    SECTION("of a round") {
        const Steps round = random_round(random, 20000);
        thread.run(round, 5);
        const auto lesson = learn(thread.watched(), kOptions);
        REQUIRE(lesson);
        check_sound(*lesson);
        CHECK(lesson->period == 20000);
        CHECK(replay(*lesson, twice(round)).hits == 40000);
    }
    SECTION("of many short rounds") {
        const Steps round = random_round(random, 50);
        thread.run(round, 2000);
        const auto lesson = learn(thread.watched(), kOptions);
        REQUIRE(lesson);
        CHECK(lesson->period == 50);
        CHECK(lesson->rounds == 2000);
    }
    SECTION("of one size") {
        thread.run(Steps(100000, Step{.size = 5000, .caller = kModuleBytes}));
        CHECK_FALSE(learn(thread.watched(), kOptions));
    }
    SECTION("without a pattern") {
        thread.run(random_steps(random, 100000));
        CHECK_FALSE(learn(thread.watched(), kOptions));
    }
}
