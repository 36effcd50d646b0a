// Every task runs once, and the lowest success wins whichever thread is faster.
#include "planner/parallel.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace memo::planner {
namespace {

TEST_CASE("each task runs once", "[threads]") {
    for (const unsigned threads : {1U, 2U, 5U}) {
        std::vector<std::atomic<int>> calls(100);
        for_each_task(calls.size(), threads, [&](std::size_t number) { ++calls[number]; });
        for (const auto& count : calls) CHECK(count == 1);
    }
    for_each_task(0, 2, [](std::size_t) { FAIL("there is no task"); });
}

TEST_CASE("the lowest success wins, though a later one is there sooner", "[threads]") {
    for (const unsigned threads : {1U, 2U, 4U}) {
        const auto winner =
            first_success(64, threads, [](std::size_t, std::size_t number, const std::function<bool()>&) {
                if (number == 6) std::this_thread::sleep_for(std::chrono::milliseconds(20));
                return number == 6 || number == 7 || number == 40;
            });
        CHECK(winner == 6);
    }
}

TEST_CASE("threads take their numbers in stride, and in order", "[threads]") {
    constexpr unsigned kThreads = 3;
    std::vector<std::vector<std::size_t>> taken(kThreads);
    const auto winner = first_success(
        20, kThreads, [&](std::size_t thread, std::size_t number, const std::function<bool()>&) {
            taken[thread].push_back(number);
            return false;
        });
    CHECK_FALSE(winner);
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
        std::vector<std::size_t> expected;
        for (std::size_t number = thread; number < 20; number += kThreads) expected.push_back(number);
        CHECK(taken[thread] == expected);
    }
}

TEST_CASE("a task whose answer can no longer matter is told so", "[threads]") {
    const auto winner =
        first_success(2, 2, [](std::size_t, std::size_t number, const std::function<bool()>& cancelled) {
            if (number == 0) return true;
            while (!cancelled()) std::this_thread::yield();
            return true;
        });
    CHECK(winner == 0);
}

TEST_CASE("what a task throws reaches the caller", "[threads]") {
    for (const unsigned threads : {1U, 3U}) {
        CHECK_THROWS_AS(for_each_task(9, threads,
                                      [](std::size_t number) {
                                          if (number == 5) throw std::bad_alloc();
                                      }),
                        std::bad_alloc);
    }
}

}  // namespace
}  // namespace memo::planner
