// Why a run did not profit: the reason and the advice, from facts that are made up and from real runs.
#include "cli/why.h"

#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <cstring>

using memo::RunReport;
using memo::cli::judge_run;
using memo::cli::read_run_report;
using memo::cli::RunFacts;
using memo::cli::Verdict;
using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

namespace {

[[nodiscard]] RunFacts facts_of(const char* state, std::uint64_t plans) {
    RunFacts facts;
    std::strncpy(facts.report.state, state, sizeof facts.report.state - 1);
    facts.report.plans = plans;
    facts.report.watched = 1;
    return facts;
}

void add_rounds(RunFacts& facts, std::uint64_t rounds, std::uint64_t length) {
    for (std::uint64_t k = 0; k < rounds * length; ++k) facts.requests.push_back({4096 + k % length, 1, 0});
}

[[nodiscard]] std::string why(const RunFacts& facts, bool planned = false) {
    const Verdict verdict = judge_run(facts, "prog", planned);
    CHECK_FALSE(verdict.profited);
    CHECK(verdict.why.find('\n') == std::string::npos);
    return verdict.why;
}

[[nodiscard]] bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a run that was served profited", "[why]") {
    RunFacts facts = facts_of("serving", 1);
    facts.report.counts.hits = 90;
    facts.report.counts.occupied = 10;
    const Verdict verdict = judge_run(facts, "prog", false);
    CHECK(verdict.profited);
    CHECK(verdict.why.empty());
}

TEST_CASE("too few rounds: how many there were, and how many it takes", "[why]") {
    RunFacts facts = facts_of("nothing has repeated yet", 0);
    add_rounds(facts, 12, 40);
    CHECK(has(why(facts), "prog made 12 or so rounds of 40 requests; up to 27 are needed"));
    add_rounds(facts, 18, 40);
    CHECK(has(why(facts), "prog made 30 or so rounds of 40 requests and ended before a plan was served"));
}

TEST_CASE("a program that repeats nothing, or asks for nothing, is told so", "[why]") {
    RunFacts facts = facts_of("nothing has repeated yet", 0);
    add_rounds(facts, 1, 20);
    CHECK(has(why(facts), "prog made only 84 or so requests"));
    add_rounds(facts, 1, 2000);
    CHECK(has(why(facts), "nothing that prog asks for repeats yet"));
    facts.requests.clear();
    add_rounds(facts, 1000, 2);
    CHECK(has(why(facts), "what prog repeats is shorter than a round of 4 requests"));
    facts.report.watched = 0;
    CHECK(has(why(facts), "little of 4 KiB or more"));
}

TEST_CASE("what the pool served is no loss, but is said", "[why]") {
    RunFacts facts = facts_of("nothing has repeated yet", 0);
    add_rounds(facts, 1, 2000);
    facts.report.pool.blocks = 1234;
    const Verdict pooled = judge_run(facts, "prog", false);
    CHECK(pooled.profited);
    CHECK(pooled.why == "served from the pool: shapes do not repeat (1234 requests)");

    facts.requests.clear();
    add_rounds(facts, 12, 40);
    const Verdict too_few = judge_run(facts, "prog", false);
    CHECK(too_few.profited);
    CHECK(has(too_few.why, "served from the pool (1234 requests), by no plan: prog made 12 or so rounds"));

    // A plan that was given is what the answer is about.
    RunFacts planned = facts_of("serving", 1);
    planned.report.pool.blocks = 9;
    CHECK(has(why(planned, true), "another build"));
    CHECK(has(why(planned, true), "; the pool served 9 others"));
    planned.report.counts.hits = 90;
    CHECK(judge_run(planned, "prog", true).why.empty());
}

TEST_CASE("of the reasons for misses the largest is named", "[why]") {
    RunFacts facts = facts_of("serving", 1);
    facts.report.counts.hits = 20;
    facts.report.counts.occupied = 70;
    facts.report.counts.skipped = 10;
    CHECK(has(why(facts, true), "only 20 % of what is planned was served; most often (70 times) the bytes"));
    facts.report.counts.skipped = 200;
    CHECK(has(why(facts, true), "(200 times) the program left planned requests out"));
    facts.report.counts.hits = 0;
    CHECK(has(why(facts, true), "another build"));
    facts.report.no_arena = 3;
    CHECK(has(why(facts, true), "no memory for an arena"));
}

