// Work at a pace: who asked for it rests at the pause points again and again, nobody else does; and what the
// learner does comes by such points all along.
#include "allocator/pace.h"

#include "allocator/background.h"
#include "common/pause_point.h"
#include "watched_thread.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <random>
#include <thread>

using namespace memo;
using namespace memo::testing;

namespace {

constexpr std::chrono::milliseconds kWork{20};
constexpr long kFew = 5;  // of the 80 pieces that it is

[[nodiscard]] long times_asleep() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

// How often the calling thread slept while it worked that long, passing pause points all the time.
[[nodiscard]] long rests_in(std::chrono::nanoseconds work) {
    const long before = times_asleep();
    const auto end = own_cpu_time() + work;
    while (own_cpu_time() < end) pause_point();
    return times_asleep() - before;
}

std::atomic<std::size_t> points{0};

}  // namespace

TEST_CASE("a thread that works at a pace rests again and again, until the pace ends") {
    CHECK(rests_in(kWork) < kFew);
    {
        Pace pace(1);
        CHECK(rests_in(kWork) > kFew);
        pace.set_rests(0);
        CHECK(rests_in(kWork) < kFew);
        pace.set_rests(2);
        CHECK(rests_in(kWork) > kFew);
    }
    CHECK(rests_in(kWork) < kFew);
}

TEST_CASE("two threads work each at their own pace, and others do not rest with them") {
    std::atomic<long> slow{0};
    std::atomic<long> never{0};
    std::atomic<long> other{0};
    std::thread one([&] {
        const Pace pace(1);
        slow = rests_in(kWork);
    });
    std::thread two([&] {
        const Pace pace(0);
        never = rests_in(kWork);
    });
    std::thread three([&] { other = rests_in(kWork); });
    one.join();
    two.join();
    three.join();
    CHECK(slow > kFew);
    CHECK(never < kFew);
    CHECK(other < kFew);
}

TEST_CASE("a thread for which there is no place works without rests, and a forked child's has one again") {
    const Pace own(0);
    std::atomic<long> second{0};
    std::atomic<long> third{0};
    std::atomic<long> after_fork{0};
    std::thread([&] {
        const Pace pace(1);
        second = rests_in(kWork);
        std::thread([&] {
            const Pace too_many(1);
            third = rests_in(kWork);
        }).join();
        Pace::after_fork();  // as if neither thread above were here
        std::thread([&] {
            const Pace in_child(1);
            after_fork = rests_in(kWork);
        }).join();
    }).join();
    CHECK(second > kFew);
    CHECK(third < kFew);
    CHECK(after_fork > kFew);
}

TEST_CASE("what takes so long without rests may take as much longer as the rests do") {
    Pace pace(0);
    CHECK(pace.with_rests(std::chrono::milliseconds(7)) == std::chrono::milliseconds(7));
    pace.set_rests(8);
    CHECK(pace.with_rests(std::chrono::milliseconds(7)) == std::chrono::milliseconds(63));
}

TEST_CASE("a look comes by pause points all along, whatever it looks at") {
    std::mt19937_64 random(3);
    Thread thread;
    SECTION("noise") {
        thread.run(random_steps(random, 20000));
    }
    SECTION("a long round") {
        thread.run(random_round(random, 3000), 6);
    }
    SECTION("a short round after noise") {
        thread.run(random_steps(random, 10000));
        thread.run(random_round(random, 40), 200);
    }
    const std::vector<WatchedRequest> requests = thread.watched();
    at_pause_point.store([] { points.fetch_add(1, std::memory_order_relaxed); });
    points = 0;
    (void)seems_to_repeat(requests);
    CHECK(points >= requests.size() / 256);
    points = 0;
    (void)learn(requests, kOptions);
    CHECK(points >= requests.size() / 64);
    at_pause_point.store(nullptr);
}
