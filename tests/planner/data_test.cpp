// The public benchmark problems, where the data is at hand: MEMO_DATA_DIR names the folder that holds
// `problems`.
#include "planner/problem_csv.h"
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

Outcome verified(const Problem& problem, std::string_view strategy) {
    auto outcome = solve(problem, strategy);
    REQUIRE(outcome.ok());
    const auto conflict = find_conflict(problem, outcome->packing);
    INFO(strategy << ": " << (conflict ? conflict->message : ""));
    REQUIRE_FALSE(conflict);
    return *std::move(outcome);
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
    const Outcome best = verified(problem, "best");
    CHECK(best.height == Bytes{3072});
    CHECK(best.proven_optimal);
}

TEST_CASE("every strategy's plan of every benchmark problem is verified") {
    const auto folder = problems();
    if (folder.empty()) return;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".csv") continue;
        ++files;
        INFO(entry.path().filename().string());
        const ProblemTable table = table_of(entry.path());
        Bytes lowest{UINT64_MAX};
        for (const Strategy& strategy : strategies()) {
            const Outcome outcome = verified(table.problem, strategy.name);
            CHECK(outcome.height >= outcome.max_load);
            lowest = std::min(lowest, outcome.height);
        }
        constexpr std::size_t kLarge = 5000;  // blocks; the portfolio is the same work once more
        if (table.problem.blocks.size() < kLarge) {
            CHECK(verified(table.problem, kBestStrategy).height == lowest);
        }
        const auto again = parse_problem_csv(format_problem_csv(table));
        REQUIRE(again.ok());
        CHECK(*again == table);
    }
    CHECK(files > 0);
}

}  // namespace
}  // namespace memo::planner
