// Rounds whose sizes change from one to the next: what is planned for them, and what is not taken for them.
#include "watched_thread.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

using namespace memo;
using namespace memo::testing;

using Random = std::mt19937_64;

namespace {

// A round of one shape after the other: in every `every`-th request the size follows the length of the input.
Steps of_length(const Steps& round, std::uint64_t length, std::size_t every) {
    Steps steps = round;
    for (std::size_t i = every / 2; i < steps.size(); i += every)
        steps[i].size = round[i].size / 128 * length;
    return steps;
}

std::uint64_t draw_length(Random& random) {
    return 32 + draw(random, 97);
}

Steps distinct_round(Random& random, std::size_t length) {
    Steps round = random_round(random, length);
    for (std::size_t i = 0; i < length; ++i) round[i].size = (i + 16) << 14;
    return round;
}

}  // namespace

TEST_CASE("a round of which some sizes change is planned for the largest ones, and matched by place") {
    Random random(1);
    const std::size_t length = GENERATE(40, 300);
    const std::size_t every = GENERATE(1, 2, 14);
    LearnOptions options = kOptions;
    options.thorough = GENERATE(true, false);  // rounds that nothing disturbs are found either way
    const Steps round = distinct_round(random, length);
    Thread thread;
    thread.run(random_steps(random, 100));
    for (std::size_t i = 0; i < 6000 / length; ++i) thread.run(of_length(round, draw_length(random), every));
    const auto lesson = learn(thread.watched(), options);
    CAPTURE(length, every, options.thorough);
    REQUIRE(lesson);
    check_sound(*lesson);
    CHECK(lesson->period == length);
    CHECK(lesson->left_out == 0);
    CHECK(lesson->variable >= (length / every) * 9 / 10);
    CHECK(lesson->variable <= length / every + 1);
    // Shorter ones are served all the same, in whatever order they come.
    const Steps largest = of_length(round, 128, every);
    const CheckedPlan plan(lesson->plan);
    std::size_t begin = 0;
    for (; begin < length; ++begin) {
        const PlanCaller& caller = plan.view().callers()[plan.view().slots()[0].caller];
        if (caller.offset == largest[begin].caller % kModuleBytes) break;
    }
    REQUIRE(begin < length);
    Steps program;
    for (int i = 0; i < 20; ++i) {
        const Steps next = rotated(of_length(round, 32 + draw(random, 60), every), begin);
        program.insert(program.end(), next.begin(), next.end());
    }
    const Served served = replay(*lesson, program);
    CHECK_FALSE(served.overlap);
    CHECK(served.hits == program.size());
}

TEST_CASE("rounds of changing sizes are believed later than exact ones") {
    Random random(2);
    const Steps round = distinct_round(random, 200);
    Thread thread;
    Thread exact;
    for (int i = 0; i < 11; ++i) {
        thread.run(of_length(round, 32 + 7 * static_cast<std::uint64_t>(i), 3));
        exact.run(round);
    }
    CHECK(learn(exact.watched(), kOptions));
    CHECK_FALSE(learn(thread.watched(), kOptions));
}

TEST_CASE("rounds of changing sizes that something disturbed just now take a thorough look") {
    Random random(5);
    const Steps round = distinct_round(random, 100);
    Thread thread;
    for (int i = 0; i < 32; ++i) thread.run(of_length(round, draw_length(random), 3));
    thread.run(random_steps(random, 7));
    LearnOptions options = kOptions;
    CHECK(learn(thread.watched(), options));
    options.thorough = false;
    CHECK_FALSE(learn(thread.watched(), options));
    for (int i = 0; i < 65; ++i) thread.run(of_length(round, draw_length(random), 3));
    CHECK(learn(thread.watched(), options));
}

TEST_CASE("without sizes and from one caller nothing is a round") {
    Random random(3);
    Thread thread;
    for (int i = 0; i < 6000; ++i) {
        Step step = random_step(random, 1);
        step.caller = kModuleBytes + 17;
        step.alignment = 64;
        thread.run({step});
    }
    for (std::size_t count = 500; count <= thread.size(); count += 500)
        CHECK_FALSE(learn(thread.watched(count), kOptions));
}

// A convolutional network: each layer makes the same requests from the same callers, of other sizes.
TEST_CASE("layers of a network are no rounds of changing sizes, at no moment") {
    Random random(4);
    const std::size_t layers = GENERATE(8, 17, 50);
    const std::size_t layer_length = GENERATE(6, 25);
    const Steps layer = random_steps(random, layer_length);
    Steps round = random_steps(random, 20);
    for (std::size_t i = 0; i < layers; ++i) {
        Steps next = layer;
        for (Step& step : next) step.size = 4096 + draw(random, 1 << 20);
        round.insert(round.end(), next.begin(), next.end());
    }
    const Steps tail = random_steps(random, 15);
    round.insert(round.end(), tail.begin(), tail.end());
    round = as_round(std::move(round));
    Thread thread;
    thread.run(random_steps(random, 150));
    thread.run(round, 1 + 8000 / round.size());
    std::size_t wrong = 0;
    std::size_t right = 0;
    for (std::size_t count = 150; count <= thread.size(); count += 97) {
        const auto lesson = learn(thread.watched(count), kOptions);
        if (!lesson) continue;
        ++(lesson->period == round.size() && lesson->variable == 0 ? right : wrong);
    }
    CAPTURE(layers, layer_length);
    CHECK(wrong == 0);
    CHECK(right > 0);
}
