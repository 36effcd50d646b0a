// The tracer on disks that are slow, full or lost in the middle of a write, and under a memory limit: the
// program runs on, the file opens, and what is missing is said.
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace memo;
using memo::test::requests_of;
using memo::test::TracedRun;

namespace {

constexpr int kNotPossible = 77;  // as tests/tracer/disk.cpp has it

// Runs the subject on such a disk; nothing where the kernel does not allow it.
std::unique_ptr<TracedRun> on_disk(const std::string& kind, const std::string& number,
                                   const std::string& what) {
    auto run = std::make_unique<TracedRun>(
        std::vector<std::string>{MEMO_TEST_DISK, kind, number, MEMO_TEST_SUBJECT, what},
        TracedRun::Variables{{"LD_PRELOAD", ""}, {"MEMO_DISK_PRELOAD", MEMO_TEST_TRACER}});
    if (run->exit_code() == kNotPossible) {
        WARN("skip seccomp's user notification is not allowed here: no disk to be played");
        return nullptr;
    }
    return run;
}

std::size_t allocations_of(const Trace& trace) {
    return static_cast<std::size_t>(std::ranges::count(trace.events, EventKind::allocate, &Event::kind));
}

// A control group with a memory limit, of either version, gone at the end.
class MemoryLimit {
  public:
    MemoryLimit() {
        set_ = make("/sys/fs/cgroup", "memory.max") || make("/sys/fs/cgroup/memory", "memory.limit_in_bytes");
    }
    ~MemoryLimit() { rmdir(folder_.c_str()); }
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;
    [[nodiscard]] bool is_set() const { return set_; }
    [[nodiscard]] std::string members() const { return (folder_ / "cgroup.procs").string(); }

  private:
    // Only where the kernel puts the limit's file into a new folder is that a group.
    [[nodiscard]] bool make(const std::filesystem::path& root, const char* limit) {
        folder_ = root / ("memo-test-" + std::to_string(getpid()));
        std::error_code error;
        if (!std::filesystem::create_directory(folder_, error)) return false;
        if (std::filesystem::exists(folder_ / limit, error) && std::filesystem::exists(members(), error)) {
            std::ofstream file(folder_ / limit);
            file << "64M" << std::flush;
            if (file.good()) return true;
        }
        rmdir(folder_.c_str());
        return false;
    }

    std::filesystem::path folder_;
    bool set_ = false;
};

}  // namespace

TEST_CASE("on a slow disk the program waits, and nothing is lost") {
    for (const std::string what : {"varied", "many_threads"}) {
        INFO(what);
        const auto run = on_disk("slow", "2", what);
        if (!run) return;
        CHECK(run->exit_code() == 0);
        CHECK(run->errors().empty());
        const Trace trace = run->trace();
        CHECK(trace.complete);
        CHECK(trace.dropped_events == 0);
        CHECK(trace.damaged_chunks == 0);
        if (what == "many_threads") {
            CHECK(requests_of(trace, 7900).size() == 10'000);
        } else {
            CHECK(allocations_of(trace) >= 199'900);
        }
    }
}

TEST_CASE("when the disk is full in the middle, what was recorded before is there") {
    const auto run = on_disk("full", "20", "varied");
    if (!run) return;
    CHECK(run->exit_code() == 0);
    CHECK(std::ranges::count(run->errors(), '\n') == 1);
    CHECK_THAT(run->errors(), Catch::Contains("No space left") && Catch::Contains("recording stopped"));
    const Trace trace = run->trace();
    CHECK(trace.damaged_chunks == 0);
    CHECK(allocations_of(trace) > 10'000);
    CHECK(allocations_of(trace) < 199'900);
    CHECK_FALSE(trace.complete);  // not even the goodbye had room
}

TEST_CASE("killed in the middle of a write, the file opens and half a chunk is counted as damaged") {
    const auto run = on_disk("cut", "20", "varied");
    if (!run) return;
    CHECK(run->exit_code() == 128 + SIGKILL);
    const Trace trace = run->trace();
    CHECK_FALSE(trace.complete);
    CHECK(trace.damaged_chunks == 1);
    CHECK(allocations_of(trace) > 10'000);
    test::check_addresses(trace);
}

TEST_CASE("a program that is killed because memory ran out leaves a file that opens") {
    const MemoryLimit limit;
    if (!limit.is_set()) {
        WARN("skip no control group with a memory limit can be made here: nothing runs out of memory");
        return;
    }
    const TracedRun run(
        {"/bin/sh", "-c", "echo $$ >" + limit.members() + " && exec " MEMO_TEST_SUBJECT " devours"});
    if (run.exit_code() == 0) {
        WARN(
            "skip the memory limit of the control group is not kept here (swap?): nothing ran out of memory");
        return;
    }
    CHECK(run.exit_code() == 128 + SIGKILL);
    const auto all = run.traces();
    const auto subject = std::ranges::find_if(
        all, [](const auto& named) { return named.second.program.find("subject") != std::string::npos; });
    REQUIRE(subject != all.end());
    CHECK_FALSE(subject->second.complete);
    CHECK(subject->second.damaged_chunks <= 1);
    CHECK(requests_of(subject->second, 7960).size() > 1'000);
}

TEST_CASE("a program that becomes another again and again leaves a file of each") {
    const TracedRun run({"chain", "20"});
    REQUIRE(run.exit_code() == 0);
    const auto all = run.traces();
    CHECK(all.size() == 21);
    for (const auto& [name, trace] : all) {
        INFO(name);
        CHECK(trace.complete);
        CHECK(trace.damaged_chunks == 0);
        CHECK(requests_of(trace, 7970).size() == 10);
        CHECK(trace.process_id == all.at("trace").process_id);
    }
}

TEST_CASE("the trace says what the tracer took") {
    const TracedRun run({"varied"});
    const Trace trace = run.trace();
    const auto note = std::ranges::find_if(
        trace.notes, [](const std::string& text) { return text.starts_with("tracer cost: "); });
    REQUIRE(note != trace.notes.end());
    unsigned long long time = 0;
    unsigned long long bytes = 0;
    REQUIRE(std::sscanf(note->c_str(), "tracer cost: %llu ns of CPU time writing, %llu bytes of memory",
                        &time, &bytes) == 2);
    CHECK(time > 0);
    CHECK(bytes > 100'000);        // a thread's buffer alone is more
    CHECK(bytes < 1'000'000'000);  // what was never touched does not count
}
