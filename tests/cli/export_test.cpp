// memo export: each format is read by something that shares no code with its writer, and says the totals that
// `memo top` says.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <sstream>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

class Traced : public Folder {
  public:
    Traced() {
        REQUIRE(memo("trace -q -- " + program("rounds") + " 20").code == 0);
        top = memo("top --json rounds.memo").json();
    }

    // The text of the trace in that format.
    [[nodiscard]] std::string exported(const std::string& words) const {
        const Answer answer = memo("export -q rounds.memo --to " + words);
        INFO(answer.err);
        REQUIRE(answer.code == 0);
        return answer.out;
    }
    // Of all rows of `memo top`.
    [[nodiscard]] std::uint64_t sum(const char* key) const {
        std::uint64_t sum = 0;
        for (const auto& row : top["rows"]) sum += row[key].get<std::uint64_t>();
        return sum;
    }

    nlohmann::json top;
};

// Of lines "stack number".
std::uint64_t collapsed_sum(const std::string& text) {
    std::uint64_t sum = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) sum += std::stoull(line.substr(line.rfind(' ')));
    return sum;
}

}  // namespace

TEST_CASE("collapsed stacks add up to what top says, by every weight") {
    const Traced traced;
    CHECK(collapsed_sum(traced.exported("collapsed")) == traced.top["bytes"]);
    CHECK(collapsed_sum(traced.exported("collapsed --weight peak")) == traced.top["peak_bytes"]);
    CHECK(collapsed_sum(traced.exported("collapsed --weight allocations")) == traced.top["allocations"]);
    CHECK(collapsed_sum(traced.exported("collapsed --weight temporary")) == traced.sum("temporary_bytes"));
    CHECK(traced.exported("collapsed").find("main;one_round ") != std::string::npos);
}

TEST_CASE("pprof's profile decodes to the same totals, functions and ops") {
    const Traced traced;
    REQUIRE(traced.memo("export -q rounds.memo --to pprof -o rounds.pb.gz").code == 0);
    const Answer answer = traced.shell("python3 " MEMO_TEST_READERS "/pprof.py rounds.pb.gz");
    INFO(answer.err);
    REQUIRE(answer.code == 0);
    const auto profile = answer.json();
    CHECK(profile["sums"]["alloc_space"] == traced.top["bytes"]);
    CHECK(profile["sums"]["alloc_objects"] == traced.top["allocations"]);
    CHECK(profile["sums"]["inuse_space"] == traced.top["peak_bytes"]);
    CHECK(profile["sums"]["inuse_objects"] == traced.sum("peak_allocations"));
    CHECK(profile["sums"]["temporary_objects"] == traced.sum("temporary_allocations"));
    CHECK(profile["ops"]["untagged"] == traced.top["bytes"]);
    const auto functions = profile["functions"].get<std::vector<std::string>>();
    CHECK(std::find(functions.begin(), functions.end(), "one_round") != functions.end());
}

TEST_CASE("speedscope's file has what its schema requires, and the same totals") {
    const Traced traced;
    const auto file = nlohmann::json::parse(traced.exported("speedscope"));
    CHECK(file["$schema"] == "https://www.speedscope.app/file-format-schema.json");
    const auto& frames = file["shared"]["frames"];
    for (const auto& frame : frames) REQUIRE(frame["name"].is_string());
    std::vector<std::uint64_t> totals;
    for (const auto& profile : file["profiles"]) {
        REQUIRE(profile["type"] == "sampled");
        REQUIRE(profile["name"].is_string());
        REQUIRE((profile["unit"] == "bytes" || profile["unit"] == "none"));
        REQUIRE(profile["startValue"] == 0);
        REQUIRE(profile["samples"].size() == profile["weights"].size());
        std::uint64_t total = 0;
        for (const auto& weight : profile["weights"]) total += weight.get<std::uint64_t>();
        for (const auto& sample : profile["samples"]) {
            for (const auto& frame : sample) REQUIRE(frame.get<std::size_t>() < frames.size());
        }
        CHECK(profile["endValue"] == total);
        totals.push_back(total);
    }
    CHECK(totals == std::vector<std::uint64_t>{traced.top["bytes"], traced.top["peak_bytes"],
                                               traced.sum("temporary_bytes"), traced.top["allocations"]});
}

