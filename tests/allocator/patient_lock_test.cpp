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
    // If each of them waited, this would take half an hour, and the test be ended as one that hangs.
    int had = 0;
    std::thread([&] {
        for (int k = 0; k < 2000; ++k) had += static_cast<int>(lock.take());
    }).join();
    CHECK(had == 0);
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
