// Who waits for the lock of the pool and of the small heap, and who does not: patient_lock.h.
#include "allocator/patient_lock.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using memo::Held;
using memo::Patience;
using memo::PatientLock;

TEST_CASE("whoever finds the lock taken waits until it is released") {
    PatientLock lock;
    REQUIRE(lock.take());
    std::atomic<bool> comes{false};
    std::atomic<bool> released{false};
    bool had = false;
    bool had_too_early = false;
    std::thread other([&] {
        comes = true;
        had = lock.take();
        had_too_early = !released;
        if (had) lock.release();
    });
    while (!comes) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    released = true;
    lock.release();
    other.join();
    CHECK(had);
    CHECK_FALSE(had_too_early);
}

TEST_CASE("whoever has no patience, or has the lock already, does without at once") {
    PatientLock lock;
    const Held held(lock);
    REQUIRE(held);
    CHECK_FALSE(lock.take());  // as a signal handler would that interrupted the holder
    bool had = true;
    std::thread([&] { had = lock.take(Patience::none); }).join();
    CHECK_FALSE(had);
}

TEST_CASE("of a lock whose holder is stuck one waits in vain, and those after it do not wait") {
    PatientLock lock;
    std::atomic<bool> taken{false};
    std::atomic<bool> ends{false};
    std::thread holder([&] {
        taken = lock.take();
        while (!ends) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    while (!taken) std::this_thread::yield();
    const auto seconds_in_vain = [&] {
        const auto since = std::chrono::steady_clock::now();
        bool had = true;
        std::thread([&] { had = lock.take(); }).join();
        CHECK_FALSE(had);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    };
    const double first = seconds_in_vain();
    double others = 0;
    for (int k = 0; k < 100; ++k) others += seconds_in_vain();
    CHECK(others < 10 * first);  // of each a hundredth would be as much
    lock.release();
    CHECK(lock.take());
    ends = true;
    holder.join();
}

TEST_CASE("in a forked child a lock that somebody had is nobody's any more") {
    PatientLock lock;
    lock.after_fork();
    CHECK_FALSE(lock.is_dead());
    REQUIRE(lock.take());
    lock.after_fork();
    CHECK(lock.is_dead());
    bool had = true;
    std::thread([&] { had = lock.take(); }).join();
    CHECK_FALSE(had);
    lock.release();
    CHECK_FALSE(lock.is_dead());
}

TEST_CASE("however many want the lock, one has it at a time, and each gets it") {
    constexpr int kThreads = 8;
    constexpr int kTimes = 2000;
    PatientLock lock;
    int inside = 0;
    int times = 0;
    std::atomic<int> in_vain{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < kThreads; ++k) {
        threads.emplace_back([&] {
            for (int i = 0; i < kTimes; ++i) {
                const Held held(lock);
                if (!held || inside != 0) {
                    ++in_vain;
                    continue;
                }
                ++inside;
                ++times;
                --inside;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(in_vain == 0);
    CHECK(times == kThreads * kTimes);
}
