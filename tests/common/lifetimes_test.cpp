// Lifetimes, escapes and boundaries, from small traces written by hand.
#include "common/lifetimes.h"

#include "tests/common/traced_program.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

namespace {

using memo::EventKind;
using memo::Period;
using memo::PeriodBlock;
using memo::Request;
using memo::RoundLifetimes;
using memo::ThreadRequests;
using memo::Trace;
using memo::test::lifetime;
using Program = memo::test::TracedProgram;

}  // namespace

TEST_CASE("the requests of a thread are its allocations with their callers", "[lifetimes]") {
    Program program;
    const auto first = program.allocate(10, 0);
    program.allocate(20, 1, 1);
    program.release(first);
    program.allocate(30, 2);
    const ThreadRequests requests = program.requests();
    CHECK(requests.events == std::vector<std::uint64_t>{0, 3});
    REQUIRE(requests.size() == 2);
    CHECK(requests[0] == Request{.size = 10, .alignment = 0, .module = 1, .caller = 100});
    CHECK(requests[1] == Request{.size = 30, .alignment = 0, .module = 1, .caller = 102});
}

TEST_CASE("an allocation without a site is a request without a caller", "[lifetimes]") {
    Trace trace;
    trace.threads.resize(1);
    trace.events.push_back({.address = 16, .size = 8, .alignment = 64});
    const ThreadRequests requests = memo::test::requests_of_thread(trace, 0);
    REQUIRE(requests.size() == 1);
    CHECK(requests[0] == Request{.size = 8, .alignment = 64, .module = memo::kNone, .caller = 0});
}

TEST_CASE("a block ends with the free of its address, from any thread", "[lifetimes]") {
    Program program;
    const auto a = program.allocate(1);  // event 0
    program.release(0xdead);             // 1: never seen before
    program.release(a, 1);               // 2
    const auto b = program.allocate(1);  // 3
    REQUIRE(a == b);                     // the address is used again
    program.release(a, 1);               // 4
    program.release(a, 1);               // 5: a second free frees nothing
    program.allocate(1);                 // 6
    const auto ends = memo::test::block_ends(program.trace());
    REQUIRE(ends.size() == 7);
    CHECK(ends[0] == 2);
    CHECK(ends[3] == 4);
    CHECK(ends[6] == memo::kNeverReleased);
}

TEST_CASE("a reallocated block ends with the allocation of the new one", "[lifetimes]") {
    Program program;
    const auto a = program.allocate(1);       // event 0
    const auto b = program.reallocate(a, 2);  // 1 and 2, in place
    REQUIRE(a == b);
    program.allocate(1, 0, 1);  // 3
    program.reallocate(b, 3);   // 4 and 5
    const auto ends = memo::test::block_ends(program.trace());
    CHECK(ends[0] == 2);
    CHECK(ends[2] == 5);
    CHECK(ends[5] == memo::kNeverReleased);
}

TEST_CASE("another thread may take the address of a block that is being reallocated", "[lifetimes]") {
    Trace trace;
    trace.threads.resize(2);
    trace.events = {{.address = 16, .size = 1, .thread = 0},
                    {.address = 16, .thread = 0, .kind = EventKind::free},
                    {.address = 16, .size = 2, .thread = 1},
                    {.address = 32, .old_address = 16, .size = 3, .thread = 0},
                    {.address = 16, .thread = 1, .kind = EventKind::free}};
    const auto ends = memo::test::block_ends(trace);
    CHECK(ends[0] == 3);
    CHECK(ends[2] == 4);
    CHECK(ends[3] == memo::kNeverReleased);
}

TEST_CASE("a lost free ends its block just before the address is given out again", "[lifetimes]") {
    Trace trace;
    trace.threads.resize(1);
    trace.events = {{.address = 16, .size = 1}, {.address = 32, .size = 1}, {.address = 16, .size = 2}};
    CHECK(memo::test::block_ends(trace)[0] == 1);
}

TEST_CASE("a lifetime ends before the first allocation that follows the free", "[lifetimes]") {
    Program program;
    for (int round = 0; round < 4; ++round) {
        program.begin_round();
        const auto a = program.allocate(10, 0);
        const auto b = program.allocate(20, 1);
        program.release(a, 1);
        const auto c = program.allocate(30, 2);
        program.release(c);
        const auto d = program.allocate(40, 3);
        program.release(b, 1);
        program.release(d);
    }
    const RoundLifetimes result = program.lifetimes();
    REQUIRE(result.blocks.size() == 4);
    CHECK(result.rounds == 3);
    CHECK(result.blocks[0].lifetime == lifetime(0, 2));
    CHECK(result.blocks[1].lifetime == lifetime(1, 4));
    CHECK(result.blocks[2].lifetime == lifetime(2, 3));
    CHECK(result.blocks[3].lifetime == lifetime(3, 4));
    CHECK(result.blocks[2].size == memo::Bytes{30});
    CHECK(result.blocks[2].site == 2);
    for (const PeriodBlock& block : result.blocks) CHECK_FALSE(block.escapes);
    CHECK(program.boundary() == 0);
}

