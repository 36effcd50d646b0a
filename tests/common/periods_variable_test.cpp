// Periods whose sizes change: found where they are allowed, and described by the largest sizes.
#include "common/periods.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

using memo::PeriodOptions;
using memo::Request;
using memo::SizeRule;

namespace {

constexpr PeriodOptions kVariable{.variable_sizes = true};

std::vector<Request> round_of(std::size_t length, std::uint64_t scale, std::size_t every) {
    std::vector<Request> round;
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint64_t size = i % every == 0 ? (i + 3) * scale : 10 * (i + 1);
        round.push_back({.size = size, .alignment = 0, .module = 1, .caller = 100 + i % 23});
    }
    return round;
}

}  // namespace

TEST_CASE("some sizes change from round to round: the period has the largest of each") {
    std::mt19937_64 random(1);
    const std::size_t every = GENERATE(1, 2, 13);
    constexpr std::size_t kLength = 130;
    std::vector<Request> sequence;
    std::uint64_t most = 0;
    for (int i = 0; i < 30; ++i) {
        const std::uint64_t scale = 1001 + random() % 97;
        most = std::max(most, scale);
        const auto round = round_of(kLength, scale, every);
        sequence.insert(sequence.end(), round.begin(), round.end());
    }
    CHECK_FALSE(memo::detect_period(sequence));
    const auto period = memo::detect_period(sequence, kVariable);
    REQUIRE(period);
    REQUIRE(period->length == kLength);
    CHECK(period->sizes != SizeRule::exact);
    CHECK(period->deviations.empty());
    for (const std::size_t shift : {std::size_t{0}, std::size_t{57}}) {
        const auto rotated = memo::rotate_period(sequence, *period, shift);
        REQUIRE(rotated.length == kLength);
        for (std::size_t k = 0; k < kLength; ++k) {
            const std::size_t slot = (k + shift) % kLength;
            CHECK(rotated.requests[k].caller == 100 + slot % 23);
            CHECK(rotated.varies[k] == (slot % every == 0));
            if (slot % every == 0 && shift == 0) CHECK(rotated.requests[k].size == (slot + 3) * most);
            if (slot % every != 0) CHECK(rotated.requests[k].size == 10 * (slot + 1));
        }
    }
}

TEST_CASE("exact periods are found as before where sizes may vary") {
    std::vector<Request> sequence;
    for (int i = 0; i < 10; ++i) {
        const auto round = round_of(60, 1000, 2);
        sequence.insert(sequence.end(), round.begin(), round.end());
    }
    const auto period = memo::detect_period(sequence, kVariable);
    REQUIRE(period);
    CHECK(period->length == 60);
    CHECK(period->sizes == SizeRule::exact);
    CHECK(period->varies.empty());
}

TEST_CASE("a sequence without a pattern has no period, with sizes or without") {
    std::mt19937_64 random(2);
    std::vector<Request> sequence;
    for (int i = 0; i < 4000; ++i)
        sequence.push_back({.size = random() % 50, .alignment = 0, .module = 1, .caller = random() % 40});
    CHECK_FALSE(memo::detect_period(sequence, kVariable));
}
