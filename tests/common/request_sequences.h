// What the tests of periods share: random sequences of requests, and what must hold of every answer.
#pragma once

#include "common/periods.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace memo::test {

using Requests = std::vector<Request>;
using Random = std::mt19937_64;

inline constexpr std::size_t kMissing = SIZE_MAX;

inline std::size_t number(Random& random, std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(random);
}

inline Request request(std::uint64_t size, std::uint32_t module = 0) {
    return {.size = size, .alignment = 0, .module = module, .caller = size * 16};
}

inline Requests random_requests(Random& random, std::size_t count, std::size_t alphabet,
                                std::uint64_t base = 0, std::uint32_t module = 0) {
    Requests result;
    for (std::size_t i = 0; i < count; ++i) {
        result.push_back(request(base + number(random, 1, alphabet), module));
    }
    return result;
}

inline void append(Requests& to, const Requests& what, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) to.insert(to.end(), what.begin(), what.end());
}

inline bool is_rotation(const Requests& a, const Requests& b) {
    if (a.size() != b.size()) return false;
    Requests twice = b;
    append(twice, b);
    return std::search(twice.begin(), twice.end(), a.begin(), a.end()) != twice.end();
}

inline std::size_t exact_rounds(const Period& period) {
    return static_cast<std::size_t>(std::count_if(period.rounds.begin(), period.rounds.end(),
                                                  [](const Round& round) { return round.exact; }));
}

inline std::size_t deviating(const Period& period, DeviationKind kind) {
    std::size_t count = 0;
    for (const Deviation& deviation : period.deviations)
        count += deviation.kind == kind ? deviation.count : 0;
    return count;
}

// What every answer must satisfy, whatever the question: rounds and deviations account for each request and
// slot.
inline void check_consistent(const Requests& sequence, const Period& period) {
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

}  // namespace memo::test
