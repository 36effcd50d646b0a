// The whole chain on one program: trace, look, plan, verify, run.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <algorithm>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

constexpr int kBlocks = 24;  // a round of tests/cli/programs/rounds.c
constexpr int kRounds = 20;

// A folder with rounds.memo and rounds.plan in it.
class Planned : public Folder {
  public:
    Planned() {
        REQUIRE(memo("trace -q -- " + program("rounds") + " 20").code == 0);
        REQUIRE(memo("plan -q rounds.memo").code == 0);
    }
};

bool ends_with_hint(const Answer& answer, const std::string& command) {
    return answer.err.ends_with("next: memo " + command + "\n");
}

}  // namespace

TEST_CASE("info counts what is in a trace") {
    const Planned folder;
    const Answer answer = folder.memo("info --json rounds.memo");
    REQUIRE(answer.code == 0);
    CHECK(answer.err.empty());
    const auto json = answer.json();
    CHECK(json["kind"] == "trace");
    CHECK(json["program"] == std::filesystem::canonical(program("rounds")).string());
    CHECK(json["arguments"].size() == 2);
    CHECK(json["complete"] == true);
    CHECK(json["allocations"].get<int>() >= kBlocks * kRounds);
    CHECK(json["events"].get<int>() == json["allocations"].get<int>() + json["frees"].get<int>());
    CHECK(json["peak_live_bytes"].get<std::uint64_t>() <= json["bytes_allocated"].get<std::uint64_t>());
    for (const char* key : {"threads", "sites", "truncated_sites", "contexts", "modules",
                            "modules_without_symbols", "dropped_events", "damaged_chunks", "notes",
                            "next_allocator", "tracer_writing_ms", "tracer_memory_bytes"}) {
        INFO(key);
        CHECK(json.contains(key));
    }
    CHECK(ends_with_hint(folder.memo("info rounds.memo"), "periods rounds.memo"));
}

TEST_CASE("periods finds the rounds") {
    const Planned folder;
    const auto json = folder.memo("periods --json rounds.memo").json();
    const auto& thread = json["threads"][0];
    CHECK(thread["repeats"] == true);
    CHECK(thread["period"] == kBlocks);
    CHECK(thread["rounds"] == kRounds);
    CHECK(thread["exact_rounds"] == kRounds);
    CHECK(thread["deviations"].empty());
    CHECK(ends_with_hint(folder.memo("periods rounds.memo"), "plan rounds.memo"));
}

TEST_CASE("periods of a program without rounds says what to do") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + program("restless")).code == 0);
    const Answer answer = folder.memo("periods restless.memo");
    CHECK(answer.code == 0);
    CHECK(answer.out.find("no thread repeats") != std::string::npos);
    CHECK(folder.memo("top --round restless.memo").code == 3);
}

TEST_CASE("top puts first what it is asked to sort by") {
    const Planned folder;
    for (const auto& [order, figure] :
         {std::pair("bytes", "bytes"), std::pair("count", "allocations"), std::pair("peak", "peak_bytes"),
          std::pair("kept", "kept_bytes"), std::pair("temporary", "temporary_allocations")}) {
        INFO(order);
        const auto top =
            folder.memo(std::string("top --json --by site --sort ") + order + " rounds.memo").json();
        CHECK(top["sort"] == order);
        const auto& rows = top["rows"];
        REQUIRE(rows.size() > 1);
        for (std::size_t i = 1; i < rows.size(); ++i)
            CHECK(rows[i - 1][figure].get<std::uint64_t>() >= rows[i][figure].get<std::uint64_t>());
    }
    CHECK(folder.refusal("top --sort size rounds.memo").find("--sort") != std::string::npos);
}

TEST_CASE("top adds up, whatever it groups by") {
    const Planned folder;
    for (const std::string by : {"tag", "site", "module", "thread"}) {
        INFO(by);
        const Answer answer = folder.memo("top rounds.memo --json -n 1000 --by " + by);
        REQUIRE(answer.code == 0);
        const auto json = answer.json();
        std::uint64_t bytes = 0;
        std::uint64_t allocations = 0;
        std::uint64_t peak = 0;
        for (const auto& row : json["rows"]) {
            bytes += row["bytes"].get<std::uint64_t>();
            allocations += row["allocations"].get<std::uint64_t>();
            peak += row["peak_bytes"].get<std::uint64_t>();
        }
        CHECK(bytes == json["bytes"]);
        CHECK(allocations == json["allocations"]);
        CHECK(peak == json["peak_bytes"]);
    }
}

