// What nobody can touch: the bytes around arenas, and a plan once it is served. Each write is tried in a
// child, which must die of it.
#include "allocator/plan_file.h"
#include "allocator/plans.h"
#include "allocator/roomy_plan.h"
#include "checked_plan.h"
#include "sanitizers.h"
#include "small_plan.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

const SmallPlan kSideBySide{{0, 1, false, 0}, {1, 2, false, 1}, {2, 3, false, 2}};

// The signal that ends a process which writes one byte at `address`; 0 if it lives.
[[nodiscard]] int signal_of_write(std::uintptr_t address) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL);  // a sanitizer or Catch would make a report of it
        *reinterpret_cast<volatile char*>(address) = 1;
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("running off an arena at either end is a fault") {
    const CheckedPlan file(bytes_of(kSideBySide));
    REQUIRE(file.wrong() == nullptr);
    const auto plans = std::make_unique<Plans>();
    REQUIRE(plans->add(file.view()) == Plans::Added::yes);
    const auto page = static_cast<std::uintptr_t>(getpagesize());
    for (int k = 0; k < 3; ++k) {
        const Arena* arena = (*plans)[0].arenas.take();
        REQUIRE(arena != nullptr);
        CAPTURE(k);
        CHECK(signal_of_write(arena->base) == 0);
        CHECK(signal_of_write(arena->base + page - 1) == 0);
        CHECK(signal_of_write(arena->base + page) == SIGSEGV);
        CHECK(signal_of_write(arena->base - 1) == SIGSEGV);
        CHECK(signal_of_write(arena->base + Arenas::stride_of(file.view()) - 1) == SIGSEGV);
        // What we keep of the arena.
        const std::uintptr_t kept = reinterpret_cast<std::uintptr_t>(arena) & ~(page - 1);
        const std::uintptr_t bytes = sizeof(Arena) + Replay::memory_needed(file.view());
        CHECK(signal_of_write(kept) == 0);
        CHECK(signal_of_write(kept - 1) == SIGSEGV);
        CHECK(signal_of_write(kept + (bytes + page - 1) / page * page) == SIGSEGV);
    }
}

TEST_CASE("a loaded plan cannot be written to, nor one that was laid out with more room") {
    char path[] = "/tmp/memo-sealed-XXXXXX";
    const int file = mkstemp(path);
    REQUIRE(file >= 0);
    close(file);
    const std::vector<char> bytes = bytes_of(kSideBySide);
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const LoadedPlan loaded = load_plan_file(path);
    unlink(path);
    REQUIRE(loaded.wrong == nullptr);
    const PlanView roomy = with_room_behind(loaded.plan, Bytes{16});
    REQUIRE_FALSE(roomy.empty());
    CHECK(signal_of_write(reinterpret_cast<std::uintptr_t>(&roomy.header())) == SIGSEGV);
    const auto at = reinterpret_cast<std::uintptr_t>(&loaded.plan.header());
    for (const std::uint64_t offset :
         {std::uint64_t{0}, loaded.plan.header().slots_at, loaded.plan.header().predecessors_at,
          loaded.plan.header().starts_at, loaded.plan.header().buckets_at}) {
        CHECK(signal_of_write(at + offset) == SIGSEGV);
    }
}
