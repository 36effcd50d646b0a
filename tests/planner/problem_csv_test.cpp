// The CSV reader takes every dialect it documents, and says line and column of whatever is wrong.
#include "planner/problem_csv.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

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
    CHECK(table.offsets == std::vector<std::optional<Offset>>{Offset{64}, Offset{0}});
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

// The gaps of the only row of a file with this header and these gaps.
std::vector<Gap> gaps_of(const std::string& header, const std::string& row) {
    return parsed(header + "\n" + row + "\n").problem.gaps.at(0);
}

TEST_CASE("gaps are read, half-open or closed as the lifetimes are") {
    const std::string half_open = "lower,upper,size,gaps";
    CHECK(gaps_of(half_open, "0,20,8,7-9") == std::vector<Gap>{{{{7}, {9}}, {}, {}}});
    CHECK(gaps_of(half_open, "0,20,8, 9-11  12-14@2:8 ") ==
          std::vector<Gap>{{{{9}, {11}}, {}, {}}, {{{12}, {14}}, {2}, {8}}});
    CHECK(gaps_of("lower,end,size,gaps", "0,19,8,7-7 9-19@0:1") ==
          std::vector<Gap>{{{{7}, {8}}, {}, {}}, {{{9}, {20}}, {}, {1}}});
    CHECK(gaps_of(half_open, "0,20,8,12-14 7-9") ==
          std::vector<Gap>{{{{7}, {9}}, {}, {}}, {{{12}, {14}}, {}, {}}});

    const ProblemTable some = parsed("lower,upper,size,gaps\n0,2,1,\n0,2,1,0-1\n0,2,1,\n");
    CHECK(some.problem.gaps == std::vector<std::vector<Gap>>{{}, {{{{0}, {1}}, {}, {}}}, {}});
    CHECK(parsed("lower,upper,size,gaps\n0,2,1,\n").problem.gaps.empty());
}

TEST_CASE("gaps have negative moments too, and are shifted with the lifetimes") {
    const ProblemTable table = parsed("lower,upper,size,gaps\n-7,5,8,-5--2 -1-0 1-2\n");
    CHECK(table.shift == 7);
    CHECK(table.problem.gaps.at(0) ==
          std::vector<Gap>{{{{2}, {5}}, {}, {}}, {{{6}, {7}}, {}, {}}, {{{8}, {9}}, {}, {}}});
    CHECK(format_problem_csv(table) == "id,lower,upper,size,gaps\n0,-7,5,8,-5--2 -1-0 1-2\n");
}

TEST_CASE("hints, offsets and aliases may be left empty") {
    const ProblemTable table = parsed(
        "id,lower,upper,size,hint,offset,alias\na,0,1,1,,,x\nb,0,1,1,5,7,\nc,0,1,1,-1,,x\nd,0,1,1,0,0,y\n");
    using Offsets = std::vector<std::optional<Offset>>;
    CHECK(table.problem.hints == Offsets{{}, Offset{5}, {}, Offset{0}});
    CHECK(table.offsets == Offsets{{}, Offset{7}, {}, Offset{0}});
    CHECK(table.problem.aliases == std::vector<std::uint32_t>{0, kNoAlias, 0, 1});
    CHECK(table.alias_names == std::vector<std::string>{"x", "y"});
    const ProblemTable empty = parsed("lower,upper,size,hint,offset,alias,arena\n0,1,1,,,,\n0,1,1,-1,,,\n");
    CHECK(empty == parsed("lower,upper,size\n0,1,1\n0,1,1\n"));
}

TEST_CASE("arenas are numbered by appearance, and the empty name is one of them") {
    const ProblemTable table = parsed("lower,upper,size,arena\n0,1,1,sram\n0,1,1,\n0,1,1,sram\n");
    CHECK(table.problem.arena_of == std::vector<std::uint32_t>{0, 1, 0});
    CHECK(table.problem.arenas == std::vector<std::string>{"sram", ""});
}

