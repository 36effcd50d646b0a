// Period detection against planted periods, against brute force on short strings, and on inputs made to
// mislead it: nested repeats, noise, and strings without a period.
#include "common/periods.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace {

using memo::Deviation;
using memo::DeviationKind;
using memo::Period;
using memo::PeriodOptions;
using memo::Request;
using memo::Round;
using Requests = std::vector<Request>;
using Random = std::mt19937_64;

constexpr std::size_t kMissing = SIZE_MAX;

std::size_t number(Random& random, std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(random);
}

Request request(std::uint64_t size, std::uint32_t module = 0) {
    return {.size = size, .alignment = 0, .module = module, .caller = size * 16};
}

Requests random_requests(Random& random, std::size_t count, std::size_t alphabet, std::uint64_t base = 0,
                         std::uint32_t module = 0) {
    Requests result;
    for (std::size_t i = 0; i < count; ++i) {
        result.push_back(request(base + number(random, 1, alphabet), module));
    }
    return result;
}

void append(Requests& to, const Requests& what, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) to.insert(to.end(), what.begin(), what.end());
}

bool is_rotation(const Requests& a, const Requests& b) {
    if (a.size() != b.size()) return false;
    Requests twice = b;
    append(twice, b);
    return std::search(twice.begin(), twice.end(), a.begin(), a.end()) != twice.end();
}

std::size_t exact_rounds(const Period& period) {
    return static_cast<std::size_t>(std::count_if(period.rounds.begin(), period.rounds.end(),
                                                  [](const Round& round) { return round.exact; }));
}

std::size_t deviating(const Period& period, DeviationKind kind) {
    std::size_t count = 0;
    for (const Deviation& deviation : period.deviations)
        count += deviation.kind == kind ? deviation.count : 0;
    return count;
}

// What every answer must satisfy, whatever the question: rounds and deviations account for each request and
// slot.
void check_consistent(const Requests& sequence, const Period& period) {
    const auto kept = [&](std::size_t i) {
        return period.modules.empty() ||
               std::binary_search(period.modules.begin(), period.modules.end(), sequence[i].module);
    };
    REQUIRE(period.requests.size() == period.length);
    REQUIRE_FALSE(period.rounds.empty());
    REQUIRE(period.warm_up == period.rounds.front().begin);
    std::size_t present = 0;
    std::size_t wrong = 0;
    std::size_t next = 0;
    for (const Round& round : period.rounds) {
        REQUIRE(round.positions.size() == period.length);
        std::size_t in_round = 0;
        wrong += round.begin < next ? 1 : 0;
        for (std::size_t slot = 0; slot < period.length; ++slot) {
            const std::size_t position = round.positions[slot];
            if (position == kMissing) continue;
            const bool right = position >= next && position >= round.begin && position < round.end &&
                               sequence[position] == period.requests[slot];
            wrong += right ? 0 : 1;
            next = position + 1;
            ++in_round;
        }
        std::size_t extent = 0;
        for (std::size_t i = round.begin; i < round.end; ++i) extent += kept(i) ? 1 : 0;
        wrong += round.exact != (in_round == period.length && extent == period.length) ? 1 : 0;
        wrong += round.end < next ? 1 : 0;
        present += in_round;
    }
    REQUIRE(wrong == 0);
    std::size_t extent = 0;
    for (std::size_t i = period.rounds.front().begin; i < period.rounds.back().end; ++i)
        extent += kept(i) ? 1 : 0;
    CHECK(present + deviating(period, DeviationKind::extra) == extent);
    CHECK(present + deviating(period, DeviationKind::missing) == period.rounds.size() * period.length);
    for (const Deviation& deviation : period.deviations) {
        CHECK(deviation.round < period.rounds.size());
        CHECK(deviation.slot < period.length);
        CHECK(deviation.count > 0);
        CHECK(deviation.position <= period.rounds.back().end);
    }
}

