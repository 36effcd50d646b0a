// Planted periods: random rounds between a random warm-up and a random tail, some of them deviating.
#include "common/periods.h"
#include "tests/common/request_sequences.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace {

using memo::Period;
using memo::Round;
using memo::test::append;
using memo::test::check_consistent;
using memo::test::exact_rounds;
using memo::test::is_rotation;
using memo::test::number;
using memo::test::Random;
using memo::test::random_requests;
using memo::test::Requests;

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
