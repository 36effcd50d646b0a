// memo plan: what it writes, what it says, and what it refuses.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

namespace {

// Three blocks; the first and the last can share.
constexpr const char* kProblem = "id,lower,upper,size\na,0,4,100\nb,2,8,50\nc,4,9,80\n";

}  // namespace

TEST_CASE("planning a problem without a place to write only sums up") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const Answer answer = folder.memo("plan p.csv --json");
    REQUIRE(answer.code == 0);
    CHECK(answer.err.empty());
    const auto json = answer.json();
    CHECK(json["height"] == 150);
    CHECK(json["max_load"] == 150);
    CHECK(json["gap"] == 0.0);
    CHECK(json["proven_optimal"] == true);
    CHECK(json["strategy"].is_string());
    CHECK(json["seconds"].is_number_float());
    CHECK(json["slots"] == 3);
    CHECK(folder.names() == std::vector<std::string>{"p.csv"});
}

TEST_CASE("a solved problem gets an offset column and verifies") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    CHECK(folder.memo("plan p.csv --json -o out.csv").json()["plan"] == "out.csv");
    CHECK(folder.read("out.csv").starts_with("id,lower,upper,size,offset\n"));
    CHECK(folder.memo("verify out.csv").code == 0);
    const Answer again = folder.memo("plan p.csv -o out.csv");
    CHECK(again.out.find("out.csv") != std::string::npos);
    CHECK(again.err == "next: memo verify out.csv\n");
}

TEST_CASE("a named strategy is used, and compare tries them all") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    const auto bump = folder.memo("plan p.csv --strategy bump --json").json();
    CHECK(bump["strategy"] == "bump");
    CHECK(bump["height"] == 230);
    CHECK(bump["proven_optimal"] == false);
    const auto all = folder.memo("plan p.csv --compare --json").json();
    CHECK(all["max_load"] == 150);
    CHECK(all["strategies"].size() >= 5);
    for (const auto& row : all["strategies"]) CHECK(row["height"].get<int>() >= 150);
    CHECK(folder.memo("plan p.csv --compare -o x").code == 2);
}

TEST_CASE("a trace's plan is written beside the trace, and its slots can be chosen by size") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    const auto json = folder.memo("plan rounds.memo --json").json();
    CHECK(json["plan"] == "rounds.plan");
    CHECK(folder.has("rounds.plan"));
    CHECK(json["slots"] == 24);
    CHECK(json["height"].get<std::uint64_t>() >= json["max_load"].get<std::uint64_t>());
    const auto large = folder.memo("plan rounds.memo --json --min-size 20K -o large.plan").json();
    CHECK(large["slots"] == 8);
    CHECK(large["min_size"] == 20480);
    const Answer text = folder.memo("plan rounds.memo");
    CHECK(text.err == "next: memo run --plan rounds.plan -- " + program("rounds") + " 12\n");
}

TEST_CASE("a program without rounds cannot be planned, and is told why") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("restless")).code == 0);
    const Answer answer = folder.memo("plan restless.memo");
    CHECK(answer.code == 3);
    CHECK(line_count(answer.err) == 1);
    CHECK(answer.err.find("no thread repeats") != std::string::npos);
    CHECK(answer.err.find("allocations in 1 threads were looked at") != std::string::npos);
    CHECK_FALSE(folder.has("restless.plan"));
}

TEST_CASE("input that cannot be planned is one line") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    folder.write("empty", "");
    folder.write("noise.csv", "this is\nnot a problem\n");
    folder.write("backwards.csv", "id,lower,upper,size\na,4,1,100\n");
    std::filesystem::create_directory(folder.path("folder"));
    struct Case {
        const char* words;
        const char* says;
    };
    const Case cases[] = {
        {"plan missing.memo", "missing.memo: No such file or directory"},
        {"plan empty", "empty: the file is empty"},
        {"plan folder", "folder: "},
        {"plan noise.csv", "noise.csv: "},
        {"plan backwards.csv", "backwards.csv: line 2: "},
        {"plan rounds.plan", "rounds.plan: is a plan already"},
        {"plan rounds.memo --thread 7", "there is no thread 7"},
        {"plan rounds.memo -o no/folder/x.plan", "no/folder/x.plan: No such file or directory"},
        {"plan rounds.memo -o folder", "folder: is a directory"},
        {"plan rounds.memo -o /dev/full", "/dev/full: No space left on device"},
        {"info missing", "missing: No such file or directory"},
        {"info noise.csv", "noise.csv: "},
        {"periods rounds.plan", "rounds.plan: is a plan, where a trace is wanted"},
        {"top empty", "empty: the file is empty"},
    };
    for (const Case& one : cases) {
        INFO(one.words);
        CHECK(folder.refusal(one.words).find(one.says) != std::string::npos);
    }
}