struct Plant {
    Requests pattern;
    Requests sequence;
    std::size_t rounds = 0;
    std::size_t deviating_rounds = 0;
    std::size_t begin = 0;  // of the first round
    std::size_t end = 0;    // of the last
};

// A round that is random, or a prologue, identical layers and an epilogue.
Requests random_pattern(Random& random, std::size_t length) {
    const std::size_t alphabet = number(random, 5, 200);
    if (length < 100 || number(random, 0, 1) == 0) return random_requests(random, length, alphabet);
    const std::size_t layers = number(random, 2, 12);
    const std::size_t prologue = number(random, 3, length / 4);
    const std::size_t layer = (length - prologue) / layers;
    Requests pattern = random_requests(random, prologue, alphabet);
    append(pattern, random_requests(random, layer, alphabet), layers);
    append(pattern, random_requests(random, length - pattern.size(), alphabet));
    return pattern;
}

Plant random_plant(Random& random) {
    Plant plant;
    const std::size_t length = number(random, 0, 2) == 0 ? number(random, 20, 5000) : number(random, 20, 400);
    plant.pattern = random_pattern(random, length);
    plant.rounds = number(random, 3, 40);
    plant.deviating_rounds = number(random, 0, std::min(plant.rounds / 4, plant.rounds - 3));
    std::vector<bool> deviates(plant.rounds, false);
    for (std::size_t i = 0; i < plant.deviating_rounds; ++i) deviates[i] = true;
    std::shuffle(deviates.begin(), deviates.end(), random);

    plant.sequence = random_requests(random, number(random, 0, 20000), 300);
    plant.begin = plant.sequence.size();
    const std::size_t longest = std::max<std::size_t>(1, length / 50);
    for (std::size_t round = 0; round < plant.rounds; ++round) {
        Requests requests = plant.pattern;
        if (deviates[round]) {
            const auto at =
                requests.begin() + static_cast<std::ptrdiff_t>(number(random, 1, length - 1 - longest));
            if (number(random, 0, 1) == 0) {
                const Requests extra = random_requests(random, number(random, 1, longest), 1000, 100000);
                requests.insert(at, extra.begin(), extra.end());
            } else {
                requests.erase(at, at + static_cast<std::ptrdiff_t>(number(random, 1, longest)));
            }
        }
        append(plant.sequence, requests);
    }
    plant.end = plant.sequence.size();
    append(plant.sequence, random_requests(random, number(random, 0, plant.rounds * length / 4), 300));
    return plant;
}

}  // namespace

TEST_CASE("a planted period is found through warm-up, tail and deviating rounds", "[periods]") {
    for (std::uint64_t seed = 0; seed < 250; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Plant plant = random_plant(random);
        CAPTURE(plant.pattern.size(), plant.rounds, plant.deviating_rounds, plant.begin);
        const auto period = memo::detect_period(plant.sequence);
        REQUIRE(period);
        check_consistent(plant.sequence, *period);
        REQUIRE(period->length == plant.pattern.size());
        CHECK(is_rotation(period->requests, plant.pattern));
        CHECK(exact_rounds(*period) + plant.deviating_rounds + 1 >= plant.rounds);
        if (plant.deviating_rounds > 0) continue;
        // Neighbours may continue the repetition by chance, but not for long.
        CHECK(period->rounds.size() == plant.rounds);
        CHECK(period->deviations.empty());
        CHECK(period->warm_up <= plant.begin);
        CHECK(period->warm_up + 10 >= plant.begin);
    }
}

