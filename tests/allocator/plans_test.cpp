// Several plans in one range of addresses: whose a pointer is.
#include "allocator/plans.h"

#include "checked_plan.h"
#include "sanitizers.h"
#include "small_plan.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

const SmallPlan kTwoInTurn{{0, 2, false, 0}, {0, 1, false, 1}};
const SmallPlan kSideBySide{{0, 1, false, 0}, {1, 2, false, 1}, {2, 3, false, 2}};

}  // namespace

TEST_CASE("nothing is ours before there is a plan") {
    const auto plans = std::make_unique<Plans>();
    int here = 0;
    CHECK_FALSE(plans->owns(&here));
    CHECK_FALSE(plans->owns(nullptr));
    CHECK(plans->count() == 0);
}

TEST_CASE("blocks of several plans are ours, and each is found in its own arena") {
    const CheckedPlan one(bytes_of(kTwoInTurn));
    const CheckedPlan other(bytes_of(kSideBySide));
    REQUIRE(one.wrong() == nullptr);
    REQUIRE(other.wrong() == nullptr);
    const auto plans = std::make_unique<Plans>();
    errno = 77;
    for (unsigned k = 0; k < Plans::kMost; ++k) {
        const PlanView& view = k % 2 == 0 ? one.view() : other.view();
        REQUIRE(plans->add(view) == Plans::Added::yes);
        CHECK(plans->count() == k + 1);
    }
    CHECK(plans->add(one.view()) == Plans::Added::no_room);
    CHECK(errno == 77);
    std::set<std::uintptr_t> bases;
    for (unsigned k = 0; k < Plans::kMost; ++k) {
        Arena* arena = (*plans)[k].arenas.take();
        REQUIRE(arena != nullptr);
        CHECK(bases.insert(arena->base).second);
        CHECK(arena->base % kMaxPlanAlignment == 0);
        for (const std::uint64_t offset : {std::uint64_t{0}, kGranule}) {
            const auto* block = reinterpret_cast<const void*>(arena->base + offset);
            CHECK(plans->owns(block));
            const Plans::Place place = plans->place_of(block);
            CHECK(place.arena == arena);
            CHECK(place.offset == offset);
        }
    }
    int here = 0;
    CHECK_FALSE(plans->owns(&here));
}

// In a child: the limit would stay.
TEST_CASE("where addresses are limited, a plan takes few of them") {
    if (kSanitized) return;  // the sanitizers' own mappings are beyond any limit
    const CheckedPlan file(bytes_of(kTwoInTurn));
    REQUIRE(file.wrong() == nullptr);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // Beyond the ranges that the other tests of this process have reserved and never give back.
        const rlimit limit{std::uint64_t{64} << 40, std::uint64_t{64} << 40};
        if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(3);
        static Plans plans;
        if (plans.add(file.view()) != Plans::Added::yes) _exit(4);
        Arena* arena = plans[0].arenas.take();
        if (arena == nullptr) _exit(5);
        const auto* far = reinterpret_cast<const void*>(arena->base + (std::uint64_t{1} << 30));
        _exit(plans.owns(far) ? 6 : 0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
