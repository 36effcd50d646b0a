// The CSV reader takes every dialect it documents, and says line and column of whatever is wrong.
#include "planner/problem_csv.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

ProblemTable parsed(const std::string& text) {
    auto table = parse_problem_csv(text);
    INFO(text);
    INFO((table ? "" : table.error()));
    REQUIRE(table.ok());
    REQUIRE_FALSE(validate(table->problem));
    return *std::move(table);
}

std::string complaint(const std::string& text) {
    const auto table = parse_problem_csv(text);
    return table ? "" : table.error();
}

TEST_CASE("the plain dialect is read") {
    const ProblemTable table = parsed("id,lower,upper,size\na,0,3,16\nb,2,5,8\n");
    CHECK(table.problem.blocks == std::vector{block(16, 0, 3), block(8, 2, 5)});
    CHECK(table.problem.ids == std::vector<std::string>{"a", "b"});
    CHECK(table.offsets.empty());
    CHECK(table.shift == 0);
}

TEST_CASE("columns come in any order and case, with alignment, offset and others") {
    const ProblemTable table =
        parsed("Offset,naive, SIZE ,Upper,alignment,lower,buffer_id\n64,x,16,3,32,0,a\n0,,8,5,,2,b");
    CHECK(table.problem.blocks == std::vector{block(16, 0, 3, 32), block(8, 2, 5)});
    CHECK(table.problem.ids == std::vector<std::string>{"a", "b"});
    CHECK(table.offsets == std::vector<Offset>{{64}, {0}});
}

TEST_CASE("ids are optional") {
    const ProblemTable table = parsed("lower,upper,size\n0,1,1\n0,1,1\n");
    CHECK(table.problem.ids.empty());
    CHECK(table.problem.blocks.size() == 2);
}

TEST_CASE("a column called end is closed, whatever the first one is called") {
    for (const std::string header : {"start,end,size\n", "begin,end,size\n", "lower,end,size\n"}) {
        CHECK(parsed(header + "3,3,8\n2,5,8\n").problem.blocks ==
              std::vector{block(8, 3, 4), block(8, 2, 6)});
    }
    CHECK(parsed("start,upper,size\n3,4,8\n").problem.blocks == std::vector{block(8, 3, 4)});
}

TEST_CASE("negative moments are shifted together") {
    const ProblemTable table = parsed("lower,upper,size\n-7,-2,8\n3,4,8\n");
    CHECK(table.shift == 7);
    CHECK(table.problem.blocks == std::vector{block(8, 0, 5), block(8, 10, 11)});
    const std::string widest = "-4611686018427387904,4611686018427387904,1\n";
    CHECK(parsed("lower,upper,size\n" + widest).problem.blocks ==
          std::vector{block(1, 0, std::uint64_t{1} << 63)});
    CHECK(complaint("lower,end,size\n" + widest) ==
          "line 2: column 'end': must be below 2^62, as the last moment of a lifetime");
}

TEST_CASE("line ends, blank lines, comments, spaces and a byte order mark do not count") {
    const ProblemTable plain = parsed("id,lower,upper,size\na,0,3,16\nb,2,5,8\n");
    CHECK(parsed("id,lower,upper,size\r\na,0,3,16\r\nb,2,5,8\r\n") == plain);
    CHECK(parsed("# made by hand\n\n  \nid,lower,upper,size\n\na,0,3,16\n  # more\nb,2,5,8") == plain);
    CHECK(parsed(" id , lower,upper,\tsize\n a, 0 ,3,16\nb ,2,5, 8 \n") == plain);
    CHECK(parsed("\xEF\xBB\xBFid,lower,upper,size\na,0,3,16\nb,2,5,8\n") == plain);
    CHECK(parsed("\"id\",\"lower\",upper,size\n\"a\",\"0\",3,16\n \"b\" ,2,5,8\n") == plain);
}

TEST_CASE("quoted ids may hold commas and quotes") {
    const ProblemTable table =
        parsed("id,lower,upper,size\n\"conv(3,3)\",0,1,1\n\"say \"\"hi\"\"\",0,1,1\n\"\",0,1,1\n");
    CHECK(table.problem.ids == std::vector<std::string>{"conv(3,3)", "say \"hi\"", ""});
}

