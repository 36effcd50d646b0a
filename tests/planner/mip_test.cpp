// The mixed-integer program against brute force, where the solver is installed; and what becomes of a solver
// that is missing, slow, or talks nonsense, for which stand-ins suffice.
#include "planner/mip.h"

#include "planner/greedy.h"
#include "tests/planner/every_order.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace memo::planner {
namespace {

namespace fs = std::filesystem;

// An environment variable with another value for a while.
class Setting {
  public:
    Setting(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;
    ~Setting() {
        if (before_) {
            setenv(name_, before_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }

  private:
    const char* name_;
    std::optional<std::string> before_;
};

// A folder for the files of a test; what `mip` left in it is counted.
class Scratch {
  public:
    Scratch() {
        std::string name = (fs::temp_directory_path() / "memo-mip-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { fs::remove_all(path_); }

    [[nodiscard]] const fs::path& path() const { return path_; }
    [[nodiscard]] bool empty() const { return fs::is_empty(path_); }

    // A shell script by the name of the solver.
    void write_solver(const std::string& script) const {
        std::ofstream(path_ / "cbc") << "#!/bin/sh\n" << script << "\n";
        fs::permissions(path_ / "cbc", fs::perms::owner_all);
    }

  private:
    fs::path path_;
};

std::string path_with(const Scratch& scratch) {
    const char* before = std::getenv("PATH");
    return scratch.path().string() + ":" + (before == nullptr ? "/usr/bin:/bin" : before);
}

Problem crowded(std::uint64_t seed = 51) {
    std::mt19937_64 random(seed);
    return testing::random_problem(random, {20, 12, 50});
}

Packing greedy(const Problem& problem) {
    return place_in_order(problem, placement_order(problem, Order::size), GapRule::first);
}

constexpr const char* kMissing = "mip needs the COIN-OR solver cbc; install coinor-cbc";

TEST_CASE("the program's optimum is that of brute force") {
    enum class Kind { plain, one_alignment, mixed, large };
    const Kind kind = GENERATE(Kind::plain, Kind::one_alignment, Kind::mixed, Kind::large);
    std::mt19937_64 random(52);
    int better_than_greedy = 0;
    for (int round = 0; better_than_greedy < 8; ++round) {
        REQUIRE(round < 1000);
        Problem problem = testing::random_problem(
            random, {testing::draw(random, 1, 6), testing::draw(random, 2, 12), 9, kind == Kind::mixed});
        for (Block& block : problem.blocks) {
            if (kind == Kind::one_alignment) block.alignment = {4};
            if (kind == Kind::large) block.size.value = block.size.value * 123'456'789 + 7;
        }
        // Few problems of this size are hard for greedy by size; most of the others tell nothing.
        const Bytes lowest = testing::lowest_of_every_order(problem);
        const bool hard = greedy(problem).height > lowest;
        if (!hard && round >= 5) continue;
        const auto packing = mip(problem, {});
        if (!packing && packing.error() == kMissing) {
            WARN("skipped: cbc is not installed");
            return;
        }
        INFO("round " << round);
        REQUIRE(packing.ok());
        REQUIRE(testing::valid_by_definition(problem, *packing));
        REQUIRE(packing->height == lowest);
        better_than_greedy += hard ? 1 : 0;
    }
}

TEST_CASE("the program of a problem without pairs, or without blocks, is no exception") {
    CHECK(mip({}, {})->height == Bytes{0});
    Problem problem;
    problem.blocks = {{{5}, {1}, {{0}, {1}}}, {{3}, {2}, {{1}, {2}}}};
    const auto packing = mip(problem, {});
    if (packing) {
        CHECK(packing->height == Bytes{5});
    } else {
        CHECK(packing.error() == kMissing);
    }
}

TEST_CASE("without the solver the error names its package, and nothing is left behind") {
    const Scratch scratch;
    const Setting tmp("TMPDIR", scratch.path().string());
    const Setting path("PATH", scratch.path().string());
    const auto packing = mip(crowded(), {});
    REQUIRE_FALSE(packing.ok());
    CHECK(packing.error() == kMissing);
    CHECK(scratch.empty());
}

TEST_CASE("a folder that cannot be made is an error") {
    const Scratch scratch;
    const Setting tmp("TMPDIR", (scratch.path() / "absent").string());
    const auto packing = mip(crowded(), {});
    REQUIRE_FALSE(packing.ok());
    CHECK(packing.error().starts_with("mip cannot make the folder "));
    CHECK(packing.error().ends_with(": No such file or directory"));
}

TEST_CASE("too many pairs are refused in one line") {
    Problem problem;
    problem.blocks.assign(202, {{1}, {1}, {{0}, {1}}});
    const auto packing = mip(problem, {});
    REQUIRE_FALSE(packing.ok());
    CHECK(packing.error() ==
          "mip takes at most 20000 pairs of blocks that live at the same time, and this problem has more");
}

TEST_CASE("a solver that talks nonsense cannot make a bad plan") {
    const std::string nonsense = GENERATE(
        // The last argument but one is where the answer goes.
        "exit 1", "while [ $# -gt 2 ]; do shift; done; echo 'Infeasible - objective value x' >$1",
        "while [ $# -gt 2 ]; do shift; done; printf '0 x0 nan 0\\n1 x1 -7 0\\n** 2 x2 1e300 0\\n' >$1",
        "while [ $# -gt 2 ]; do shift; done; printf '0 x99999999999999999999 1 0\\n1 x999 1 0\\nx x\\n\\n' "
        ">$1",
        "while [ $# -gt 2 ]; do shift; done; head -c 100000 /dev/zero >$1");
    const Scratch bin;
    bin.write_solver(nonsense);
    const Scratch scratch;
    const Setting tmp("TMPDIR", scratch.path().string());
    const Setting path("PATH", path_with(bin));
    for (std::uint64_t seed = 51; seed < 56; ++seed) {
        const Problem problem = crowded(seed);
        const auto packing = mip(problem, {});
        INFO(nonsense);
        REQUIRE(packing.ok());
        CHECK(testing::valid_by_definition(problem, *packing));
        CHECK(packing->height <= greedy(problem).height);
        CHECK(scratch.empty());
    }
}

TEST_CASE("a solver's order is followed") {
    // Greedy by size ends at 20, and so does the order of the blocks; the reverse of it ends at the load, 16.
    Problem problem;
    problem.blocks = {{{9}, {1}, {{0}, {1}}},
                      {{6}, {1}, {{0}, {3}}},
                      {{5}, {1}, {{3}, {5}}},
                      {{5}, {1}, {{1}, {3}}},
                      {{5}, {1}, {{1}, {6}}}};
    REQUIRE(greedy(problem).height == Bytes{20});
    const Scratch bin;
    bin.write_solver(
        "while [ $# -gt 2 ]; do shift; done\n"
        "printf 'Stopped on time\\n0 H 9 0\\n1 x0 4.5 0\\n2 x1 4 0\\n3 x2 3 0\\n4 x3 1e-1 0\\n' >$1");
    const Setting path("PATH", path_with(bin));
    const auto packing = mip(problem, {});
    REQUIRE(packing.ok());
    CHECK(packing->height == Bytes{16});
}

TEST_CASE("a solver that does not end is ended with the budget, and greedy by size remains") {
    const bool by_stop = GENERATE(false, true);
    const Scratch bin;
    bin.write_solver("exec sleep 1000");
    const Scratch scratch;
    const Setting tmp("TMPDIR", scratch.path().string());
    const Setting path("PATH", path_with(bin));
    const std::atomic<bool> stop = true;
    Budget budget;
    if (by_stop) {
        budget.stop = &stop;
    } else {
        budget.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    }
    const Problem problem = crowded();
    const auto packing = mip(problem, budget);
    REQUIRE(packing.ok());
    CHECK(packing->height <= greedy(problem).height);
    CHECK(testing::valid_by_definition(problem, *packing));
    CHECK(scratch.empty());
}

}  // namespace
}  // namespace memo::planner
