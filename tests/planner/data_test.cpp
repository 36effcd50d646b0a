// The public benchmark problems, where the data is at hand: MEMO_DATA_DIR names the folder that holds
// `problems`.
#include "planner/problem_csv.h"
#include "planner/solve.h"
#include "planner/strategy.h"
#include "planner/verifier.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace memo::planner {
namespace {

// The folder of problems, or empty with a word about it.
std::filesystem::path problems() {
    const char* data = std::getenv("MEMO_DATA_DIR");
    auto folder = data == nullptr ? std::filesystem::path{} : std::filesystem::path(data) / "problems";
    if (!folder.empty() && std::filesystem::is_directory(folder)) return folder;
    WARN("skipped: MEMO_DATA_DIR does not name a folder with problems");
    return {};
}

ProblemTable table_of(const std::filesystem::path& path) {
    auto table = read_problem_csv(path.string());
    INFO((table ? "" : table.error()));
    REQUIRE(table.ok());
    return *std::move(table);
}

Outcome verified(const Problem& problem, const SolveOptions& options) {
    auto outcome = solve(problem, options);
    INFO((outcome ? "" : outcome.error()));
    REQUIRE(outcome.ok());
    const auto conflict = find_conflict(problem, outcome->packing);
    INFO(options.strategy << ": " << (conflict ? conflict->message : ""));
    REQUIRE_FALSE(conflict);
    return *std::move(outcome);
}

Outcome verified(const Problem& problem, std::string_view strategy) {
    SolveOptions options;
    options.strategy = strategy;
    return verified(problem, options);
}

// Facts from the unit test of PyTorch's memory planner: offsets of three strategies for an LSTM cell's ten
// values.
TEST_CASE("the LSTM cell gets the published heights") {
    const auto folder = problems();
    if (folder.empty()) return;
    const Problem problem = table_of(folder / "lstm_golden.csv").problem;
    REQUIRE(problem.blocks.size() == 10);
    CHECK(max_load(problem) == Bytes{3072});
    CHECK(verified(problem, "bump").height == Bytes{4864});
    CHECK(verified(problem, "greedy-by-size-best").height == Bytes{3072});
    CHECK(verified(problem, "greedy-by-lifetime-best").height == Bytes{3328});
    const Outcome best = verified(problem, kPortfolio);
    CHECK(best.height == Bytes{3072});
    CHECK(best.proven_optimal);
}

TEST_CASE("every quick strategy's plan of every benchmark problem is verified") {
    const auto folder = problems();
    if (folder.empty()) return;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".csv") continue;
        ++files;
        INFO(entry.path().filename().string());
        const ProblemTable table = table_of(entry.path());
        for (const Strategy& strategy : strategies()) {
            if (strategy.name == "mip" || strategy.name == "mincost-flow" || strategy.name == "hill-climb") {
                continue;  // tests of their own; they refuse large problems or take their time
            }
            const Outcome outcome = verified(table.problem, strategy.name);
            CHECK(outcome.height >= outcome.max_load);
        }
        const auto again = parse_problem_csv(format_problem_csv(table));
        REQUIRE(again.ok());
        CHECK(*again == table);
    }
    CHECK(files > 0);
}

// Heights, not times: the limits are far above what it takes (results/planner.md).
TEST_CASE("the public problems are planned at their max load") {
    const auto folder = problems();
    if (folder.empty()) return;
    for (const char* name : {"A.1048576", "B.1048576", "C.1048576", "E.1048576", "F.1048576", "G.1048576",
                             "H.1048576", "I.1048576", "K.1048576", "G_1", "S_1", "somas_resnet50"}) {
        INFO(name);
        const Problem problem = table_of(folder / (std::string(name) + ".csv")).problem;
        const Outcome outcome = verified(problem, {.time_limit = 120});
        CHECK(outcome.height == outcome.max_load);
    }
}

TEST_CASE("the public problems fit in their capacity") {
    const auto folder = problems();
    if (folder.empty()) return;
    for (const char* name : {"D.1048576", "J.1048576"}) {
        INFO(name);
        const Problem problem = table_of(folder / (std::string(name) + ".csv")).problem;
        SolveOptions options;
        options.capacity = Bytes{1048576};
        options.time_limit = 120;
        CHECK(verified(problem, options).verdict == Verdict::fits);
    }
}

}  // namespace
}  // namespace memo::planner