TEST_CASE("errors of the rarer columns name what is wrong") {
    const std::string head = "lower,upper,size,alignment,hint,gaps,offset,alias,arena\n";
    const auto complaint_of = [&](const std::string& gaps) {
        const std::string text = complaint(head + "2,20,8,1,," + gaps + ",,,\n");
        const std::string start = "line 2: column 'gaps': ";
        return text.starts_with(start) ? text.substr(start.size()) : text;
    };
    for (const std::string malformed : {"7", "7-", "-7", "-", "7:9", "7-9@", "7-9@4", "7@1:2"}) {
        CHECK(complaint_of(malformed) == "'" + malformed + "' is not LOWER-UPPER or LOWER-UPPER@BEGIN:END");
    }
    CHECK(complaint_of("1-2-3") == "'2-3' is not a whole number");
    CHECK(complaint_of("A-B") == "'A' is not a whole number");
    CHECK(complaint_of("7-9@:1") == "is empty");
    CHECK(complaint_of("7-9@1:2:3") == "'2:3' is not a whole number");
    CHECK(complaint_of("7-9@1:9") == "bytes [1, 9) are not within the size 8");
    CHECK(complaint_of("7-9@-1:2") == "bytes [-1, 2) are not within the size 8");
    CHECK(complaint_of("7-9@3:2") == "bytes [3, 2) are not within the size 8");
    CHECK(complaint_of("9-9") == "the gap [9, 9) is empty");
    CHECK(complaint_of("1-9") == "the gap [1, 9) is not within the lifetime [2, 20)");
    CHECK(complaint_of("9-21") == "the gap [9, 21) is not within the lifetime [2, 20)");
    CHECK(complaint_of("9-12 7-10") == "two gaps overlap at moment 9");
    CHECK(complaint_of("9-4611686018427387905") == "4611686018427387905 is not within +-2^62");

    CHECK(complaint(head + "2,20,8,1,x,,,,\n") == "line 2: column 'hint': 'x' is not a whole number");
    CHECK(complaint(head + "2,20,8,1,,,-1,,\n") == "line 2: column 'offset': -1 is negative");
    CHECK(complaint(head + "2,20,8,1,,,,a,x\n3,4,1,1,,,,a,y\n") ==
          "line 3: block 1: shares an alias with block 0, which lies in another arena");
}

TEST_CASE("what the offsets of a file mean is for the caller to say") {
    ProblemTable table = parsed("id,lower,upper,size,offset\na,0,9,8,0\nb,0,9,8,4\n");
    const auto plan = plan_of(table);
    REQUIRE(plan.ok());
    CHECK(*plan == Packing{{{0}, {4}}, {12}});

    fix_offsets(table);
    CHECK(table.offsets.empty());
    const auto conflict = validate(table.problem);
    REQUIRE(conflict);
    CHECK(conflict->message ==
          "block 1 \"b\": at its fixed offset it overlaps block 0 \"a\", which is fixed too");
    CHECK(format_problem_csv(table) == "id,lower,upper,size,offset\na,0,9,8,0\nb,0,9,8,4\n");

    CHECK(plan_of(table).error() == "has no offsets, so there is no plan");
    CHECK(plan_of(parsed("id,lower,upper,size,offset\na,0,9,8,0\nb,0,9,8,\n")).error() ==
          "block 1 \"b\" has no offset");
    const auto far =
        plan_of(parsed("lower,upper,size,offset\n0,9,9223372036854775807,9223372036854775807\n"));
    REQUIRE(far.ok());
    CHECK(far->height == Bytes{UINT64_MAX - 1});

    set_plan(table, {{{0}, {8}}, {16}});
    CHECK(plan_of(table)->height == Bytes{16});
}

TEST_CASE("a file is read, mapped or not") {
    const std::string text = "id,lower,upper,size\na,0,3,16\n";
    const auto path =
        std::filesystem::temp_directory_path() / ("problem_csv_test." + std::to_string(getpid()));
    std::ofstream(path) << text;
    const auto table = read_problem_csv(path.string());
    std::ofstream(path, std::ios::trunc).close();
    const auto empty = read_problem_csv(path.string());
    std::filesystem::remove(path);
    REQUIRE(table.ok());
    CHECK(*table == parsed(text));
    CHECK(empty.error() == path.string() + ": empty: no header row");
    CHECK(read_problem_csv("/dev/null").error() == "/dev/null: empty: no header row");
    CHECK(read_problem_csv("/").error() == "/: Is a directory");
}

TEST_CASE("the writer's text is what it says it is") {
    ProblemTable table;
    table.problem.blocks = {block(16, 0, 3), block(8, 2, 5)};
    CHECK(format_problem_csv(table) == "id,lower,upper,size\n0,0,3,16\n1,2,5,8\n");
    table.problem.blocks[0].alignment = {32};
    table.problem.ids = {"a,b", "#c"};
    table.offsets = {Offset{64}, Offset{0}};
    table.shift = 2;
    CHECK(format_problem_csv(table) ==
          "id,lower,upper,size,alignment,offset\n\"a,b\",-2,1,16,32,64\n\"#c\",0,3,8,1,0\n");
}

