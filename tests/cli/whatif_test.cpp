// memo whatif: what it says of the peak, of changes and of curves, and what it refuses.
#include "cli/tagged_problem.h"
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

using memo::cli::tag_of_id;
using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

// The peak, 230, is at [2, 4): conv/a, conv/b and relu; then 190 at [6, 8).
constexpr const char* kProblem =
    "id,lower,upper,size\nconv/a,0,4,100\nconv/b,2,8,50\nrelu,1,5,80\nadd #1,6,9,100\nadd #2,6,8,40\n";

}  // namespace

TEST_CASE("the tag of an id is what comes before its last separator") {
    CHECK(tag_of_id("conv1/weight") == "conv1");
    CHECK(tag_of_id("aten::conv2d #3") == "aten::conv2d");
    CHECK(tag_of_id("layer1.conv_2") == "layer1.conv");
    CHECK(tag_of_id("a--b") == "a");
    CHECK(tag_of_id("17") == "17");
    CHECK(tag_of_id("_x") == "_x");
    CHECK(tag_of_id("__x") == "__x");
    CHECK(tag_of_id("").empty());
}

TEST_CASE("without a change, whatif tells what forms the peak and what freeing it would save") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const auto peak = folder.memo("whatif p.csv --json").json()["peak"];
    CHECK(peak["max_load"] == 230);
    CHECK(peak["stretches"] == nlohmann::json::parse(R"([{"lower":2,"upper":4}])"));
    REQUIRE(peak["blocks"].size() == 3);
    CHECK(peak["blocks"][0]["id"] == "conv/b");
    CHECK(peak["blocks"][0]["saved"] == nlohmann::json::parse(R"({"freed_early":50,"dropped":50})"));
    CHECK(peak["blocks"][1]["id"] == "conv/a");
    CHECK(peak["blocks"][1]["saved"] == nlohmann::json::parse(R"({"freed_early":40,"dropped":40})"));
    REQUIRE(peak["tags"].size() == 2);
    CHECK(peak["tags"][0]["tag"] == "conv");
    CHECK(peak["tags"][0]["bytes"] == 150);
    CHECK(peak["tags"][0]["saved"] == nlohmann::json::parse(R"({"freed_early":50,"dropped":90})"));

    const Answer text = folder.memo("whatif p.csv");
    CHECK(text.code == 0);
    CHECK(text.out.starts_with("peak       230 B (230 bytes) in 3 blocks\nwhen       [2, 4)\n"));
    CHECK(text.err == "next: memo whatif p.csv --capacity-sweep\n");
}

TEST_CASE("changes are compared before and after") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const auto twice = folder.memo("whatif --scale batch=2 p.csv --json").json();
    CHECK(twice["before"]["max_load"] == 230);
    CHECK(twice["after"]["max_load"] == 460);
    CHECK(twice["after"]["height"] == 460);
    CHECK_FALSE(twice.contains("peak"));
    const auto half = folder.memo("whatif p.csv --scale conv=0.5 --scale 're*=1/4' --json").json();
    CHECK(half["after"]["bytes"] == 75 + 20 + 140);
    const auto less = folder.memo("whatif p.csv --drop-tag 'con*' --json").json();
    CHECK(less["after"]["blocks"] == 3);
    CHECK(less["after"]["max_load"] == 140);
    CHECK(folder.memo("whatif p.csv --split 50 --json").json()["after"]["blocks"] == 8);
    CHECK(folder.memo("whatif p.csv --align 64 --json").json()["after"]["height"].get<int>() > 230);
    const auto nothing = folder.memo("whatif p.csv --drop-tag '*' --blame --json").json();
    CHECK(nothing["after"]["height"] == 0);
    CHECK(nothing["peak"]["blocks"].empty());

    const Answer text = folder.memo("whatif p.csv --scale batch=2");
    CHECK(text.out.find("max load      230 B (230)  460 B (460)  +100.0 %\n") != std::string::npos);
    CHECK(text.err == "next: memo plan p.csv\n");
}

TEST_CASE("a capacity sweep starts at the max load, and what fits once fits in more") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const auto points = folder.memo("whatif p.csv --capacity-sweep --json").json()["capacities"];
    REQUIRE(points.size() >= 8);
    CHECK(points.front()["capacity"] == 230);
    CHECK(points.back()["capacity"] == 345);
    bool fits = false;
    for (const auto& point : points) {
        const bool here = point["verdict"] == "fits";
        CHECK(here == (point["height"] <= point["capacity"]));
        CHECK((here || !fits));
        fits = here;
    }
    CHECK(fits);
    CHECK(folder.memo("whatif p.csv --capacity-sweep").out.find("#") != std::string::npos);
}

TEST_CASE("a scale sweep grows the max load in proportion") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const auto points = folder.memo("whatif p.csv --scale-sweep --json").json()["scales"];
    REQUIRE(points.size() == 4);
    for (const auto& point : points) CHECK(point["max_load"] == 230 * point["factor"].get<int>());
}

TEST_CASE("a trace and its plan have the same peak") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    const auto from_trace = folder.memo("whatif rounds.memo --json").json();
    CHECK(from_trace["peak"]["max_load"].get<std::uint64_t>() > 0);
    CHECK(folder.memo("whatif rounds.plan --json").json() == from_trace);
    CHECK(folder.memo("whatif rounds.memo --json --min-size 27K").json()["peak"]["max_load"] <
          from_trace["peak"]["max_load"]);
}

TEST_CASE("whatif refuses in one line what it cannot do") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    struct Case {
        const char* words;
        const char* says;
    };
    const Case cases[] = {
        {"whatif missing.csv", "missing.csv: No such file or directory"},
        {"whatif p.csv --scale batch", "whatif: --scale takes NAME=FACTOR, like batch=2, and not 'batch'"},
        {"whatif p.csv --scale =2", "whatif: --scale takes NAME=FACTOR, like batch=2, and not '=2'"},
        {"whatif p.csv --scale batch=-2", "whatif: --scale: '-2' is not a factor like 2, 0.5 or 3/2"},
        {"whatif p.csv --scale conw=2",
         "whatif: no block has a tag that matches 'conw'; did you mean 'conv'?"},
        {"whatif p.csv --drop-tag rely",
         "whatif: no block has a tag that matches 'rely'; did you mean 'relu'?"},
        {"whatif p.csv --scale batch=999999999.9 --scale batch=999999999 --scale batch=999999999",
         "block 0 \"conv/a\": scaled, it has more than 2^63 - 1 bytes"},
    };
    for (const Case& one : cases) {
        INFO(one.words);
        CHECK(folder.refusal(one.words) == one.says);
    }
}