TEST_CASE("short strings have the period that brute force finds", "[periods]") {
    const PeriodOptions options{.min_period = 3, .min_rounds = 3, .min_coverage = 0.5};
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Requests pattern = random_requests(random, number(random, 1, 30), number(random, 1, 4));
        Requests sequence;
        append(sequence, pattern, number(random, 3, 8));
        const std::size_t part = number(random, 0, pattern.size() - 1);
        sequence.insert(sequence.end(), pattern.begin(), pattern.begin() + static_cast<std::ptrdiff_t>(part));

        std::size_t shortest = 1;
        const auto repeats = [&](std::size_t lag) {
            return std::equal(sequence.begin() + static_cast<std::ptrdiff_t>(lag), sequence.end(),
                              sequence.begin());
        };
        while (!repeats(shortest)) ++shortest;
        const auto period = memo::detect_period(sequence, options);
        CAPTURE(sequence.size(), shortest);
        if (shortest < options.min_period) {
            CHECK_FALSE(period);
            continue;
        }
        REQUIRE(period);
        check_consistent(sequence, *period);
        CHECK(period->length == shortest);
        CHECK(period->warm_up == 0);
        CHECK(exact_rounds(*period) == sequence.size() / shortest);
    }
}

TEST_CASE("layers inside a round are not the period", "[periods]") {
    const std::size_t edge = GENERATE(1, 2, 7, 60);
    const std::size_t layer = GENERATE(16, 40, 371);
    Random random(edge * 1000 + layer);
    Requests round = random_requests(random, edge, 50, 1000);
    append(round, random_requests(random, layer, 50), 30);
    append(round, random_requests(random, edge, 50, 2000));
    Requests sequence = random_requests(random, 5000, 300);
    append(sequence, round, 10);

    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(period->length == round.size());
    CHECK(exact_rounds(*period) == 10);
}

TEST_CASE("layers inside a round are not the period though every third round deviates five times",
          "[periods]") {
    Random random(5);
    Requests round = random_requests(random, 5, 50, 1000);
    append(round, random_requests(random, 50, 50), 30);
    Requests sequence;
    for (std::size_t i = 0; i < 20; ++i) {
        Requests requests = round;
        for (std::size_t k = 0; i % 3 == 1 && k < 5; ++k) {
            requests.insert(
                requests.begin() + static_cast<std::ptrdiff_t>(number(random, 0, requests.size())),
                request(90000 + i * 10 + k));
        }
        append(sequence, requests);
    }
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(period->length == round.size());
    CHECK(deviating(*period, DeviationKind::extra) == 35);
    CHECK(deviating(*period, DeviationKind::missing) == 0);
}

TEST_CASE("layers and nothing else are the period", "[periods]") {
    Random random(1);
    Requests sequence;
    append(sequence, random_requests(random, 371, 50), 300);
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(period->length == 371);
    CHECK(period->rounds.size() == 300);
    CHECK(period->deviations.empty());
}

TEST_CASE("a deviation that comes every other round makes the double round the period", "[periods]") {
    Random random(2);
    const Requests round = random_requests(random, 200, 50);
    Requests twice = round;
    append(twice, round);
    twice.push_back(request(9999));
    Requests sequence;
    append(sequence, twice, 12);
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    CHECK(period->length == twice.size());
}

TEST_CASE("a long irregular warm-up does not hide the rounds", "[periods]") {
    Random random(3);
    Requests sequence;
    for (std::size_t i = 0; i < 3000; ++i) {  // loops, helpers called again and again, and one-time requests
        append(sequence, random_requests(random, number(random, 1, 30), 20), number(random, 1, 6));
        append(sequence, random_requests(random, number(random, 1, 50), 5000));
    }
    const std::size_t begin = sequence.size();
    const Requests round = random_requests(random, 1500, 60);
    append(sequence, round, 8);
    append(sequence, random_requests(random, 4000, 100));
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(period->length == round.size());
    CHECK(period->rounds.size() == 8);
    CHECK(period->warm_up <= begin);
    CHECK(period->warm_up + 10 >= begin);
}

