// What learning may cost, and the quick scan that says whether a look is likely to pay.
#include "allocator/learning_budget.h"

#include "allocator/learn.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

using namespace memo;

namespace {

std::vector<WatchedRequest> rounds_of(std::size_t length, std::size_t rounds) {
    std::vector<WatchedRequest> requests;
    for (std::size_t k = 0; k < length * rounds; ++k) requests.push_back({4096 + 16 * (k % length)});
    return requests;
}

// Requests that hardly ever repeat the one before.
void append_noise(std::vector<WatchedRequest>& requests, std::size_t count) {
    std::mt19937_64 random(count);
    for (std::size_t k = 0; k < count; ++k) requests.push_back({4096 + random() % 100000});
}

}  // namespace

TEST_CASE("what was spent is not affordable again, unless there is no limit") {
    LearningBudget budget;
    constexpr std::uint64_t kAge = 1'000'000'000'000'000;  // longer than this process can have run
    CHECK(budget.affords(0));
    CHECK_FALSE(budget.affords(kAge));
    budget.spend(kAge);
    CHECK_FALSE(budget.affords(0));
    CHECK_FALSE(budget.affords(0, true));
    budget.set_unlimited();
    CHECK(budget.affords(kAge));
}

TEST_CASE(
    "what is allowed grows with the time used, slower after the first seconds, and more for what is likely") {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    CHECK(LearningBudget::allowance(4 * kSecond, false) == 50'000'000);
    CHECK(LearningBudget::allowance(45 * kSecond, false) == 62'500'000 + 100'000'000);
    CHECK(LearningBudget::allowance(45 * kSecond, true) == 2'250'000'000);
    std::uint64_t before = 0;
    for (std::uint64_t used = 0; used < 20 * kSecond; used += kSecond / 8) {
        const std::uint64_t allowed = LearningBudget::allowance(used, false);
        CHECK(allowed >= before);
        CHECK(allowed <= LearningBudget::allowance(used, true));
        before = allowed;
    }
}

TEST_CASE("the cost of a look follows what looks cost") {
    LearningBudget budget;
    CHECK(budget.cost_of_look(10) == 10 * LearningBudget::kFirstGuess);
    for (int k = 0; k < 20; ++k) budget.spend_on_look(2'000'000, 500);
    CHECK(budget.cost_of_look(1) > 3900);
    CHECK(budget.cost_of_look(1) <= 4000);
}

TEST_CASE("rounds at the end are seen at first sight, whatever was before them") {
    const std::size_t length = GENERATE(std::size_t{4}, std::size_t{17}, std::size_t{160}, std::size_t{2000});
    const std::size_t rounds = 5 + 600 / length;
    CHECK(seems_to_repeat(rounds_of(length, rounds)));
    std::vector<WatchedRequest> late;
    append_noise(late, length);
    const auto repeated = rounds_of(length, rounds);
    late.insert(late.end(), repeated.begin(), repeated.end());
    CHECK(seems_to_repeat(late));
    late.resize(late.size() - length / 3);  // in the middle of a round
    CHECK(seems_to_repeat(late));
}

TEST_CASE("rounds of which some sizes change, or with a request in between, are seen at first sight") {
    std::vector<WatchedRequest> requests = rounds_of(1000, 8);
    for (std::size_t k = 400; k < requests.size(); k += 1000) {
        for (std::size_t i = k; i < k + 6; ++i) requests[i].size += k;
    }
    CHECK(seems_to_repeat(requests));
    requests.insert(requests.end() - 50, {123'456});
    CHECK(seems_to_repeat(requests));
}

TEST_CASE("noise, rounds that are over, and too few of them are no rounds") {
    CHECK_FALSE(seems_to_repeat({}));
    CHECK_FALSE(seems_to_repeat(rounds_of(20, 20)));
    CHECK_FALSE(seems_to_repeat(rounds_of(400, 3)));
    std::vector<WatchedRequest> requests = rounds_of(50, 40);
    append_noise(requests, 4000);
    CHECK_FALSE(seems_to_repeat(requests));
}