TEST_CASE("the writer's columns are MiniMalloc's, in its order, and then our own") {
    ProblemTable table;
    table.problem.blocks = {block(15, 5, 10), block(18, 6, 12, 2)};
    table.problem.gaps = {{}, {{{{7}, {8}}, {}, {}}, {{{9}, {10}}, {1}, {17}}}};
    CHECK(format_problem_csv(table) ==
          "id,lower,upper,size,alignment,gaps\n0,5,10,15,1,\n1,6,12,18,2,7-8 9-10@1:17\n");
    set_plan(table, {{{1}, {22}}, {40}});
    table.problem.hints = {{}, Offset{20}};
    CHECK(format_problem_csv(table) ==
          "id,lower,upper,size,alignment,hint,gaps,offset\n0,5,10,15,1,-1,,1\n"
          "1,6,12,18,2,20,7-8 9-10@1:17,22\n");
    table.problem.aliases = {0, kNoAlias};
    table.problem.arena_of = {1, 0};
    table.problem.arenas = {"", "s,r"};
    table.offsets = {Offset{1}, {}};
    CHECK(format_problem_csv(table) ==
          "id,lower,upper,size,alignment,hint,gaps,offset,alias,arena\n0,5,10,15,1,-1,,1,0,\"s,r\"\n"
          "1,6,12,18,2,20,7-8 9-10@1:17,,,\n");
}

// Entry `index` of a list that is empty where no entry says anything.
template <class T>
T entry(const std::vector<T>& list, std::size_t index) {
    return list.empty() ? T{} : list[index];
}

std::string arena_name(const Problem& problem, std::size_t block) {
    return problem.arena_of.empty() || problem.arenas.empty() ? "" : problem.arenas[problem.arena_of[block]];
}

TEST_CASE("what is written of mixed problems is read back the same") {
    std::mt19937_64 random(19);
    for (int round = 0; round < 3000; ++round) {
        ProblemTable table;
        table.problem = testing::mixed_problem(random, {testing::draw(random, 1, 8), 20, 50, round % 2 == 0});
        const Problem& problem = table.problem;
        if (round % 5 == 0) {
            table.problem.blocks.push_back(block(1, 0, 1));
            for (auto* list : {&table.problem.fixed, &table.problem.hints}) {
                if (!list->empty()) list->emplace_back();
            }
            if (!problem.gaps.empty()) table.problem.gaps.emplace_back();
            if (!problem.aliases.empty()) table.problem.aliases.push_back(kNoAlias);
            if (!problem.arena_of.empty()) table.problem.arena_of.push_back(0);
            table.shift = testing::draw(random, 1, 30);
        }
        const std::string text = format_problem_csv(table);
        const ProblemTable again = parsed(text);
        REQUIRE(format_problem_csv(again) == text);
        REQUIRE(again.shift == table.shift);
        REQUIRE(again.problem.blocks == problem.blocks);
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            REQUIRE(entry(again.problem.gaps, b) == entry(problem.gaps, b));
            REQUIRE(entry(again.problem.hints, b) == entry(problem.hints, b));
            REQUIRE(entry(again.offsets, b) == entry(problem.fixed, b));
            REQUIRE(arena_name(again.problem, b) == arena_name(problem, b));
            for (std::size_t a = 0; a < b; ++a) {
                REQUIRE(testing::one_alias(again.problem, a, b) == testing::one_alias(problem, a, b));
            }
        }
    }
}

TEST_CASE("what is written is read back the same") {
    std::mt19937_64 random(9);
    const std::string letters = "ab \t\r,\"#%\xC3\xA9";
    for (int round = 0; round < 2000; ++round) {
        ProblemTable table;
        table.problem =
            testing::random_problem(random, {testing::draw(random, 1, 12), 20, 1000, round % 2 == 0});
        auto& blocks = table.problem.blocks;
        auto& ids = table.problem.ids;
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            std::string id = std::to_string(b);
            for (std::uint64_t k = testing::draw(random, 0, 4); k != 0; --k) {
                id.insert(id.begin(), letters[testing::draw(random, 0, letters.size() - 1)]);
            }
            ids.push_back(id);
            if (round % 3 == 0) table.offsets.emplace_back(Offset{testing::draw(random, 0, 5000)});
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
