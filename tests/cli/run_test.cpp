// memo run: whatever is wrong with the plan, the program runs as if we were not there.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

TEST_CASE("without a plan run learns one, which can be saved and served") {
    const Folder folder;
    const Answer answer =
        folder.memo("run --save-plan learnt.plan --stats stats.json -- " + program("rounds") + " 4000 5 1");
    CHECK(answer.code == 5);
    CHECK(answer.out == "rounds done\n");
    const auto learnt = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(learnt["state"] == "serving");
    CHECK(learnt["plans"] == 1);
    CHECK(learnt["planned_slots"] == 24);
    CHECK(learnt["rounds"].get<int>() > 100);
    CHECK(learnt["hit_rate"].get<double>() > 0.99);

    CHECK(folder.memo("verify -q learnt.plan").code == 0);
    REQUIRE(
        folder.memo("run -q --plan learnt.plan --stats stats.json -- " + program("rounds") + " 40 5").code ==
        5);
    const auto planned = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(planned["hits"].get<int>() > 30 * 24);
}

TEST_CASE("another shape is learnt too, and both are served whenever they come") {
    const Folder folder;
    REQUIRE(
        folder
            .memo("run -q --save-plan learnt.plan --stats stats.json -- " + program("rounds") + " 8000 5 1 2")
            .code == 5);
    const auto statistics = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(statistics["plans"] == 2);
    CHECK(statistics["rounds"].get<int>() > 5000);
    for (const std::string plan : {"learnt.plan", "learnt.plan.2"}) {
        INFO(plan);
        CHECK(folder.memo("verify -q " + plan).code == 0);
    }
}

TEST_CASE("a program that does not repeat runs without a plan as if nothing was") {
    const Folder folder;
    const Answer answer =
        folder.memo("run --save-plan none.plan --stats stats.json -- " + program("restless"));
    CHECK(answer.code == 0);
    const auto statistics = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(statistics["state"] == "nothing has repeated yet");
    CHECK(statistics["plans"] == 0);
    CHECK_FALSE(std::filesystem::exists(folder.path("none.plan")));
}

TEST_CASE("the next allocator is chosen by name or path, and one that there is not is refused") {
    const Folder folder;
    const std::string rounds = " -- " + program("rounds") + " 3 6";
    CHECK(folder.memo("run -q --next glibc" + rounds).code == 6);
    for (const std::string next : {"nonesuch", "glibc-tuned", "memomalloc", "./missing.so"}) {
        INFO(next);
        CHECK(folder.refusal("run --next " + next + rounds).find(next) != std::string::npos);
    }
    const Answer answer = folder.memo("run -q --next jemalloc --stats stats.json" + rounds);
    if (answer.code == 2) {
        WARN("skipped: jemalloc is not installed");
        return;
    }
    CHECK(answer.code == 6);
    const auto statistics = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(statistics["next_allocator"].get<std::string>().find("jemalloc") != std::string::npos);
}

TEST_CASE("a bad plan is one line, and the program runs with its own exit code") {
    const Folder folder;
    folder.write("empty.plan", "");
    folder.write("noise.plan", std::string(4096, 'x'));
    for (const std::string plan : {"missing.plan", "empty.plan", "noise.plan", "/", "/dev/null"}) {
        INFO(plan);
        const Answer answer = folder.memo("run --plan " + plan + " -- " + program("rounds") + " 3 6");
        CHECK(answer.code == 6);
        CHECK(answer.out == "rounds done\n");
        CHECK(line_count(answer.err) == 1);
        CHECK(answer.err.starts_with("memo: " + plan + ": "));
        CHECK(answer.err.ends_with("; running without it\n"));
    }
}

TEST_CASE("a program out of reach is warned about and run plainly") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    const std::string setuid = folder.path("setuid");
    std::filesystem::copy_file(program("rounds"), setuid);
    chmod(setuid.c_str(), 04755);
    for (const std::string& path : {program("static"), setuid}) {
        const Answer answer = folder.memo("run --plan rounds.plan -- " + path + " 3 4");
        CHECK(answer.code == 4);
        CHECK(answer.out == "rounds done\n");
        CHECK(line_count(answer.err) == 1);
        CHECK(answer.err.ends_with("; running it plainly\n"));
    }
}

TEST_CASE("a plan for another program is one line, and the program runs") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    const Answer answer = folder.memo("run -q --plan rounds.plan -- /bin/sh -c 'echo unharmed; exit 8'");
    CHECK(answer.code == 8);
    CHECK(answer.out == "unharmed\n");
    CHECK(line_count(answer.err) == 1);
    CHECK(answer.err.find("rounds.plan") != std::string::npos);
}

TEST_CASE("a program that does not exist is a wrong usage, with or without a good plan") {
    const Folder folder;
    CHECK(folder.refusal("run --plan missing.plan -- no-such-program-anywhere") ==
          "no-such-program-anywhere: there is no such program in PATH");
}

TEST_CASE("run describes the run as JSON, and passes signals on as codes") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    const Answer answer =
        folder.memo("run --json --plan rounds.plan -- " + program("rounds") + " 3 2 | tail -n +2");
    const auto json = answer.json();
    CHECK(json["exit_code"] == 2);
    CHECK(json["planned"] == true);
    CHECK(json["peak_rss_kb"].get<int>() > 0);
    CHECK(folder.memo("run -q --plan x.plan -- " + program("signals") + " die 15").code == 143);
}

TEST_CASE("statistics of an earlier run are not left lying about") {
    const Folder folder;
    folder.write("stats.json", "{\"hits\": 99}");
    CHECK(folder.memo("run --plan missing.plan --stats stats.json -- /bin/true").code == 0);
    CHECK_FALSE(folder.has("stats.json"));
}