TEST_CASE("a long stretch of extra requests in the middle of a round is one deviation", "[periods]") {
    Random random(4);
    const Requests round = random_requests(random, 1000, 300);
    Requests sequence;
    append(sequence, round, 9);
    const Requests extra = random_requests(random, 377, 300, 5000);
    sequence.insert(sequence.begin() + 4321, extra.begin(), extra.end());
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(period->length == 1000);
    CHECK(period->rounds.size() == 9);
    REQUIRE(period->deviations.size() == 1);
    const Deviation& deviation = period->deviations.front();
    CHECK(deviation.kind == DeviationKind::extra);
    CHECK(deviation.round == 4);
    CHECK(deviation.position == 4321);
    CHECK(deviation.slot == 321);
    CHECK(deviation.count == 377);
    CHECK_FALSE(period->rounds[4].exact);
}

TEST_CASE("missing requests leave holes in their round", "[periods]") {
    Random random(6);
    const Requests round = random_requests(random, 500, 300);
    Requests sequence;
    append(sequence, round, 8);
    sequence.erase(sequence.begin() + 2600, sequence.begin() + 2605);
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    REQUIRE(period->deviations.size() == 1);
    CHECK(period->deviations.front().kind == DeviationKind::missing);
    CHECK(period->deviations.front().round == 5);
    CHECK(period->deviations.front().position == 2600);
    CHECK(period->deviations.front().slot == 100);
    CHECK(period->deviations.front().count == 5);
    CHECK(period->rounds[5].positions[99] == 2599);
    CHECK(period->rounds[5].positions[100] == kMissing);
    CHECK(period->rounds[5].positions[105] == 2600);
}

TEST_CASE("what comes between two rounds leaves both exact", "[periods]") {
    Random random(7);
    const Requests round = random_requests(random, 100, 300);
    Requests sequence;
    append(sequence, round, 4);
    append(sequence, random_requests(random, 5, 300, 1000));
    append(sequence, round, 4);
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    check_consistent(sequence, *period);
    CHECK(exact_rounds(*period) == 8);
    REQUIRE(period->deviations.size() == 1);
    CHECK(period->deviations.front().round == 3);
    CHECK(period->deviations.front().slot == 0);
}

TEST_CASE("a module whose requests never repeat is filtered out", "[periods]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        Requests round;  // two modules, interleaved
        for (std::size_t i = 0; i < 300; ++i) {
            const bool binding = number(random, 0, 9) == 0;
            round.push_back(binding ? request(number(random, 1, 20), 8)
                                    : request(number(random, 1000, 90000), 3));
        }
        Requests sequence = random_requests(random, 3000, 50, 0, 5);
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i < 20; ++i) {
            for (const Request& one : round) {
                if (number(random, 0, 3) == 0)
                    append(sequence, random_requests(random, number(random, 1, 6), 50, 0, 5));
                if (i == 7) expected.push_back(sequence.size());
                sequence.push_back(one);
            }
        }
        const auto period = memo::detect_period(sequence);
        REQUIRE(period);
        check_consistent(sequence, *period);
        CHECK(period->modules == std::vector<std::uint32_t>{3, 8});
        CHECK(period->length == round.size());
        CHECK(exact_rounds(*period) == 20);
        CHECK(period->rounds[7].positions == expected);
    }
}