TEST_CASE("limits and namespaces are named", "[why]") {
    CHECK(has(why(facts_of("no addresses for an arena", 0)), "ulimit -v"));
    CHECK(has(why(facts_of("stopped: a library", 1)), "RTLD_DEEPBIND"));
    CHECK(judge_run(facts_of("the plan is for another program", 0), "prog", true).said);
}

TEST_CASE("a report that is not whole is none", "[why]") {
    const Folder folder;
    CHECK_FALSE(read_run_report(folder.path("missing")).has_value());
    RunReport report;
    std::memcpy(report.magic, memo::kRunReportMagic, sizeof report.magic);
    std::memset(report.state, 'x', sizeof report.state);
    const std::string bytes(reinterpret_cast<const char*>(&report), sizeof report);
    folder.write("whole", bytes);
    REQUIRE(read_run_report(folder.path("whole")).has_value());
    CHECK(std::strlen(read_run_report(folder.path("whole"))->report.state) == sizeof report.state - 1);
    folder.write("cut", bytes.substr(1));
    CHECK_FALSE(read_run_report(folder.path("cut")).has_value());
    folder.write("other", "x" + bytes.substr(1));
    CHECK_FALSE(read_run_report(folder.path("other")).has_value());
    report.requests = 1;
    folder.write("short", std::string(reinterpret_cast<const char*>(&report), sizeof report));
    CHECK_FALSE(read_run_report(folder.path("short")).has_value());
}

TEST_CASE("run says why in one line, and keeps quiet when told to", "[why]") {
    const Folder folder;
    const struct {
        std::string words;
        std::string reason;
        bool pooled;
    } cases[] = {{program("rounds") + " 4", "made only", true},
                 {program("restless"), "served from the pool: shapes do not repeat", true},
                 {"/bin/true", "true asks for little", false}};
    for (const auto& one : cases) {
        INFO(one.words);
        const Answer answer = folder.memo("run -- " + one.words);
        CHECK(line_count(answer.err) == 2);
        CHECK(answer.err.starts_with(one.pooled ? "memo: served from the pool" : "memo: not served: "));
        CHECK(has(answer.err, one.reason));
        CHECK(folder.memo("run -q -- " + one.words).err.empty());
        const Answer json = folder.memo("run --json -- " + one.words + " | grep -v done");
        CHECK(json.err.empty());
        CHECK(json.json()["profited"] == one.pooled);
        CHECK(has(json.json()["why"].get<std::string>(), one.reason));
    }
    CHECK(folder.names().empty());
}

TEST_CASE("run on a plan says whether it was of use", "[why]") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("insight")).code == 3);
    REQUIRE(folder.memo("plan -q insight.memo").code == 0);
    const std::string run = "run --json --plan insight.plan --stats stats.json -- ";
    const auto good = folder.memo(run + program("insight") + " _exit").json();
    CHECK(good["profited"] == true);
    CHECK(good["why"].is_null());
    CHECK(nlohmann::json::parse(folder.read("stats.json"))["hits"].get<int>() > 0);

    const auto stopped = folder.memo(run + program("insight") + " deepbind 40").json();
    CHECK(stopped["profited"] == false);
    CHECK(has(stopped["why"].get<std::string>(), "RTLD_DEEPBIND"));

    // The plan's program under another build's callers: a copy whose name is right.
    std::filesystem::create_directory(folder.path("other"));
    std::filesystem::copy_file(program("rounds"), folder.path("other/insight"));
    const auto other = folder.memo(run + "other/insight 30 | grep -v done").json();
    CHECK(other["profited"] == false);
    CHECK(has(other["why"].get<std::string>(), "another build"));

    const auto wrong = folder.memo(run + program("rounds") + " 30 2>/dev/null | grep -v done").json();
    CHECK(wrong["profited"] == false);
    CHECK(has(wrong["why"].get<std::string>(), "for another program"));

    const auto killed = folder.memo(run + program("insight") + " kill").json();
    CHECK(killed["profited"].is_null());
    CHECK(killed["why"].is_null());

    const auto unreached =
        folder.memo("run --json -- " + program("static") + " 3 2>/dev/null | grep -v done").json();
    CHECK(unreached["profited"] == false);
    CHECK(has(unreached["why"].get<std::string>(), "statically linked"));
}
