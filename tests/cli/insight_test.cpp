// What a program under libmemomalloc.so says of itself: at every kind of end, on a signal, and as metrics.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <algorithm>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

namespace {

// A folder with the plan of the program `insight`; what runs there is served from its second round on.
class Planned : public Folder {
  public:
    Planned() {
        REQUIRE(memo("trace -q -- " + program("insight")).code == 3);
        REQUIRE(memo("plan -q insight.memo").code == 0);
    }
    // The program with these words, under the library and these variables.
    [[nodiscard]] Answer run(const std::string& variables, const std::string& words) const {
        return shell("MEMO_PLAN=insight.plan " + variables + " LD_PRELOAD='" MEMO_MALLOC "' " +
                     program("insight") + " " + words);
    }
    [[nodiscard]] nlohmann::json json(const std::string& name) const {
        return nlohmann::json::parse(read(name));
    }
    // Files whose names begin like this.
    [[nodiscard]] std::vector<std::string> names_with(const std::string& start) const {
        std::vector<std::string> found;
        for (const std::string& name : names()) {
            if (name.starts_with(start)) found.push_back(name);
        }
        return found;
    }
};

[[nodiscard]] std::uint64_t metric(const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    return std::stoull(text.substr(at + name.size() + 2));
}

// Of the statistics as text.
constexpr std::ptrdiff_t kTextLines = 7;

}  // namespace

TEST_CASE("statistics are written at every end that is not a kill", "[insight]") {
    const Planned folder;
    for (const std::string how : {"return", "exit", "_exit", "_Exit", "quick_exit"}) {
        INFO(how);
        CHECK(folder.run("MEMO_STATS=stats.json MEMO_METRICS=metrics.prom", how).code == 3);
        const auto statistics = folder.json("stats.json");
        CHECK(statistics["rounds"].get<int>() >= 18);
        CHECK(statistics["hits"].get<int>() >= 18 * 24);
        REQUIRE(statistics["per_plan"].size() == 1);
        CHECK(statistics["per_plan"][0]["slots"] == 24);
        CHECK(statistics["per_plan"][0]["hits"] == statistics["hits"]);
        CHECK(statistics["per_plan"][0]["arenas"] == 1);
        CHECK(statistics["rss_bytes"].get<std::uint64_t>() > 0);
        CHECK(statistics["peak_rss_bytes"] >= statistics["rss_bytes"]);
        CHECK(metric(folder.read("metrics.prom"), "memo_hits_total") ==
              statistics["hits"].get<std::uint64_t>());
        CHECK(std::filesystem::remove(folder.path("stats.json")));
        CHECK(std::filesystem::remove(folder.path("metrics.prom")));
    }
    CHECK(folder.run("MEMO_STATS=stats.json", "kill").code == 137);
    CHECK_FALSE(folder.has("stats.json"));
}

TEST_CASE("statistics as text come once, and nothing comes unasked", "[insight]") {
    const Planned folder;
    for (const std::string how : {"return", "_exit"}) {
        const Answer answer = folder.run("MEMO_STATS=1", how);
        CHECK(line_count(answer.err) == kTextLines);
        CHECK(answer.err.find(": serving (plan insight.plan, next allocator ") != std::string::npos);
        CHECK(folder.run("", how).err.empty());
        CHECK(folder.run("MEMO_STATS=0", how).err.empty());
    }
}

TEST_CASE("the child of a vfork says nothing in its parent's memory", "[insight]") {
    const Planned folder;
    const Answer answer = folder.run("MEMO_STATS=stats.json", "vfork");
    CHECK(answer.code == 3);
    CHECK(folder.names_with("stats.json") == std::vector<std::string>{"stats.json"});
    CHECK(folder.json("stats.json")["hits"].get<int>() >= 18 * 24);
}

TEST_CASE("a forked child writes beside its parent's files", "[insight]") {
    const Planned folder;
    CHECK(folder.run("MEMO_STATS=stats.json MEMO_METRICS=metrics.prom MEMO_METRICS_SECONDS=0.01", "fork 40")
              .code == 3);
    const auto statistics = folder.names_with("stats.json");
    const auto metrics = folder.names_with("metrics.prom");
    REQUIRE(statistics.size() == 2);
    REQUIRE(metrics.size() == 2);
    const std::string process = folder.json(statistics[1])["process"].dump();
    CHECK(statistics[1] == "stats.json." + process);
    CHECK(metrics[1] == "metrics.prom." + process);
    CHECK(folder.json(statistics[0])["rounds"].get<int>() >= 78);
    CHECK(folder.json(statistics[1])["rounds"].get<int>() >= 78);
    for (const std::string& name : metrics) CHECK(metric(folder.read(name), "memo_rounds_total") >= 78);
}

