// Threads that serve, pass on, check and free blocks of real arenas, all at once. Meant to be run under the
// thread and address sanitizers as well; whether blocks overlap is seen in their bytes everywhere.
#include "allocator/plans.h"
#include "checked_plan.h"
#include "random_plan.h"
#include "sanitizers.h"
#include "traffic.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

constexpr unsigned kReaders = 3;
constexpr unsigned kLines = 4;         // owners at once
constexpr unsigned kGenerations = 50;  // owners one after the other
constexpr std::uint64_t kHits = 500;   // blocks that each is served

// A plan of blocks that are large enough to carry their number and size.
CheckedPlan stress_plan(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const PlanShape shape{.slots = 60, .least_bytes = 16, .most_bytes = 1000};
    return CheckedPlan(planner::build_plan(random_plan(random, shape)));
}

// The threads that free what owners hand on, and what came of it.
class Readers {
  public:
    explicit Readers(const Arenas& arenas) {
        for (Mailbox& mailbox : mailboxes_) {
            threads_.emplace_back([this, &arenas, &mailbox] {
                bool last = false;
                while (!last) {
                    last = stop_.load(std::memory_order_acquire);
                    mailbox.collect([&](char* block) {
                        freed_.fetch_add(1, std::memory_order_relaxed);
                        if (!verify_and_free(arenas, block))
                            failures_.fetch_add(1, std::memory_order_relaxed);
                    });
                    std::this_thread::yield();
                }
            });
        }
    }
    ~Readers() { stop(); }
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    bool post(char* block, std::uint64_t random) {
        return mailboxes_[random % kReaders].post(block, random / kReaders);
    }
    // Frees what is left, and ends.
    void stop() {
        stop_.store(true, std::memory_order_release);
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }
    [[nodiscard]] std::uint64_t freed() const { return freed_.load(); }
    [[nodiscard]] std::uint64_t failures() const { return failures_.load(); }

  private:
    Mailbox mailboxes_[kReaders];
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> freed_{0};
    std::atomic<std::uint64_t> failures_{0};
    std::vector<std::thread> threads_;
};

struct Sums {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> failures{0};
};

// One short-lived thread's work: takes an arena, is served `hits` blocks from it, and leaves while others
// still hold some of them.
void own_for_a_while(Arenas& arenas, Readers& readers, std::uint64_t seed, std::uint64_t hits, Sums& sums) {
    Arena* const arena = arenas.take();
    if (arena == nullptr) {
        ++sums.failures;
        return;
    }
    Owner owner(arenas, *arena, seed);
    std::mt19937_64 random(~seed);
    while (owner.hits() < hits) {
        owner.round([&](char* block) { return readers.post(block, random()); });
        // Blocks that others keep for long block their neighbours: give them a chance to run.
        std::this_thread::yield();
    }
    owner.let_go();
    sums.hits += owner.hits();
    sums.failures += owner.failures();
    arenas.give_back(arena);
}

}  // namespace

TEST_CASE("blocks freed by other threads never overlap those served meanwhile") {
    const CheckedPlan file = stress_plan(1);
    REQUIRE(file.wrong() == nullptr);
    Plans plans;
    REQUIRE(plans.add(file.view()) == Plans::Added::yes);
    Arenas& arenas = plans[0].arenas;
    Readers readers(arenas);
    Sums sums;
    std::vector<std::thread> spawners;
    for (unsigned line = 0; line < kLines; ++line) {
        spawners.emplace_back([&, line] {
            for (unsigned generation = 0; generation < kGenerations; ++generation) {
                std::thread(own_for_a_while, std::ref(arenas), std::ref(readers), line * 1000 + generation,
                            kHits, std::ref(sums))
                    .join();
            }
        });
    }
    for (std::thread& spawner : spawners) spawner.join();
    readers.stop();
    CHECK(sums.failures == 0);
    CHECK(readers.failures() == 0);
    CHECK(sums.hits >= kHits * kLines * kGenerations);
    CHECK(readers.freed() > sums.hits / 10);
    CHECK(arenas.count() <= kLines);

    // Everything was given back: the plan is served in full again.
    arenas.for_each([&](const Arena& arena) {
        for (std::uint32_t slot = 0; slot < file.view().header().slot_count; ++slot) {
            CHECK(arena.replay.state(slot) != SlotState::live);
        }
        CHECK(arena.replay.invariant_holds());
    });
}

TEST_CASE("a forked child goes on in its copy of the arena") {
    if (kUnderThreadSanitizer) return;  // it cannot follow a fork of many threads
    const CheckedPlan file = stress_plan(2);
    REQUIRE(file.wrong() == nullptr);
    Plans plans;
    REQUIRE(plans.add(file.view()) == Plans::Added::yes);
    Arenas& arenas = plans[0].arenas;
    Readers readers(arenas);
    Sums sums;
    std::thread other(own_for_a_while, std::ref(arenas), std::ref(readers), 7, 20 * kHits, std::ref(sums));
    Arena* const arena = arenas.take();
    REQUIRE(arena != nullptr);
    Owner owner(arenas, *arena, 8);
    const auto keep = [](char*) { return false; };
    for (int fork_number = 0; fork_number < 5; ++fork_number) {
        for (int round = 0; round < 50; ++round) owner.round(keep);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const std::uint64_t enough = owner.hits() + kHits;
            while (owner.hits() < enough) owner.round(keep);
            owner.let_go();
            _exit(owner.failures() == 0 ? 0 : 1);
        }
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    owner.let_go();
    CHECK(owner.failures() == 0);
    other.join();
    readers.stop();
    CHECK(sums.failures == 0);
    CHECK(readers.failures() == 0);
}
