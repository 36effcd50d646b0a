// memo live: reading a process that takes no part in it, whatever it holds.
#include "allocator/live.h"

#include "cli/live_reader.h"
#include "common/version.h"
#include "tests/cli/command.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <random>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;
using memo::test::program;

// This process's own, for the reader to follow.
memo::LiveRoot memo_live = {};

namespace {

// memo_live as the library has it, over tables that the test may damage.
struct Subject {
    Subject() {
        std::memcpy(root.magic, memo::kLiveMagic, sizeof root.magic);
        root.layout = memo::kLiveLayout;
        root.root_bytes = sizeof(memo::LiveRoot);
        root.table_bytes = sizeof(memo::LiveTable);
        root.counts_bytes = sizeof(memo::ReplayCounts);
        root.pool_bytes = sizeof(memo::PoolCounts);
        root.past_bytes = sizeof(memo::PastPlans);
        root.small_bytes = sizeof(memo::SmallCounts);
        std::strncpy(root.version, memo::kVersion, sizeof root.version - 1);
        root.table = &table;
        root.state = &state;
        root.no_arena = &no_arena;
        root.pool = &pool;
        root.past = &past;
        root.small = &small;
        root.plan_path = "";
        root.next_allocator = "libc";
    }
    ~Subject() { root = {}; }
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;

    memo::LiveRoot& root = memo_live;
    memo::LiveTable table = {};
    memo::ReplayCounts counts;
    memo::PoolCounts pool;
    memo::PastPlans past;
    memo::SmallCounts small;
    std::atomic<const char*> state{"serving"};
    std::atomic<std::uint64_t> no_arena{5};
};

// Runs `insight wait` under the library, and `then` once it is served; $pid is the process.
[[nodiscard]] Answer while_running(const Folder& folder, const std::string& then) {
    REQUIRE(folder.memo("trace -q -- " + program("insight")).code == 3);
    REQUIRE(folder.memo("plan -q insight.memo").code == 0);
    return folder.shell("MEMO_PLAN=insight.plan LD_PRELOAD='" MEMO_MALLOC "' " + program("insight") +
                        " wait & pid=$!\nfor i in $(seq 1000); do [ -e ready ] && break; sleep 0.02; done\n" +
                        then + "\nkill $pid 2>/dev/null; wait $pid 2>/dev/null; exit $code");
}

}  // namespace

TEST_CASE("a running process is read from outside", "[live]") {
    const Folder folder;
    const Answer answer = while_running(folder, "\"$memo\" live --json $pid; code=$?");
    if (answer.code == 2) {
        WARN("skipped: " << answer.err);
        return;
    }
    CHECK(answer.code == 0);
    CHECK(answer.err.empty());
    const auto statistics = answer.json();
    CHECK(statistics["state"] == "serving");
    CHECK(statistics["plan"].get<std::string>() == "insight.plan");
    CHECK(statistics["rounds"].get<int>() >= 19);
    CHECK(statistics["hits"].get<int>() >= 19 * 24);
    CHECK(statistics["plans"] == 1);
    CHECK(statistics["planned_slots"] == 24);
    CHECK(statistics["arenas"] == 1);
    CHECK(statistics["per_plan"][0]["arena_bytes"] == statistics["arena_bytes"]);
    CHECK(statistics["rss_bytes"].get<std::uint64_t>() > 0);
    CHECK(statistics["next_allocator"].get<std::string>().find("libc") != std::string::npos);
}

TEST_CASE("a process is watched until it ends", "[live]") {
    const Folder folder;
    const Answer answer =
        while_running(folder, "(sleep 0.5; kill $pid) & \"$memo\" live -q --watch 0.05 $pid; code=$?");
    if (answer.code == 2) {
        WARN("skipped: " << answer.err);
        return;
    }
    CHECK(answer.code == 0);
    CHECK(line_count(answer.out) % 7 == 0);
    CHECK(line_count(answer.out) >= 2 * 6);
    CHECK(answer.err.find("memo:") == std::string::npos);
}

TEST_CASE("a process that cannot be read is one line that says what to do", "[live]") {
    const Folder folder;
    CHECK(folder.refusal("live 4194999") == "process 4194999: there is none");
    CHECK(folder.refusal("live 0") == "process 0: there is none");
    CHECK(folder.refusal("live nobody").find("--help") != std::string::npos);
    CHECK(folder.refusal("live --watch -1 1").find("--watch") != std::string::npos);
    const Answer plain =
        folder.shell("sleep 60 & pid=$!; \"$memo\" live $pid; code=$?; kill $pid; exit $code");
    CHECK(plain.code == 2);
    CHECK(line_count(plain.err) == 1);

    const pid_t zombie = fork();
    if (zombie == 0) _exit(0);
    siginfo_t ended = {};
    REQUIRE(waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED | WNOWAIT) == 0);
    const std::string name = std::to_string(zombie);
    CHECK(folder.refusal("live " + name) == "process " + name + ": has ended");
    waitpid(zombie, nullptr, 0);
}

