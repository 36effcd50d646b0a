// How many instructions the allocator executes for an operation: exact counts, kept in a file of golden ones,
// so that nobody makes the paths longer without noticing. What must never be on the planned path is checked
// with every compiler; the counts are of the one that the file names.
#include "child.h"
#include "steps.h"

#include <catch2/catch.hpp>

#include <array>
#include <fstream>
#include <map>
#include <sstream>

using memo::test::Operation;
using memo::test::plan_for;
using memo::test::Scratch;
using memo::test::step;

namespace {

constexpr std::array<const char*, 4> kOperations = {"malloc planned", "free planned", "malloc passed",
                                                    "free passed"};
constexpr std::size_t kRounds = 20;

// Lines "malloc planned 45"; '#' begins a comment.
[[nodiscard]] std::map<std::string, long> golden_counts() {
    std::map<std::string, long> counts;
    std::ifstream file(MEMO_GOLDEN_INSTRUCTIONS);
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const std::size_t space = line.rfind(' ');
        counts[line.substr(0, space)] = std::stol(line.substr(space));
    }
    return counts;
}

[[nodiscard]] constexpr bool counts_are_comparable() {
#ifdef MEMO_COUNTS_ARE_COMPARABLE
    return true;
#else
    return false;
#endif
}

}  // namespace

TEST_CASE("the allocator's paths are as long as they were", "[interpose]") {
    const std::vector<std::string> command = {MEMO_PROBES "/probe_steps", "operations"};
    const Scratch scratch;
    const auto stepped = step(command,
                              {"LD_PRELOAD=" MEMO_MALLOC, "MEMO_PLAN=" + plan_for(command, scratch),
                               "PROBE_ROUNDS=" + std::to_string(kRounds)},
                              MEMO_MALLOC);
    if (!stepped) {
        WARN("skipped: this process may not trace another");
        return;
    }
    REQUIRE(stepped->size() == kRounds * kOperations.size());
    const auto golden = golden_counts();
    for (std::size_t kind = 0; kind < kOperations.size(); ++kind) {
        const std::string name = kOperations[kind];
        const Operation first = (*stepped)[kind];
        CAPTURE(name);
        for (std::size_t k = kind; k < stepped->size(); k += kOperations.size()) {
            const Operation& operation = (*stepped)[k];
            CHECK(operation.instructions == first.instructions);
            CHECK(operation.calls == 0);
            CHECK(operation.locks == 0);
            CHECK(operation.divisions == 0);
        }
        CHECK(first.instructions > 0);
        if (!counts_are_comparable()) continue;
        const auto known = golden.find(name);
        REQUIRE(known != golden.end());
        if (known->second != first.instructions) {
            FAIL_CHECK(name << " " << first.instructions << ": the new count; it was " << known->second
                            << ". If that is meant, write it to " MEMO_GOLDEN_INSTRUCTIONS);
        }
    }
}