TEST_CASE("errors carry the line and name the column") {
    const std::string head = "id,lower,upper,size,alignment,offset\n";
    const std::string good = "a,0,3,16,1,0\n";
    CHECK(complaint("") == "empty: no header row");
    CHECK(complaint("\n# only a comment\n") == "empty: no header row");
    CHECK(complaint(head) == "line 1: no rows after the header");
    CHECK(complaint("id,upper,size\n") == "line 1: no column 'lower' (or 'start', 'begin') in the header");
    CHECK(complaint("#\nid,lower,size\n") == "line 2: no column 'upper' (or 'end') in the header");
    CHECK(complaint("id,lower,upper\n") == "line 1: no column 'size' in the header");
    CHECK(complaint("lower,upper,size,end\n") == "line 1: columns 'upper' and 'end' mean the same");
    CHECK(complaint("size,lower,upper,size\n") == "line 1: columns 'size' and 'size' mean the same");
    CHECK(complaint(head + good + "b,0,3,16\n") == "line 3: 4 fields, but the header has 6");
    CHECK(complaint(head + good + "b,0,3,16,1,0,\n") == "line 3: 7 fields, but the header has 6");
    CHECK(complaint(head + "b,0,x3,16,1,0\n") == "line 2: column 'upper': 'x3' is not a whole number");
    CHECK(complaint(head + "b,0,3.5,16,1,0\n") == "line 2: column 'upper': '3.5' is not a whole number");
    CHECK(complaint("begin,end,size\n0,z,1\n") == "line 2: column 'end': 'z' is not a whole number");
    CHECK(complaint(head + "b,0,\x1b[2J,16,1,0\n") == "line 2: column 'upper': '?[2J' is not a whole number");
    CHECK(complaint(head + "b,,3,16,1,0\n") == "line 2: column 'lower': is empty");
    CHECK(complaint(head + "b,0,3,-16,1,0\n") == "line 2: column 'size': -16 is negative");
    CHECK(complaint(head + "b,0,3,0,1,0\n") == "line 2: column 'size': must not be 0");
    CHECK(complaint(head + "b,0,3,16,0,0\n") == "line 2: column 'alignment': must not be 0");
    CHECK(complaint(head + "b,0,3,16,-1,0\n") == "line 2: column 'alignment': -1 is negative");
    CHECK(complaint(head + "b,0,3,16,1,-4\n") == "line 2: column 'offset': -4 is negative");
    CHECK(complaint(head + "b,3,3,16,1,0\n") == "line 2: column 'upper': the lifetime [3, 3) is empty");
    CHECK(complaint("begin,end,size\n3,2,1\n") == "line 2: column 'end': the lifetime [3, 3) is empty");
    CHECK(complaint(head + good + "\nb,0,3,16,1,0\n" + good) ==
          "line 5: column 'id': 'a' is the id of line 2 too");
    CHECK(complaint(head + "b,0,3,99999999999999999999,1,0\n") ==
          "line 2: column 'size': '99999999999999999999' is too large");
    CHECK(complaint(head + "b,0,4611686018427387905,1,1,0\n") ==
          "line 2: column 'upper': 4611686018427387905 is not within +-2^62");
    CHECK(complaint(head + "a,0,3,9223372036854775807,1,0\nb,0,3,1,1,0\n") ==
          "line 3: column 'size': the sizes so far add up to more than 2^63 - 1 bytes");
    CHECK(complaint(head + "\"b,0,3,1,1,0\n") ==
          "line 2: a quoted field is not closed, or goes on after its quote");
    CHECK(complaint(head + "\"b\"c,0,3,1,1,0\n") ==
          "line 2: a quoted field is not closed, or goes on after its quote");
}

TEST_CASE("a line may be as long as the limit and no longer") {
    const std::string head = "id,lower,upper,size\n";
    const std::string tail = ",0,1,1";
    const std::string id(kMaxLine - tail.size(), 'x');
    CHECK(parsed(head + id + tail).problem.ids.front() == id);
    CHECK(complaint(head + id + "x" + tail + "\n") == "line 2: longer than 65536 bytes");
}

TEST_CASE("a file that is not there is one line with its path") {
    const auto table = read_problem_csv("no/such/file.csv");
    REQUIRE_FALSE(table.ok());
    CHECK(table.error() == "no/such/file.csv: No such file or directory");
}

TEST_CASE("the writer's text is what it says it is") {
    const ProblemTable plain{{{block(16, 0, 3), block(8, 2, 5)}, {}}, {}, 0};
    CHECK(format_problem_csv(plain) == "id,lower,upper,size\n0,0,3,16\n1,2,5,8\n");
    const ProblemTable full{{{block(16, 0, 3, 32), block(8, 2, 5)}, {"a,b", "#c"}}, {{64}, {0}}, 2};
    CHECK(format_problem_csv(full) ==
          "id,lower,upper,size,alignment,offset\n\"a,b\",-2,1,16,32,64\n\"#c\",0,3,8,1,0\n");
}

TEST_CASE("what is written is read back the same") {
    std::mt19937_64 random(9);
    const std::string letters = "ab \t\r,\"#%\xC3\xA9";
    for (int round = 0; round < 2000; ++round) {
        ProblemTable table;
        table.problem =
            testing::random_problem(random, {testing::draw(random, 1, 12), 20, 1000, round % 2 == 0});
        auto& [blocks, ids] = table.problem;
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            std::string id = std::to_string(b);
            for (std::uint64_t k = testing::draw(random, 0, 4); k != 0; --k) {
                id.insert(id.begin(), letters[testing::draw(random, 0, letters.size() - 1)]);
            }
            ids.push_back(id);
            if (round % 3 == 0) table.offsets.push_back({testing::draw(random, 0, 5000)});
        }
        if (round % 5 == 0) {
            blocks.front().life.lower = {0};
            table.shift = testing::draw(random, 1, 30);
        }
        REQUIRE(parsed(format_problem_csv(table)) == table);
    }
}

}  // namespace
}  // namespace memo::planner