TEST_CASE("perfetto's file is trace events: rounds, counters that peak where top does, and blocks that end") {
    const Traced traced;
    const auto file = nlohmann::json::parse(traced.exported("perfetto"));
    std::map<std::string, std::size_t> phases;
    std::uint64_t peak = 0;
    std::uint64_t peak_by_op = 0;
    std::map<std::uint64_t, std::uint64_t> begun;
    for (const auto& event : file["traceEvents"]) {
        const auto phase = event["ph"].get<std::string>();
        ++phases[phase];
        REQUIRE(event["ts"].is_number_unsigned());
        REQUIRE(event["pid"].is_number_unsigned());
        REQUIRE(event["name"].is_string());
        if (event["name"] == "live bytes") peak = std::max(peak, event["args"]["bytes"].get<std::uint64_t>());
        if (event["name"] == "live bytes by op") {
            std::uint64_t sum = 0;
            for (const auto& [op, bytes] : event["args"].items()) sum += bytes.get<std::uint64_t>();
            peak_by_op = std::max(peak_by_op, sum);
        }
        if (phase == "b") begun[event["id"]] = event["ts"];
        if (phase == "e") CHECK(begun.at(event["id"]) < event["ts"].get<std::uint64_t>());
    }
    CHECK(peak == traced.top["peak_bytes"]);
    CHECK(peak_by_op == peak);
    CHECK(phases["X"] == 20);
    CHECK(phases["b"] == phases["e"]);
    CHECK(phases["b"] >= 24U * 20U);
}

TEST_CASE("heaptrack's own printer reads its text and counts the same") {
    const Traced traced;
    if (traced.shell("command -v heaptrack_print").code != 0) {
        WARN("skip heaptrack_print is not installed");
        return;
    }
    REQUIRE(traced.memo("export -q rounds.memo --to heaptrack -o rounds.heaptrack").code == 0);
    const Answer answer = traced.shell("heaptrack_print rounds.heaptrack");
    REQUIRE(answer.code == 0);
    CHECK(answer.err.find("failed") == std::string::npos);
    CHECK(answer.out.find("calls to allocation functions: " +
                          std::to_string(traced.top["allocations"].get<std::uint64_t>()) + " ") !=
          std::string::npos);
    CHECK(answer.out.find("one_round") != std::string::npos);
}

TEST_CASE("a round as MiniMalloc's CSV is the problem that memo plans") {
    const Traced traced;
    REQUIRE(traced.memo("export -q rounds.memo --to minimalloc -o round.csv").code == 0);
    const auto table = traced.memo("plan --json round.csv").json();
    const auto plan = traced.memo("plan --json rounds.memo").json();
    CHECK(table["max_load"] == plan["max_load"]);
    CHECK(table["slots"] == plan["slots"]);
}

TEST_CASE("JSON lines hold every event, and refer to what is defined") {
    const Traced traced;
    std::istringstream lines(traced.exported("jsonl"));
    std::map<std::string, std::uint64_t> kinds;
    std::uint64_t bytes = 0;
    for (std::string text; std::getline(lines, text);) {
        const auto line = nlohmann::json::parse(text);
        const auto kind = line["kind"].get<std::string>();
        if (kind == "allocate") {
            bytes += line["size"].get<std::uint64_t>();
            REQUIRE(line["site"].get<std::uint64_t>() < kinds["site"]);
            REQUIRE(line["thread"].get<std::uint64_t>() < kinds["thread"]);
        }
        if (kind == "site") {
            for (const auto& frame : line["frames"]) REQUIRE(frame.get<std::uint64_t>() < kinds["frame"]);
        }
        ++kinds[kind];
    }
    CHECK(bytes == traced.top["bytes"]);
    CHECK(kinds["allocate"] == traced.top["allocations"]);
    CHECK(kinds["free"] == traced.memo("info --json rounds.memo").json()["frees"]);
}

TEST_CASE("an export that cannot be is one line, and leaves no file") {
    const Traced traced;
    traced.write("text", "id,lower,upper,size\na,0,1,8\n");
    CHECK(traced.refusal("export rounds.memo --to svg").find("--to") != std::string::npos);
    CHECK(traced.refusal("export text --to pprof -o x").find("not a memo trace") != std::string::npos);
    CHECK(traced.refusal("export rounds.memo --to jsonl -o no/such/x").find("No such file") !=
          std::string::npos);
    CHECK(traced.refusal("export rounds.memo --to jsonl -o /dev/full").find("No space left") !=
          std::string::npos);
    REQUIRE(traced.memo("trace -q -o true.memo -- /bin/true").code == 0);
    CHECK(traced.memo("export true.memo --to minimalloc -o x").code == 3);
    CHECK_FALSE(traced.has("x"));
}