TEST_CASE("top names functions, and one round has one round's allocations") {
    const Planned folder;
    const auto json = folder.memo("top rounds.memo --json --round --by site").json();
    CHECK(json["allocations"] == kBlocks);
    REQUIRE_FALSE(json["rows"].empty());
    CHECK(json["rows"][0]["name"].get<std::string>().starts_with("one_round < main"));
    CHECK(json["rows"][0]["frames"][0].get<std::string>().starts_with("one_round (rounds+0x"));
}

TEST_CASE("show has every slot with its lifetime and place") {
    const Planned folder;
    const auto json = folder.memo("show --json rounds.plan").json();
    REQUIRE(json["slots"].size() == kBlocks);
    const auto& slot = json["slots"][3];
    CHECK(slot["name"] == "untagged #4");
    CHECK(slot["size"] == 4096 + 3 * 1024);
    CHECK(slot["lower"] == 3);
    CHECK(slot["upper"] == 8);
    CHECK(slot["caller"]["module"] == "rounds");
    CHECK(slot["offset"].get<std::uint64_t>() + slot["size"].get<std::uint64_t>() <=
          json["height"].get<std::uint64_t>());
    // The rounds are made in main: every slot's call stack leads there.
    for (const auto& any : json["slots"]) {
        const std::vector<std::string> stack = any["stack"];
        REQUIRE_FALSE(stack.empty());
        CHECK(std::ranges::any_of(stack,
                                  [](const auto& frame) { return frame.starts_with("main (rounds+0x"); }));
    }
    const Answer stacks = folder.memo("show rounds.plan --stacks");
    CHECK(stacks.out.find("\nslot 0  untagged #1  ") != std::string::npos);
    CHECK(stacks.out.find("\n    main (rounds+0x") != std::string::npos);
    const Answer text = folder.memo("show rounds.plan");
    CHECK(text.out.find("untagged #24") != std::string::npos);
    CHECK(text.err.starts_with("next: memo run --plan rounds.plan -- "));
    CHECK(folder.memo("info --json rounds.plan").json()["slots"] == kBlocks);
}

TEST_CASE("a plan is valid, matches its trace, and serves the program") {
    const Planned folder;
    const auto verdict = folder.memo("verify --json rounds.plan rounds.memo").json();
    CHECK(verdict["valid"] == true);
    CHECK(verdict["conflict"].is_null());
    CHECK(verdict["matches_trace"] == true);
    const Answer answer =
        folder.memo("run --plan rounds.plan --stats stats.json -- " + program("rounds") + " 40 5");
    CHECK(answer.code == 5);
    CHECK(answer.out == "rounds done\n");
    CHECK(ends_with_hint(answer, "bench --plan rounds.plan -- " + program("rounds") + " 40 5"));
    const auto statistics = nlohmann::json::parse(folder.read("stats.json"));
    CHECK(statistics["planned_slots"] == kBlocks);
    CHECK(statistics["hits"].get<int>() > 30 * kBlocks);
}

TEST_CASE("a plan does not match the trace of another program") {
    const Planned folder;
    REQUIRE(folder.memo("trace -q -- " + program("restless")).code == 0);
    const Answer answer = folder.memo("verify --json rounds.plan restless.memo");
    CHECK(answer.code == 3);
    CHECK(answer.json()["valid"] == false);
    CHECK(answer.json()["matches_trace"] == false);
    CHECK(answer.json()["conflict"]["kind"] == "trace");
}

TEST_CASE("a trace that was cut short is read up to the cut") {
    const Planned folder;
    const std::string bytes = folder.read("rounds.memo");
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{15}, bytes.size() / 3, bytes.size() / 2, bytes.size() - 1}) {
        INFO(length);
        folder.write("cut.memo", bytes.substr(0, length));
        const Answer answer = folder.memo("info --json cut.memo");
        CHECK((answer.code == 0 || (answer.code == 2 && memo::test::line_count(answer.err) == 1)));
        if (answer.code == 0) CHECK(answer.json()["complete"] == false);
    }
}

TEST_CASE("a flipped bit in a trace is noticed, and nothing worse") {
    const Planned folder;
    const std::string bytes = folder.read("rounds.memo");
    for (std::size_t at = 20; at < bytes.size(); at += bytes.size() / 17) {
        INFO(at);
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        folder.write("flipped.memo", flipped);
        const Answer answer = folder.memo("info --json flipped.memo");
        REQUIRE(answer.code == 0);
        CHECK(answer.json()["damaged_chunks"].get<int>() >= 1);
    }
}