TEST_CASE("a full disk leaves the old plan and no half of a new one") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    folder.write("old.plan", "old");
    // No file may grow beyond 1 KiB: less than any plan takes.
    const Answer answer = folder.shell("trap '' XFSZ; ulimit -f 1; $memo plan rounds.memo -o old.plan");
    CHECK(answer.code == 2);
    CHECK(answer.err == "memo: old.plan: File too large\n");
    CHECK(folder.read("old.plan") == "old");
    CHECK(folder.names() == std::vector<std::string>{"old.plan", "rounds.memo"});
}

TEST_CASE("a capacity is answered by the exit code, and the best plan is written all the same") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    CHECK(folder.memo("plan p.csv --capacity 150 -q").code == 0);
    const Answer no = folder.memo("plan p.csv --capacity 149 -o out.csv --json");
    CHECK(no.code == 3);
    CHECK(no.json()["verdict"] == "impossible");
    CHECK(no.err.find("no plan fits in 149 bytes: proven") != std::string::npos);
    CHECK(folder.memo("verify out.csv").code == 0);
}

TEST_CASE("what time did not allow to decide is unknown") {
    const Folder folder;
    // Without any time there is the first greedy plan, and perhaps no answer.
    folder.write(
        "p.csv",
        "id,lower,upper,size\na,0,2,2\nb,1,4,1\nc,3,6,2\nd,5,8,1\ne,0,1,1\nf,4,5,1\ng,7,9,2\nh,2,3,1\n");
    const auto json = folder.memo("plan p.csv --time-limit 0 --json").json();
    CHECK(json["height"] >= json["lower_bound"]);
    const Answer answer = folder.memo("plan p.csv --time-limit 0 --capacity 3 -q");
    CHECK((answer.code == 0 || answer.code == 4));
    CHECK(folder.memo("plan p.csv --time-limit=-1").code == 2);
    CHECK(folder.memo("plan p.csv --threads 100000").code == 2);
}

TEST_CASE("a problem can be JSON, and its answer too") {
    const Folder folder;
    folder.write(
        "p.json",
        R"({"blocks":[{"id":"a","lower":0,"upper":4,"size":100},{"id":"b","lower":2,"upper":8,"size":50},
                     {"id":"c","lower":4,"upper":9,"size":80,"offset":50}]})");
    const Answer answer = folder.memo("plan p.json -o out.json --json");
    REQUIRE(answer.code == 0);
    CHECK(answer.json()["height"] == 150);
    CHECK(folder.read("out.json").find("\"blocks\"") != std::string::npos);
    CHECK(folder.memo("plan out.json -o again.csv -q").code == 0);
    CHECK(folder.memo("verify again.csv").code == 0);
    folder.write("bad.json", R"({"blocks":[{"lower":4,"upper":4,"size":100}]})");
    const Answer bad = folder.memo("plan bad.json");
    CHECK(bad.code == 2);
    CHECK(line_count(bad.err) == 1);
}

TEST_CASE("an offset in a problem is kept") {
    const Folder folder;
    folder.write("p.csv", "id,lower,upper,size,offset\na,0,4,100,64\nb,2,8,50,\n");
    CHECK(folder.memo("plan p.csv -o out.csv").code == 0);
    CHECK(folder.read("out.csv").find("a,0,4,100,64\n") != std::string::npos);
    folder.write("p.csv", "id,lower,upper,size,offset\na,0,4,100,64\nb,2,8,50,100\n");
    const Answer conflict = folder.memo("plan p.csv");
    CHECK(conflict.code == 2);
    CHECK(line_count(conflict.err) == 1);
}

TEST_CASE("the seed and the threads decide the plan") {
    const Folder folder;
    folder.write("p.csv", kProblem);
    CHECK(folder.memo("plan p.csv --seed 7 --threads 2 -o one.csv -q").code == 0);
    CHECK(folder.memo("plan p.csv --seed 7 --threads 2 -o two.csv -q").code == 0);
    CHECK(folder.read("one.csv") == folder.read("two.csv"));
}

TEST_CASE("a plan knows what was open around each slot's request") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("labelled")).code == 0);
    REQUIRE(folder.memo("plan -q labelled.memo").code == 0);
    const auto slots = folder.memo("show --json labelled.plan").json()["slots"];
    REQUIRE(slots.size() == 20);
    for (const auto& slot : slots) {
        const bool decoded = slot["size"].get<std::uint64_t>() / 16 % 2 == 1;  // 5000 is 312 times 16, and 8
        CHECK(slot["scope"] == (decoded ? "serve > decode" : "serve"));
        CHECK(slot["tag"] == (decoded ? "decode" : "serve"));
        CHECK(slot["stack"][0].get<std::string>().starts_with("main"));
    }
    CHECK(folder.memo("show labelled.plan").out.find("serve > decode\n") != std::string::npos);
    CHECK(folder.memo("show --stacks labelled.plan").out.find("bytes  in serve > decode\n    main") !=
          std::string::npos);

    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    CHECK(folder.memo("show --json rounds.plan").json()["slots"][0]["scope"].is_null());
    CHECK(folder.memo("show rounds.plan").out.find("scope") == std::string::npos);
}
