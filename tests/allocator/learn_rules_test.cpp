// What the learner takes for a round, and when: not layers, not chance, not a phase that is over; and a round
// that something disturbs in spite of that.
#include "watched_thread.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

using namespace memo;
using namespace memo::testing;

using Random = std::mt19937_64;

TEST_CASE("few requests give nothing") {
    Random random(3);
    Thread thread;
    thread.run(random_round(random, 3), 400);
    for (const std::size_t count : {0, 1, 3, 4, 15, 16}) CHECK_FALSE(learn(thread.watched(count), kOptions));
    SECTION("nor does a loop shorter than a round") {
        CHECK_FALSE(learn(thread.watched(), kOptions));
    }
}

TEST_CASE("short rounds are believed later than long ones") {
    Random random(4);
    const Steps small = random_round(random, 40);
    const Steps large = random_round(random, 400);
    Thread thread;
    thread.run(small, 12);
    CHECK_FALSE(learn(thread.watched(), kOptions));
    thread.run(small, 1);
    CHECK(learn(thread.watched(), kOptions));
    Thread other;
    other.run(large, 3);
    CHECK_FALSE(learn(other.watched(), kOptions));
    other.run(large, 1);
    CHECK(learn(other.watched(), kOptions));
}

TEST_CASE("rounds that hand something on to the next one are believed later than others") {
    Random random(5);
    Steps round = random_steps(random, 40);
    for (Step& step : round) step.life = 2;  // as what one layer hands to the next
    Thread thread;
    thread.run(round, 25);
    CHECK_FALSE(learn(thread.watched(), kOptions));
    thread.run(round, 1);
    CHECK(learn(thread.watched(), kOptions));
}

TEST_CASE("a long phase that is over does not hide the one that followed it") {
    Random random(6);
    const Steps before = random_round(random, 120);
    const Steps now = random_round(random, 300);
    Thread thread;
    thread.run(before, 300);
    CHECK(learn(thread.watched(), kOptions)->period == 120);
    thread.run(now, 5);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    CHECK(lesson->period == 300);
    CHECK(begins_with(*lesson, now));
}

TEST_CASE("rounds of the same length but other requests are believed anew") {
    Random random(25);
    const Steps before = random_round(random, 300);
    const Steps now = random_round(random, 300);
    Thread thread;
    thread.run(before, 12);
    thread.run(now, 4);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    CHECK(lesson->rounds == 4);
    CHECK(begins_with(*lesson, now));
}

TEST_CASE("a phase that is over is not learnt") {
    Random random(7);
    const Steps round = random_round(random, 150);
    Thread thread;
    thread.run(round, 20);
    const std::size_t end = thread.size();
    thread.run(random_steps(random, 2000));
    for (std::size_t count = end + 150; count <= thread.size(); count += 61) {
        CAPTURE(count);
        CHECK_FALSE(learn(thread.watched(count), kOptions));
    }
}

TEST_CASE("requests without a pattern give nothing") {
    Random random(8);
    for (const std::size_t alphabet : {3, 20, 1000}) {
        const Steps letters = random_steps(random, alphabet);
        Thread thread;
        for (std::size_t i = 0; i < 4000; ++i) thread.run({letters[draw(random, alphabet)]});
        CAPTURE(alphabet);
        for (std::size_t count = 100; count <= thread.size(); count += 650)
            CHECK_FALSE(learn(thread.watched(count), kOptions));
    }
}

TEST_CASE("layers inside a round are not taken for it, at no moment") {
    struct Net {
        std::size_t head, layers, layer, tail;
    };
    const Net net = GENERATE(Net{25, 10, 30, 15},    //
                             Net{4, 12, 84, 3},      // a transformer of large layers
                             Net{60, 32, 28, 10},    // many layers
                             Net{1, 24, 12, 1},      // hardly anything but layers
                             Net{900, 12, 16, 700},  // layers are the least of it
                             Net{40, 100, 10, 40});  // as many as rule 3 allows
    Random random(9);
    Thread thread;
    thread.run(random_steps(random, 200));
    const Steps round = layered_round(random, net.head, net.layers, net.layer, net.tail);
    thread.run(round, 6);
    CAPTURE(net.layers, net.layer);
    std::size_t wrong = 0;
    std::size_t right = 0;
    for (std::size_t count = 100; count <= thread.size(); count += net.layer / 3 + 29) {
        const auto lesson = learn(thread.watched(count), kOptions);
        if (!lesson) continue;
        ++(lesson->period == round.size() ? right : wrong);
    }
    CHECK(wrong == 0);
    CHECK(right > 0);
    const auto lesson = learn(thread.watched(), kOptions);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(begins_with(*lesson, round));
    CHECK(replay(*lesson, twice(round)).hits == 2 * round.size());
}

