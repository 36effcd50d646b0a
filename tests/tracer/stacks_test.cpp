// The tracer's call stacks against those that the C library's unwinder found at the same places.
#include "traced.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace memo;
using namespace memo::test;

namespace {

[[nodiscard]] std::vector<std::uint64_t> addresses_of(const Trace& trace, std::uint32_t site) {
    std::vector<std::uint64_t> addresses;
    for (const Frame frame : trace.sites.frames(site)) {
        const std::uint64_t base = frame.module == kNone ? 0 : trace.modules.at(frame.module).base;
        addresses.push_back(base + frame.offset);
    }
    return addresses;
}

}  // namespace

TEST_CASE("call stacks are those that another unwinder finds") {
    const TracedRun run({MEMO_TEST_STACKS_SUBJECT});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    std::ifstream file(run.directory() / "stacks");
    std::size_t compared = 0;
    for (std::string line; std::getline(file, line); ++compared) {
        std::istringstream words(line);
        std::uint64_t size = 0;
        words >> size;
        std::vector<std::uint64_t> expected;
        for (std::string address; words >> address;) expected.push_back(std::stoull(address, nullptr, 16));
        const auto requests = requests_of(trace, size);
        REQUIRE(requests.size() == 1);
        std::vector<std::uint64_t> found = addresses_of(trace, requests[0].site);
        REQUIRE(found.size() >= 3);
        REQUIRE(expected.size() >= 3);
        // Both begin in the function that asks, at calls of its own.
        found.front() = expected.front();
        CAPTURE(size);
        CHECK(found == expected);
    }
    CHECK(compared > 150);
}
