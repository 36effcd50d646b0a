// How many instructions the allocator executes for an operation: exact counts, kept in a file of golden ones,
// so that nobody makes the paths longer without noticing. What must never be on the planned path is checked
// with every compiler; the counts are of the one that the file names.
#include "child.h"
#include "steps.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <string>
#include <vector>

using memo::test::Operation;
using memo::test::plan_for;
using memo::test::Scratch;
using memo::test::step;

namespace {

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

// Operations of these kinds by turns, of each as many as there are rounds.
void check(const std::vector<Operation>& operations, const std::vector<std::string>& kinds) {
    REQUIRE(operations.size() == kRounds * kinds.size());
    const auto golden = golden_counts();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        const std::string& name = kinds[kind];
        const Operation first = operations[kind];
        CAPTURE(name);
        for (std::size_t k = kind; k < operations.size(); k += kinds.size()) {
            const Operation& operation = operations[k];
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

}  // namespace

TEST_CASE("the allocator's paths are as long as they were", "[interpose]") {
    const std::vector<std::string> planned = {MEMO_PROBES "/probe_steps", "operations"};
    const std::vector<std::string> small = {MEMO_PROBES "/probe_steps", "small"};
    const Scratch scratch;
    const auto of_plan = step(planned,
                              {"LD_PRELOAD=" MEMO_MALLOC, "MEMO_PLAN=" + plan_for(planned, scratch),
                               "PROBE_ROUNDS=" + std::to_string(kRounds)},
                              MEMO_MALLOC);
    const auto of_cache = step(small, {"LD_PRELOAD=" MEMO_MALLOC}, MEMO_MALLOC);
    if (!of_plan || !of_cache) {
        WARN("skipped: this process may not trace another");
        return;
    }
    check(*of_plan, {"malloc planned", "free planned", "malloc passed", "free passed"});
    check(*of_cache, {"malloc small", "free small"});
}