TEST_CASE("the reader follows the symbol, and adds up what is there", "[live]") {
    Subject subject;
    subject.counts.hits = 7;
    subject.counts.rounds = 3;
    subject.pool = {11, 12, 13, 14, 15, 16};
    subject.table.plans = 1;
    subject.table.plan[0] = {24, 4096, 4000, 8192, {}};
    subject.table.plan[0].arenas[0] = &subject.counts;
    subject.table.plan[0].arenas[63] = &subject.counts;
    subject.table.plans = 2;  // the second one was dropped
    subject.past.counts.hits = 100;
    subject.past.dropped = 1;
    subject.small = {2, 0x20000, 1};
    auto reader = memo::cli::LiveReader::open(getpid());
    REQUIRE(reader.ok());
    const memo::Statistics* statistics = reader->read();
    REQUIRE(statistics != nullptr);
    CHECK(statistics->plans == 1);
    CHECK(statistics->dropped == 1);
    CHECK(statistics->counts.hits == 114);
    CHECK(statistics->counts.rounds == 6);
    CHECK(statistics->no_arena == 5);
    CHECK(statistics->pool.blocks == 11);
    CHECK(statistics->pool.resident == 14);
    CHECK(statistics->pool.busy == 16);
    CHECK(statistics->small.bytes == 0x20000);
    CHECK(statistics->arenas == 2);
    CHECK(statistics->arena_bytes == 2 * 8192);
    CHECK(std::string(statistics->state) == "serving");
    CHECK(std::string(statistics->plan) == "learnt");
}

TEST_CASE("another version, and what is no table of ours, are told apart", "[live]") {
    const auto error = [] {
        const auto reader = memo::cli::LiveReader::open(getpid());
        return reader.ok() ? std::string() : reader.error();
    };
    {
        Subject subject;
        CHECK(error().empty());
        ++subject.root.layout;
        CHECK(error().find("use the memo that belongs to it") != std::string::npos);
    }
    {
        Subject subject;
        subject.root.pool_bytes += 8;
        CHECK(error().find("use the memo that belongs to it") != std::string::npos);
    }
    {
        Subject subject;
        std::strncpy(subject.root.version, "9.9.9", sizeof subject.root.version - 1);
        CHECK(error().find("9.9.9") != std::string::npos);
    }
    {
        Subject subject;
        std::memset(subject.root.version, '\x1b', sizeof subject.root.version);  // has no end either
        CHECK(error().find('\x1b') == std::string::npos);
        subject.root.magic[0] = 'x';
        CHECK(error().find("does not run under libmemomalloc.so") != std::string::npos);
    }
}

TEST_CASE("torn and damaged data never harm the reader", "[live]") {
    std::mt19937_64 random(1);
    for (int turn = 0; turn < 300; ++turn) {
        Subject subject;
        auto reader = memo::cli::LiveReader::open(getpid());
        REQUIRE(reader.ok());
        auto* bytes = reinterpret_cast<unsigned char*>(&subject.table);
        for (int k = 0; k < 200; ++k)
            bytes[random() % sizeof subject.table] = static_cast<unsigned char>(random());
        subject.table.plans = static_cast<std::uint32_t>(random());
        subject.state = reinterpret_cast<const char*>(random());
        const memo::Statistics* statistics = reader->read();
        REQUIRE(statistics != nullptr);
        CHECK(statistics->plans <= memo::Plans::kMost);
        CHECK(statistics->arenas == 0);
        CHECK(std::string(statistics->state).empty());
    }
    // Pointers of the root itself.
    Subject subject;
    subject.root.table = reinterpret_cast<const memo::LiveTable*>(16);
    auto reader = memo::cli::LiveReader::open(getpid());
    REQUIRE(reader.ok());
    CHECK(reader->read() == nullptr);
    Subject other;
    other.root.state = nullptr;
    other.root.plan_path = nullptr;
    other.root.pool = nullptr;
    auto unstarted = memo::cli::LiveReader::open(getpid());
    REQUIRE(unstarted.ok());
    REQUIRE(unstarted->read() != nullptr);
    CHECK(std::string(unstarted->read()->state) == "not started yet");
    CHECK(unstarted->read()->pool.blocks == 0);
}
