// Period detection against brute force on short strings, and on inputs made to mislead it: nested repeats,
// noise, and strings without a period.
#include "common/periods.h"

#include "tests/common/request_sequences.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace {

using memo::Deviation;
using memo::DeviationKind;
using memo::Period;
using memo::PeriodOptions;
using memo::Request;
using memo::test::append;
using memo::test::check_consistent;
using memo::test::deviating;
using memo::test::exact_rounds;
using memo::test::kMissing;
using memo::test::number;
using memo::test::Random;
using memo::test::random_requests;
using memo::test::request;
using memo::test::Requests;

}  // namespace

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

TEST_CASE("one round that lacks a request does not shorten the period of a few rounds", "[periods]") {
    Random random(11);
    const Requests round = random_requests(random, 60, 300);
    for (std::size_t rounds = 4; rounds <= 8; ++rounds) {
        for (std::size_t deviating_round = 1; deviating_round + 1 < rounds; ++deviating_round) {
            for (std::size_t slot = 1; slot < 59; ++slot) {
                CAPTURE(rounds, deviating_round, slot);
                Requests sequence;
                append(sequence, round, rounds);
                sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(deviating_round * 60 + slot));
                const auto period = memo::detect_period(sequence);
                REQUIRE(period);
                CHECK(period->length == 60);
                CHECK(exact_rounds(*period) == rounds - 1);
            }
        }
    }
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