TEST_CASE(
    "a file that cannot be written is one line, however often it is tried, and the program's code stays",
    "[insight]") {
    const Planned folder;
    for (const std::string variable : {"MEMO_STATS", "MEMO_METRICS"}) {
        const Answer answer =
            folder.run(variable + "=/no/such/folder/file MEMO_METRICS_SECONDS=0.01", "return 3000");
        INFO(answer.err);
        CHECK(answer.code == 3);
        CHECK(line_count(answer.err) == 1);
        CHECK(answer.err.find("/no/such/folder/file") != std::string::npos);
    }
}

TEST_CASE("a signal has the statistics written, and harms neither errno nor a call that waits", "[insight]") {
    const Planned folder;
    for (const std::string name : {"USR2", "SIGUSR2", "12"}) {
        const Answer answer = folder.run("MEMO_STATS_SIGNAL=" + name, "signal");
        CHECK(answer.code == 3);
        CHECK(line_count(answer.err) == 2 * kTextLines);
        CHECK(answer.err.find("rounds 20 ") != std::string::npos);
    }
    CHECK(folder.run("MEMO_STATS=stats.json MEMO_STATS_SIGNAL=USR2", "signal").err.empty());
    CHECK(folder.json("stats.json")["rounds"] == 20);
}

TEST_CASE("a signal that is taken, needed or unknown is refused in one line", "[insight]") {
    const Planned folder;
    for (const std::string name : {"KILL", "SEGV", "NONESUCH", "0", "99", "-1", "12x"}) {
        const Answer answer = folder.run("MEMO_STATS_SIGNAL=" + name, "return");
        INFO(name);
        CHECK(answer.code == 3);
        CHECK(line_count(answer.err) == 1);
        CHECK(answer.err.find("MEMO_STATS_SIGNAL=" + name + ": not a signal") != std::string::npos);
    }
    const Answer taken = folder.shell("MEMO_STATS_SIGNAL=USR2 LD_PRELOAD='" MEMO_MALLOC " " +
                                      program("libhandler.so") + "' " + program("insight") + " signal");
    CHECK(taken.code == 3);
    CHECK(line_count(taken.err) == 1);
    CHECK(taken.err.find("the program handles this signal itself") != std::string::npos);
}

TEST_CASE("metrics are rewritten while the program runs, whole each time", "[insight]") {
    const Planned folder;
    const Answer answer = folder.shell(
        "MEMO_PLAN=insight.plan MEMO_METRICS=m.prom MEMO_METRICS_SECONDS=0.02 LD_PRELOAD='" MEMO_MALLOC "' " +
        program("insight") +
        " wait & pid=$!\n"
        "rounds() { grep '^memo_rounds_total ' m.prom; }\n"
        "for i in $(seq 1000); do [ -e ready ] && [ -e m.prom ] && break; sleep 0.02; done\n"
        "first=$(rounds)\n"
        "for i in $(seq 1000); do\n"
        "    tail -n 1 m.prom | grep -q '^memo_resident_peak_bytes ' || echo torn\n"
        "    [ \"$first\" = \"$(rounds)\" ] || break\n"
        "done\n"
        "[ \"$first\" = \"$(rounds)\" ] && echo unchanged\n"
        "cat /proc/$pid/task/*/comm | sort; kill $pid; wait $pid");
    CHECK(answer.out == "insight\nmemo-metrics\n");
}

TEST_CASE("a program that is served nothing has no thread for metrics, and says so at its end", "[insight]") {
    const Folder folder;
    const Answer answer = folder.shell("MEMO_METRICS=m.prom MEMO_METRICS_SECONDS=bad LD_PRELOAD='" MEMO_MALLOC
                                       "' sh -c 'cat /proc/$$/task/*/comm'");
    CHECK(answer.out == "sh\n");
    CHECK(answer.err.find("MEMO_METRICS_SECONDS=bad: not a number of seconds") != std::string::npos);
    CHECK(folder.read("m.prom").find("state=\"nothing has repeated yet\"") != std::string::npos);
    CHECK(metric(folder.read("m.prom"), "memo_rounds_total") == 0);
}
