// MEMO_HUGE and MEMO_REALTIME, seen from inside the program: what pages its planned blocks lie on, and that
// serving them takes no fault and no system call.
#include "child.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

using memo::test::Ending;
using memo::test::kLearn;
using memo::test::kPreload;
using memo::test::number_in;
using memo::test::plan_for;
using memo::test::run;
using memo::test::Scratch;

namespace {

[[nodiscard]] std::vector<std::string> probe(const std::string& name) {
    return {MEMO_PROBES "/probe_memory", name};
}

[[nodiscard]] bool has_huge_pages() {
    return access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0;
}

// Not before Linux 6.1; nor where the system wants no huge pages, or uses them by itself: then it is not
// seen.
[[nodiscard]] bool collapses_when_asked() {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    constexpr int kCollapse = 25;
    std::ifstream enabled("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string text;
    if (!std::getline(enabled, text) || text.find("[madvise]") == std::string::npos) return false;
    void* memory = mmap(nullptr, 2 * kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    const auto start = (reinterpret_cast<std::uintptr_t>(memory) + kHugePage - 1) & ~(kHugePage - 1);
    std::memset(reinterpret_cast<void*>(start), 1, kHugePage);
    const bool collapses = madvise(reinterpret_cast<void*>(start), kHugePage, kCollapse) == 0;
    munmap(memory, 2 * kHugePage);
    return collapses;
}

// A plan for rounds of one block of so many bytes.
[[nodiscard]] std::string plan_of_block(const std::string& bytes, const Scratch& scratch) {
    REQUIRE(setenv("PROBE_BYTES", bytes.c_str(), 1) == 0);
    return plan_for(probe("advice"), scratch);
}

}  // namespace

TEST_CASE("MEMO_HUGE says what pages arenas lie on", "[interpose]") {
    if (!has_huge_pages()) {
        WARN("skipped: the system has no transparent huge pages");
        return;
    }
    struct Row {
        std::string bytes, value, advice;
    };
    const auto row = GENERATE(values<Row>({
        {"8192", "", "any any"},
        {"8192", "auto", "any any"},
        {"8192", "never", "small small"},
        {"8192", "always", "huge huge"},
        {"5000000", "", "huge any"},
        {"5000000", "auto", "huge any"},
        {"5000000", "never", "small small"},
        {"5000000", "always", "huge huge"},
    }));
    CAPTURE(row.bytes, row.value);
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_of_block(row.bytes, scratch);
    CHECK(run(probe("advice"), {kPreload, plan, "MEMO_HUGE=" + row.value}) ==
          Ending{0, row.advice + "\n", ""});
}

TEST_CASE("an unknown value of MEMO_HUGE is one line, and auto", "[interpose]") {
    const Scratch scratch;
    const std::string plan = "MEMO_PLAN=" + plan_of_block("8192", scratch);
    CHECK(run(probe("advice"), {kPreload, plan, "MEMO_HUGE=sometimes"}) ==
          Ending{0, "any any\n",
                 "memomalloc: MEMO_HUGE: sometimes is none of auto, never, always; taken for auto\n"});
}

TEST_CASE("what stays in the pool is on huge pages soon, unless the user wants none", "[interpose]") {
    if (!collapses_when_asked()) {
        WARN("skipped: this system collapses nothing, or lays everything on huge pages");
        return;
    }
    const auto stays = [](const char* milliseconds, const char* setting) {
        const std::string within = std::string("PROBE_MS=") += milliseconds;
        return run(probe("stays"), {kPreload, "PROBE_MORE=1", within, setting});
    };
    CHECK(stays("20000", "MEMO_HUGE=auto") == Ending{0, "huge\n", ""});
    CHECK(stays("1500", "MEMO_HUGE=never") == Ending{0, "small\n", ""});
    CHECK(stays("1500", "MEMO_REALTIME=1") == Ending{0, "small\n", ""});
    // Where it would raise the peak, not at first.
    CHECK(run(probe("stays"), {kPreload, "PROBE_MS=1500"}) == Ending{0, "small\n", ""});
    CHECK(run(probe("stays"), {kPreload, "PROBE_MS=20000", "MEMO_IDLE_PURGE_MS=1000"}) ==
          Ending{0, "huge\n", ""});
}

TEST_CASE("in real-time mode no planned request faults or calls the system", "[interpose]") {
    const auto command = probe("realtime");
    const bool learnt = GENERATE(false, true);
    CAPTURE(learnt);
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    std::vector<std::string> environment = {kPreload, kLearn, "MEMO_REALTIME=1", "MEMO_STATS=" + statistics,
                                            "PROBE_ROUNDS=100000"};
    if (!learnt) environment.push_back("MEMO_PLAN=" + plan_for(command, scratch));
    const Ending ending = run(command, environment);
    if (ending.err.find("RLIMIT_MEMLOCK") != std::string::npos) {
        WARN("skipped: too little memory may be locked here");
        return;
    }
    CHECK(ending == Ending{0, "0 faults\n", ""});
    CHECK(number_in(statistics, "hits") >= 2'400'000);
}

TEST_CASE("where memory cannot be locked, real-time mode says so and goes on", "[interpose]") {
    // Root may lock whatever it likes, unless it gave that up.
    const std::string modest = geteuid() == 0 ? "setpriv --bounding-set=-ipc_lock " : "";
    const Ending able = run({"/bin/sh", "-c", modest + "true"});
    if (able.code != 0) {
        WARN("skipped: this privilege cannot be given up: " << able.err);
        return;
    }
    const auto command = probe("realtime");
    const Scratch scratch;
    const std::string statistics = scratch.file("statistics.json");
    const std::string line = "ulimit -l 0; exec " + modest + "env " + kPreload +
                             " MEMO_REALTIME=1 MEMO_STATS=" + statistics +
                             " MEMO_PLAN=" + plan_for(command, scratch) + ' ' + command[0] + ' ' + command[1];
    const Ending ending = run({"/bin/sh", "-c", line});
    CHECK(ending.code == 0);
    CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
    CHECK(ending.err.find("memomalloc: MEMO_REALTIME: ") == 0);
    CHECK(ending.err.find(" bytes cannot be locked in memory: ") != std::string::npos);
    CHECK(ending.err.find("RLIMIT_MEMLOCK") != std::string::npos);
    CHECK(number_in(statistics, "hits") >= 60);
}