TEST_CASE("a block that was reallocated lives through the new allocation", "[lifetimes]") {
    Program program;
    for (int round = 0; round < 3; ++round) {
        program.begin_round();
        const auto a = program.allocate(10, 0);
        program.release(program.allocate(20, 1));
        const auto b = program.reallocate(a, 30, 2);
        const auto c = program.allocate(40, 3);
        program.release(b);
        program.release(c);
    }
    const RoundLifetimes result = program.lifetimes();
    CHECK(result.blocks[0].lifetime == lifetime(0, 3));
    CHECK(result.blocks[1].lifetime == lifetime(1, 2));
    CHECK(result.blocks[2].lifetime == lifetime(2, 4));
}

TEST_CASE("a lifetime is the union of what the rounds show, the first one left out", "[lifetimes]") {
    Program program;
    for (int round = 0; round < 5; ++round) {
        program.begin_round();
        const auto a = program.allocate(10, 0);
        const auto b = program.allocate(20, 1);
        if (round == 2) program.release(a);
        const auto c = program.allocate(30, 2);
        if (round != 2 && round != 0) program.release(a);
        if (round == 3) program.release(b);
        const auto d = program.allocate(40, 3);
        if (round != 3) program.release(b);
        program.release(d);
        program.release(c);
        if (round == 0) program.release(a);
    }
    const RoundLifetimes result = program.lifetimes();
    CHECK(result.blocks[0].lifetime == lifetime(0, 3));
    CHECK(result.blocks[1].lifetime == lifetime(1, 4));
    CHECK(result.blocks[2].lifetime == lifetime(2, 4));
}

TEST_CASE("blocks that are live when the next round begins escape", "[lifetimes]") {
    Program program;
    std::uint64_t kept = 0;
    const int rounds = 5;
    for (int round = 0; round < rounds; ++round) {
        program.begin_round();
        const auto result = program.allocate(10, 0);
        if (round > 0) program.release(kept);  // freed by the next round
        kept = result;
        if (round == 0)
            program.allocate(20, 1);  // kept for ever, in the first round only
        else
            program.release(program.allocate(20, 1));
        const auto last = program.allocate(30, 2);  // left to the end of the trace by the last round only
        if (round + 1 < rounds) program.release(last);
    }
    const RoundLifetimes result = program.lifetimes();
    CHECK(result.blocks[0].escapes);
    CHECK(result.blocks[0].lifetime == lifetime(0, 3));
    CHECK_FALSE(result.blocks[1].escapes);
    CHECK_FALSE(result.blocks[2].escapes);
}

TEST_CASE("a last round that is not whole says nothing", "[lifetimes]") {
    Program program;
    for (int round = 0; round < 4; ++round) {
        program.begin_round();
        const auto a = program.allocate(10, 0);
        if (round < 3) program.release(a);
        const auto b = program.allocate(20, 1);
        if (round == 3) program.release(a);
        program.release(b);
    }
    const ThreadRequests requests = program.requests();
    Period period = program.period();
    CHECK(memo::round_lifetimes(requests, period).blocks[0].lifetime == lifetime(0, 2));
    period.rounds.back().exact = false;
    const RoundLifetimes result = memo::round_lifetimes(requests, period);
    CHECK(result.blocks[0].lifetime == lifetime(0, 1));
    CHECK(result.rounds == 2);
}

TEST_CASE("the most common site and context are those of the block", "[lifetimes]") {
    Program program;
    for (const std::uint32_t site : {7U, 4U, 5U, 4U, 6U}) {
        program.begin_round();
        program.release(program.allocate(10, site));
    }
    CHECK(program.lifetimes().blocks[0].site == 4);
    CHECK(program.lifetimes().blocks[0].context == memo::kNone);
}

TEST_CASE("the quietest boundary is where the fewest blocks are live", "[lifetimes]") {
    Program program;  // true rounds: b c d a; the period as given starts in their middle
    std::uint64_t a = 0;
    std::uint64_t c = 0;
    for (int round = 0; round < 6; ++round) {
        program.begin_round();
        const auto d = program.allocate(40, 3);
        const auto last = program.allocate(10, 0);
        if (round > 0) program.release(c);
        program.release(d);
        program.release(last);
        a = program.allocate(20, 1);  // slot 2: the true first request
        c = program.allocate(30, 2);
        program.release(a);
    }
    CHECK(program.boundary() == 2);
}

TEST_CASE("among boundaries with as many live blocks the one with the fewest bytes is the quietest",
          "[lifetimes]") {
    Program program;
    std::uint64_t small = 0;
    for (int round = 0; round < 6; ++round) {
        program.begin_round();
        const auto large = program.allocate(1000, 0);
        if (round > 0) program.release(small);
        small = program.allocate(1, 1);
        program.release(large);
        program.release(small);
        small = program.allocate(2, 2);
    }
    // Live before slot 0: the block of 2 bytes; before slot 1: 1000; before slot 2: nothing.
    CHECK(program.boundary() == 2);
}
