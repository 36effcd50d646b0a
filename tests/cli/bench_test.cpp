// memo bench: rows, starts, rounds. No time is asserted; the program reports made-up ones.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <map>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

TEST_CASE("every row has every start, with the rounds that the program wrote") {
    const Folder folder;
    const Answer answer = folder.memo(
        "bench --json --starts 3 --warm-up 2 --rows glibc,glibc-tuned,memomalloc -o out.json -- " +
        program("rounds") + " 12");
    REQUIRE(answer.code == 0);
    CHECK(answer.err.empty());
    const auto rows = answer.json();
    CHECK(nlohmann::json::parse(folder.read("out.json")) == rows);
    REQUIRE(rows.size() == 9);
    std::map<std::string, int> starts;
    for (const auto& row : rows) {
        ++starts[row["allocator"]];
        CHECK(row["rounds"] == 10);
        CHECK(row["wall_ms_median"] == 2.0);  // rounds 3 to 12: one of 1 ms, nine of 2 ms
        CHECK(row["wall_ms_p99"] == 2.0);
        CHECK(row["cpu_ms_median"] == 1.0);
        CHECK(row["cpu_ms_mean"] == 0.95);
        CHECK(row["faults"] == 10.0);
        CHECK(row["steady_rss_kb"] == 0.0);
        CHECK(row["peak_rss_kb"].get<int>() > 0);
    }
    CHECK(starts == std::map<std::string, int>{{"glibc", 3}, {"glibc-tuned", 3}, {"memomalloc", 3}});
    CHECK(folder.names() == std::vector<std::string>{"out.json"});
}

TEST_CASE("a program that reports no rounds is one round itself") {
    const Folder folder;
    const auto rows = folder.memo("bench --json --starts 1 --rows glibc -- /bin/true").json();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["rounds"] == 1);
    CHECK(rows[0]["start"] == 1);
    CHECK(rows[0]["wall_ms_median"] == rows[0]["wall_ms_p99"]);
    CHECK(rows[0]["faults"].get<double>() > 0);
}

TEST_CASE("a round may say what is resident after it") {
    const Folder folder;
    const auto rows = folder
                          .memo(
                              "bench --json --starts 1 --warm-up 1 --rows glibc -- /bin/sh -c "
                              "'printf \"1 1 0 900\\n1 1 0 10\\n1 1 0 30\\n\" >\"$MEMO_BENCH_ROUNDS\"'")
                          .json();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["rounds"] == 2);
    CHECK(rows[0]["steady_rss_kb"] == 20.0);
}

TEST_CASE("the table is for people; the program's own output is not shown unless asked for") {
    const Folder folder;
    const std::string words = "bench --starts 2 --rows glibc,glibc-tuned -- " + program("rounds") + " 12";
    const Answer answer = folder.memo(words);
    CHECK(answer.code == 0);
    CHECK(answer.out.find("CPU / glibc") != std::string::npos);
    CHECK(answer.out.find("rounds done") == std::string::npos);
    CHECK(answer.err.starts_with("next: memo "));
    CHECK(folder.memo("bench --show-output --starts 1 --rows glibc -- " + program("rounds") + " 12")
              .out.find("rounds done") != std::string::npos);
}

TEST_CASE("a given plan is used, a bad one refused") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    CHECK(folder.memo("bench --plan rounds.plan --starts 1 --rows memomalloc -- " + program("rounds") + " 12")
              .code == 0);
    folder.write("bad.plan", "x");
    CHECK(folder.refusal("bench --plan bad.plan -- " + program("rounds")) ==
          "bad.plan: too short for a plan");
}

TEST_CASE("a program that cannot be planned loses that row only, and it is said") {
    const Folder folder;
    const Answer answer =
        folder.memo("bench --json --starts 1 --rows glibc,memomalloc -- " + program("restless"));
    CHECK(answer.code == 0);
    CHECK(answer.json().size() == 1);
    CHECK(answer.err.find("memomalloc is left out") != std::string::npos);
}

TEST_CASE("a program that fails in a row is one line with the row and the code") {
    const Folder folder;
    const Answer answer =
        folder.memo("bench --starts 1 --rows glibc-tuned -- " + program("rounds") + " 12 5");
    CHECK(answer.code == 1);
    CHECK(answer.out.empty());
    CHECK(answer.err == "memo: bench: glibc-tuned (start 1): the program ended with exit code 5\n");
    const Answer killed = folder.memo("bench --starts 1 --rows glibc -- " + program("signals") + " die 9");
    CHECK(killed.code == 1);
    CHECK(killed.err == "memo: bench: glibc (start 1): the program ended with signal 9 (Killed)\n");
}

TEST_CASE("rounds that are all warm-up, or no rounds at all, are refused") {
    const Folder folder;
    const Answer few = folder.memo("bench --starts 1 --rows glibc -- " + program("rounds") + " 5");
    CHECK(few.code == 2);
    CHECK(few.err.find("the program wrote 5 rounds, and the first 5 are warm-up") != std::string::npos);
    const Answer odd =
        folder.memo("bench --starts 1 --rows glibc -- /bin/sh -c 'echo words >\"$MEMO_BENCH_ROUNDS\"'");
    CHECK(odd.code == 2);
    CHECK(odd.err.find("line 1 of the rounds is not") != std::string::npos);
}

TEST_CASE("programs that nothing can be preloaded into are not compared") {
    const Folder folder;
    const Answer answer = folder.memo("bench -- " + program("static"));
    CHECK(answer.code == 2);
    CHECK(line_count(answer.err) == 1);
    CHECK(folder.memo("bench -- no-such-program-anywhere").code == 2);
}

TEST_CASE("settings of one allocator do not leak into another's row") {
    const Folder folder;
    const Answer answer = folder.shell(
        "GLIBC_TUNABLES=glibc.malloc.check=0 MALLOC_CONF=x $memo bench --starts 1 --rows "
        "glibc,glibc-tuned-huge --show-output -- "
        "/bin/sh -c 'echo \"<$GLIBC_TUNABLES|$MALLOC_CONF>\"'");
    CHECK(answer.out.find("<|>\n") != std::string::npos);
    CHECK(answer.out.find("glibc.malloc.hugetlb=1|>\n") != std::string::npos);
}