TEST_CASE("more layers than the rules can tell from rounds are not taken for rounds a second time") {
    Random random(10);
    const Steps round = layered_round(random, 50, 80, 30, 50);
    Thread thread;
    thread.run(round, 5);
    for (std::size_t count = round.size(); count <= thread.size(); count += 401) {
        const auto lesson = learn(thread.watched(count), kOptions);
        CAPTURE(count);
        if (lesson) CHECK(lesson->period == round.size());
    }
    CHECK(learn(thread.watched(), kOptions));
}

TEST_CASE("two stacks of the same layer in a round are not taken for rounds") {
    Random random(11);
    const Steps layer = random_steps(random, 40);
    Steps round = random_steps(random, 20);
    for (std::size_t i = 0; i < 6; ++i) round.insert(round.end(), layer.begin(), layer.end());
    const Steps middle = random_steps(random, 30);
    round.insert(round.end(), middle.begin(), middle.end());
    for (std::size_t i = 0; i < 9; ++i) round.insert(round.end(), layer.begin(), layer.end());
    round = as_round(std::move(round));
    Thread thread;
    thread.run(round, 7);
    std::size_t found = 0;
    for (std::size_t count = 100; count <= thread.size(); count += 37) {
        const auto lesson = learn(thread.watched(count), kOptions);
        if (!lesson) continue;
        CAPTURE(count);
        CHECK(lesson->period == round.size());
        ++found;
    }
    CHECK(found > 0);
}

TEST_CASE("layers that sometimes end with a part of one are not taken for rounds") {
    Random random(26);
    const Steps layer = random_steps(random, 30);
    const Steps head = random_steps(random, 80);
    Thread thread;
    for (int i = 0; i < 10; ++i) {
        Steps round = head;
        for (int k = 0; k < 20; ++k) round.insert(round.end(), layer.begin(), layer.end());
        if (i % 2 == 1) round.insert(round.end(), layer.begin(), layer.begin() + 15);
        thread.run(as_round(std::move(round)));
    }
    for (std::size_t count = 100; count <= thread.size(); count += 29) {
        const auto lesson = learn(thread.watched(count), kOptions);
        CAPTURE(count);
        if (lesson) CHECK(lesson->period == 2 * 680 + 15);
    }
    CHECK(learn(thread.watched(), kOptions));
}

TEST_CASE("extra requests now and then spoil no plan") {
    Random random(16);
    const Steps round = random_round(random, 110);
    const std::size_t every = GENERATE(2, 5, 9);
    const bool same = GENERATE(false, true);
    const Steps extra = random_steps(random, 12);
    Thread thread;
    std::size_t found = 0;
    for (std::size_t i = 0; i < 90; ++i) {
        Steps varied = round;
        if (i % every == every - 1) {
            const Steps inserted = same ? extra : random_steps(random, 1 + draw(random, 12));
            const std::size_t at = same ? 50 : draw(random, 100);
            varied.insert(varied.begin() + static_cast<std::ptrdiff_t>(at), inserted.begin(), inserted.end());
        }
        thread.run(varied);
        const auto lesson = learn(thread.watched(), kOptions);
        if (!lesson) continue;
        ++found;
        check_sound(*lesson);
        // The round itself, or the extra requests as a part of a longer one.
        CHECK((lesson->period == 110 || (same && lesson->period == every * 110 + extra.size())));
    }
    CAPTURE(every, same);
    if (same || every > 2) CHECK(found > 0);
}

TEST_CASE("a round that always breaks in the same way is believed in a very long stretch") {
    Random random(24);
    const Steps round = random_round(random, 130);
    const Steps extra = random_steps(random, 200);
    Thread thread;
    for (int i = 0; i < 2; ++i) {
        thread.run(round, 70);
        thread.run(extra);
    }
    thread.run(round, 60);
    CHECK_FALSE(learn(thread.watched(), kOptions));
    thread.run(round, 6);
    CHECK(learn(thread.watched(), kOptions)->period == 130);
}

TEST_CASE("a round that breaks irregularly is found in its longest stretches") {
    Random random(17);
    const Steps round = random_round(random, 130);
    Thread thread;
    std::size_t found = 0;
    for (std::size_t i = 0; i < 80; ++i) {
        if (chance(random, 15000)) thread.run(random_steps(random, 30));
        thread.run(round);
        const auto lesson = learn(thread.watched(), kOptions);
        if (!lesson) continue;
        ++found;
        CHECK(lesson->period == 130);
    }
    CHECK(found > 0);
}
