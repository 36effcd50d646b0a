// Recording only some of the time, or some of the allocations; and what is no allocation at all.
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <csignal>
#include <string>

using namespace memo;
using memo::test::requests_of;
using memo::test::TracedRun;

TEST_CASE("sampling records about as many allocations as their bytes say, and their frees") {
    const TracedRun run({"keep_many"}, {{"MEMO_TRACE_SAMPLE", "78000"}});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(trace.sample_bytes == 78'000);
    // One in 10.5 of 100,000; the bounds are ten standard deviations away.
    const double expected = 100'000 * (1 - std::exp(-0.1));
    const auto recorded = static_cast<double>(requests_of(trace, 7800).size());
    CHECK(std::abs(recorded - expected) < 10 * std::sqrt(expected));

    const TracedRun pairs({"many"}, {{"MEMO_TRACE_SAMPLE", "72000"}});
    const Trace paired = pairs.trace();
    const std::size_t made = requests_of(paired, 7200).size();
    CHECK(made > 5'000);
    std::size_t freed = 0;
    for (const Event& event : paired.events) {
        if (event.kind == EventKind::free) ++freed;
    }
    CHECK(freed >= made);
    CHECK(freed < made + 100);  // the start-up's own samples
}

TEST_CASE("a tracer that is switched off writes no file until the signal comes") {
    const std::string signal = std::to_string(SIGUSR2);
    const TracedRun idle({"many"}, {{"MEMO_TRACE_PAUSED", "1"}, {"MEMO_TRACE_SIGNAL", signal}});
    CHECK(idle.exit_code() == 0);
    CHECK(idle.traces().empty());

    const TracedRun woken({"switches"}, {{"MEMO_TRACE_PAUSED", "1"}, {"MEMO_TRACE_SIGNAL", signal}});
    REQUIRE(woken.exit_code() == 0);
    const Trace trace = woken.trace();
    CHECK(requests_of(trace, 7810).empty());
    CHECK(requests_of(trace, 7811).size() == 1);
    CHECK(requests_of(trace, 7812).empty());
    CHECK(trace.complete);
}

TEST_CASE("the signal switches recording off and on again") {
    const TracedRun run({"switches"}, {{"MEMO_TRACE_SIGNAL", std::to_string(SIGUSR2)}});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(requests_of(trace, 7810).size() == 1);
    CHECK(requests_of(trace, 7811).empty());
    CHECK(requests_of(trace, 7812).size() == 1);
    CHECK(trace.complete);
    CHECK(trace.damaged_chunks == 0);
}

TEST_CASE("mappings are recorded apart from blocks") {
    const TracedRun run({"maps"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    std::vector<Event> found;
    for (const Event& event : trace.mappings) {
        if (event.size == std::uint64_t{79} * 4096) found.push_back(event);
    }
    REQUIRE(found.size() == 2);
    CHECK(found[0].entry == EntryPoint::mmap);
    CHECK(found[1].entry == EntryPoint::munmap);
    CHECK(found[1].kind == EventKind::free);
    CHECK(found[0].address == found[1].address);
    CHECK(found[0].site != kNone);
    CHECK(requests_of(trace, std::uint64_t{79} * 4096).empty());
}