TEST_CASE("strings without rounds have no period", "[periods]") {
    Random random(8);
    Requests sequence;
    SECTION("nothing") {}
    SECTION("one request") {
        sequence = random_requests(random, 1, 1);
    }
    SECTION("one request again and again") {
        sequence = random_requests(random, 100000, 1);
    }
    SECTION("a loop shorter than the shortest period") {
        append(sequence, random_requests(random, 7, 50), 5000);
    }
    SECTION("random, few symbols") {
        sequence = random_requests(random, 200000, 2);
    }
    SECTION("random, many symbols") {
        sequence = random_requests(random, 200000, 100000);
    }
    SECTION("two rounds only") {
        append(sequence, random_requests(random, 5000, 100), 2);
    }
    SECTION("rounds long ago") {
        append(sequence, random_requests(random, 50, 100), 10);
        append(sequence, random_requests(random, 5000, 100));
    }
    SECTION("a loop at exit") {
        sequence = random_requests(random, 200000, 100000);
        append(sequence, random_requests(random, 20, 100), 4);
    }
    SECTION("a de Bruijn sequence") {  // of order 16 (a linear feedback shift register): every 16-gram once
        std::uint32_t state = 1;
        for (std::size_t i = 0; i < 65535; ++i) {
            sequence.push_back(request(state & 1));
            const std::uint32_t bit = (state ^ (state >> 1) ^ (state >> 3) ^ (state >> 12)) & 1;
            state = state >> 1 | bit << 15;
        }
    }
    CHECK_FALSE(memo::detect_period(sequence));
}

TEST_CASE("inputs full of repeats end and give consistent answers", "[periods]") {
    Requests sequence;
    SECTION("a Fibonacci word") {
        Requests shorter{request(1)};
        sequence = {request(1), request(2)};
        while (sequence.size() < 300000) {
            Requests longer = sequence;
            append(longer, shorter);
            shorter = std::exchange(sequence, std::move(longer));
        }
    }
    SECTION("the Thue-Morse word") {
        for (std::uint64_t i = 0; i < 300000; ++i) sequence.push_back(request(__builtin_popcountll(i) & 1));
    }
    SECTION("powers of growing words") {
        Random random(9);
        Requests word = random_requests(random, 3, 2);
        while (sequence.size() < 300000) {
            append(sequence, word, 5);
            append(word, random_requests(random, 2, 2));
        }
    }
    if (const auto period = memo::detect_period(sequence)) check_consistent(sequence, *period);
    SUCCEED("it ended");
}

TEST_CASE("rotating moves the first request and keeps the rounds", "[periods]") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Plant plant = random_plant(random);
        const auto period = memo::detect_period(plant.sequence);
        REQUIRE(period);
        const std::size_t shift = number(random, 0, period->length - 1);
        CAPTURE(period->length, shift);
        const Period rotated = memo::rotate_period(plant.sequence, *period, shift);
        check_consistent(plant.sequence, rotated);
        if (exact_rounds(rotated) == 0) continue;
        Requests expected = period->requests;
        std::rotate(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(shift), expected.end());
        CHECK(rotated.requests == expected);
        CHECK(exact_rounds(rotated) + plant.deviating_rounds + 1 >= exact_rounds(*period));
        CHECK(exact_rounds(rotated) <= exact_rounds(*period) + plant.deviating_rounds + 1);
        if (plant.deviating_rounds > 0 || shift == 0) continue;
        // One round is cut in two; a half that is long enough stays as an incomplete round.
        CHECK(exact_rounds(rotated) == plant.rounds - 1);
        CHECK(rotated.rounds.size() >= plant.rounds - 1);
        const Round& second = *std::find_if(rotated.rounds.begin(), rotated.rounds.end(),
                                            [](const Round& round) { return round.exact; });
        CHECK(second.begin == period->rounds.front().begin + shift);
    }
}

TEST_CASE("rotating there and back gives the same rounds", "[periods]") {
    Random random(10);
    const Requests round = random_requests(random, 300, 60);
    Requests sequence = random_requests(random, 1000, 60, 500);
    append(sequence, round, 6);
    append(sequence, random_requests(random, 500, 60, 700));
    const auto period = memo::detect_period(sequence);
    REQUIRE(period);
    const Period there = memo::rotate_period(sequence, *period, 100);
    CHECK(there.rounds.size() == 6);  // five whole ones and the last 200 requests' own, cut short
    const Period back = memo::rotate_period(sequence, there, 200);
    CHECK(back.requests == period->requests);
    CHECK(back.warm_up == period->warm_up);
    CHECK(exact_rounds(back) == 6);
}
