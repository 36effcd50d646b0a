// Problems in JSON: what is written is read back, and errors name the block and the field.
#include "cli/problem_json.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::cli {
namespace {

using planner::ProblemTable;

ProblemTable parsed(const std::string& text) {
    auto table = parse_problem_json(text);
    INFO(text);
    INFO((table ? "" : table.error()));
    REQUIRE(table.ok());
    REQUIRE_FALSE(planner::validate(table->problem));
    return *std::move(table);
}

std::string complaint(const std::string& text) {
    const auto table = parse_problem_json(text);
    return table ? "" : table.error();
}

TEST_CASE("a block has all that a row of CSV has") {
    const ProblemTable json = parsed(
        R"({"height": 7, "blocks": [
            {"id": "a", "lower": -2, "upper": 9, "size": 8, "alignment": 4, "offset": 16, "hint": 5,
             "gaps": [{"lower": 5, "upper": 6}, {"lower": 0, "upper": 3, "begin": 2, "end": 6}],
             "alias": "x", "arena": "sram", "more": []},
            {"id": 7, "lower": 3, "upper": 5, "size": 1, "offset": null, "alias": null}]})");
    const auto csv = planner::parse_problem_csv(
        "id,lower,upper,size,alignment,hint,gaps,offset,alias,arena\n"
        "a,-2,9,8,4,5,0-3@2:6 5-6,16,x,sram\n7,3,5,1,,,,,,\n");
    REQUIRE(csv.ok());
    CHECK(json == *csv);
    CHECK(parsed(R"({"blocks": [{"lower": 0, "upper": 1, "size": 3}]})") ==
          *planner::parse_problem_csv("lower,upper,size\n0,1,3\n"));
}

TEST_CASE("errors name the block and the field") {
    const auto block = [](const std::string& fields) {
        return complaint(R"({"blocks": [{"id": "ok", "lower": 0, "upper": 9, "size": 8}, {"id": "b")" +
                         fields + "}]}");
    };
    const std::string good = R"(, "lower": 0, "upper": 9, "size": 8)";
    CHECK(block(good).empty());
    CHECK(block(R"(, "upper": 9, "size": 8)") == "block 1 \"b\": no 'lower'");
    CHECK(block(R"(, "lower": 0, "size": 8)") == "block 1 \"b\": no 'upper'");
    CHECK(block(R"(, "lower": 0, "upper": 9)") == "block 1 \"b\": no 'size'");
    CHECK(block(R"(, "lower": 9, "upper": 9, "size": 8)") ==
          "block 1 \"b\": 'lower' 9 is not below 'upper' 9");
    CHECK(block(R"(, "lower": 0.5, "upper": 9, "size": 8)") ==
          "block 1 \"b\": 'lower' is not a whole number");
    CHECK(block(R"(, "lower": 0, "upper": 4611686018427387905, "size": 8)") ==
          "block 1 \"b\": 'upper' is not within +-2^62");
    CHECK(block(R"(, "lower": 0, "upper": 9, "size": -8)") == "block 1 \"b\": 'size' is negative");
    CHECK(block(R"(, "lower": 0, "upper": 9, "size": 0)") == "block 1 \"b\": its size is 0");
    CHECK(block(R"(, "lower": 0, "upper": 9, "size": 18446744073709551615)") ==
          "block 1 \"b\": 'size' is too large");
    CHECK(block(good + R"(, "alignment": 0)") == "block 1 \"b\": its alignment is 0");
    CHECK(block(good + R"(, "offset": "8")") == "block 1 \"b\": 'offset' is not a whole number");
    CHECK(block(good + R"(, "alias": 8)") == "block 1 \"b\": 'alias' is not a string");
    CHECK(block(good + R"(, "gaps": 8)") == "block 1 \"b\": 'gaps' is not an array");
    CHECK(block(good + R"(, "gaps": [8])") == "block 1 \"b\": gap 0: is not an object");
    CHECK(block(good + R"(, "gaps": [{"lower": 1, "upper": 2}, {"lower": 3}])") ==
          "block 1 \"b\": gap 1: no 'upper'");
    CHECK(block(good + R"(, "gaps": [{"lower": 1, "upper": 10}])") ==
          "block 1 \"b\": its gap [1, 10) is not within its lifetime [0, 9)");

    CHECK(complaint("[]") == "no array 'blocks'");
    CHECK(complaint(R"({"blocks": []})") == "'blocks' is empty");
    CHECK(complaint(R"({"blocks": [3]})") == "block 0: is not an object");
    CHECK(complaint(R"({"blocks": [{"id": [], "lower": 0, "upper": 1, "size": 3}]})") ==
          "block 0: 'id' is neither a string nor a whole number");
    const std::string bare = R"({"lower": 0, "upper": 1, "size": 3})";
    const std::string named = R"({"id": "a", "lower": 0, "upper": 1, "size": 3})";
    CHECK(complaint(R"({"blocks": [)" + named + "," + bare + "]}") ==
          "block 1: no 'id', but the blocks before it have one");
    CHECK(complaint(R"({"blocks": [)" + bare + "," + named + "]}") ==
          "block 1: has an 'id', but the blocks before it have none");
    CHECK(complaint(R"({"blocks": [)" + named + "," + named + "]}") ==
          "block 1 \"a\": the id is that of block 0 too");
}

TEST_CASE("what is not JSON is one line that says where") {
    for (const std::string text : {"", "{", "{\"blocks\": [}", "\x1b[2J", "\xff\xfe", "id,lower\n0,1\n"}) {
        const std::string line = complaint(text);
        CHECK(line.starts_with("not JSON: parse error at line 1, column "));
        CHECK(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }));
    }
}

TEST_CASE("what is written of mixed problems is read back as from CSV") {
    std::mt19937_64 random(51);
    for (int round = 0; round < 1000; ++round) {
        ProblemTable table;
        table.problem = planner::testing::mixed_problem(
            random, {planner::testing::draw(random, 1, 8), 20, 50, round % 2 == 0});
        // The reader's own form: ids filled in, numbered by appearance, offsets instead of fixed ones.
        auto csv = planner::parse_problem_csv(planner::format_problem_csv(table));
        REQUIRE(csv.ok());
        const std::string text = Json{{"height", 3}, {"blocks", blocks_json(*csv)}}.dump();
        REQUIRE(parsed(text) == *csv);
    }
}

TEST_CASE("negative moments are written as they were read") {
    const ProblemTable table =
        parsed(R"({"blocks": [{"lower": -4611686018427387904, "upper": 2, "size": 3}]})");
    CHECK(blocks_json(table).dump() == R"([{"lower":-4611686018427387904,"upper":2,"size":3}])");
}

}  // namespace
}  // namespace memo::cli
