// memo diff and memo check: what changed between two runs, and whether limits hold.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

constexpr std::uint64_t kRoundBlocks = 24;  // of tests/cli/programs/rounds.c

class TwoRuns : public Folder {
  public:
    TwoRuns() {
        REQUIRE(memo("trace -q -o short.memo -- " + program("rounds") + " 20").code == 0);
        REQUIRE(memo("trace -q -o long.memo -- " + program("rounds") + " 30").code == 0);
    }
};

}  // namespace

TEST_CASE("diff says what ten more rounds ask for, and names their stack") {
    const TwoRuns folder;
    const auto json = folder.memo("diff --json short.memo long.memo --by site").json();
    const std::uint64_t more = json["after"]["allocations"].get<std::uint64_t>() -
                               json["before"]["allocations"].get<std::uint64_t>();
    CHECK(more == 10 * kRoundBlocks);
    REQUIRE(json["changed"] == 1);
    const auto& row = json["rows"][0];
    CHECK(row["name"].get<std::string>().starts_with("one_round < main"));
    CHECK(row["after"]["allocations"].get<std::uint64_t>() ==
          row["before"]["allocations"].get<std::uint64_t>() + more);
    CHECK(row["after"]["peak_bytes"] == row["before"]["peak_bytes"]);
    const auto top = folder.memo("top --json long.memo").json();
    CHECK(json["after"]["bytes"] == top["bytes"]);
    CHECK(json["after"]["peak_bytes"] == top["peak_bytes"]);
    CHECK(folder.memo("diff -q short.memo long.memo").out.find("+240") != std::string::npos);
}

TEST_CASE("two runs of the same differ in nothing") {
    const TwoRuns folder;
    REQUIRE(folder.memo("trace -q -o again.memo -- " + program("rounds") + " 20").code == 0);
    for (const char* by : {"tag", "site", "module", "thread"}) {
        const auto json = folder.memo(std::string("diff --json short.memo again.memo --by ") + by).json();
        CHECK(json["changed"] == 0);
    }
}

TEST_CASE("check ends with 3 and names the limit that is broken") {
    const TwoRuns folder;
    const auto info = folder.memo("info --json short.memo").json();
    const auto peak = info["peak_live_bytes"].get<std::uint64_t>();
    const std::string exact = std::to_string(peak);
    CHECK(folder.memo("check short.memo --max-peak " + exact).code == 0);
    const Answer broken = folder.memo("check short.memo --max-peak " + std::to_string(peak - 1));
    CHECK(broken.code == 3);
    CHECK(broken.out.find("BROKEN") != std::string::npos);
    CHECK(broken.err.find("short.memo: peak is ") != std::string::npos);

    const Answer both =
        folder.memo("check --json short.memo --max-peak 1GiB --max-gap 0% --max-allocations 10");
    CHECK(both.code == 3);
    const auto json = both.json();
    CHECK(json["passed"] == false);
    REQUIRE(json["checks"].size() == 3);
    CHECK(json["checks"][0]["passed"] == true);
    CHECK(json["checks"][1]["name"] == "allocations");
    CHECK(json["checks"][1]["passed"] == false);
    CHECK(json["checks"][1]["measured"] == info["allocations"]);
    CHECK(json["checks"][2]["name"] == "gap");
    CHECK(json["checks"][2]["passed"] == true);
    CHECK(folder.memo("check short.memo --max-round-allocations 24").code == 0);
    CHECK(folder.memo("check short.memo --max-round-allocations 23").code == 3);
}

TEST_CASE("a plan's arena is its peak") {
    const TwoRuns folder;
    REQUIRE(folder.memo("plan -q short.memo").code == 0);
    const auto height = folder.memo("info --json short.plan").json()["height"].get<std::uint64_t>();
    CHECK(folder.memo("check short.plan --max-gap 2% --max-peak " + std::to_string(height)).code == 0);
    CHECK(folder.memo("check short.plan --max-peak " + std::to_string(height - 1)).code == 3);
}

TEST_CASE("limits that make no sense are one line") {
    const TwoRuns folder;
    REQUIRE(folder.memo("plan -q short.memo").code == 0);
    CHECK(folder.refusal("check short.memo").find("no limit is given") != std::string::npos);
    for (const char* gap : {"much", "-1", "nan", "%", "2%%x"}) {
        INFO(gap);
        CHECK(folder.refusal(std::string("check short.memo --max-gap=") + gap).find("--max-gap") !=
              std::string::npos);
    }
    CHECK(folder.refusal("check short.plan --max-allocations 5").find("is a plan") != std::string::npos);
    REQUIRE(folder.memo("trace -q -o true.memo -- /bin/true").code == 0);
    CHECK(folder.refusal("check true.memo --max-gap 2%").find("no thread repeats") != std::string::npos);
}
