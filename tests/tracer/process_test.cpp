// The tracer and the life of processes: fork, exec, exit, kill -9, and files that cannot be written.
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace memo;
using memo::test::requests_of;
using memo::test::TracedRun;

namespace {

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Of all traces of a run, how many hold a request of this size.
std::size_t traces_with(const TracedRun& run, std::uint64_t size) {
    const auto all = run.traces();
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const auto& named) { return !requests_of(named.second, size).empty(); }));
}

}  // namespace

TEST_CASE("a forked child and what it execs have files of their own") {
    const TracedRun run({"fork_and_exec"});
    REQUIRE(run.exit_code() == 0);
    const auto all = run.traces();
    REQUIRE(all.size() == 3);
    const Trace& parent = all.at("trace");
    CHECK(requests_of(parent, 7100).size() == 1);
    CHECK(requests_of(parent, 7103).size() == 1);
    CHECK(requests_of(parent, 7101).empty());
    CHECK(parent.complete);
    CHECK(traces_with(run, 7102) == 1);
    for (const auto& [name, trace] : all) {
        CHECK(trace.damaged_chunks == 0);
        if (name != "trace") CHECK(trace.parent_process_id == parent.process_id);
        if (name != "trace") CHECK_THAT(name, Catch::StartsWith("trace." + std::to_string(trace.process_id)));
    }
}

TEST_CASE("forks in a threaded program neither hang nor mix the files up") {
    const TracedRun run({"fork_in_threads"});
    REQUIRE(run.exit_code() == 0);
    const auto all = run.traces();
    CHECK(all.size() == 61);
    for (const auto& [name, trace] : all) {
        INFO(name);
        CHECK(trace.damaged_chunks == 0);
        CHECK(requests_of(trace, 7110).size() == (name == "trace" ? 0 : 100));
        test::check_addresses(trace);
    }
}

TEST_CASE("a fork that runs no handlers does not write into its parent's file") {
    const TracedRun run({"raw_fork"});
    REQUIRE(run.exit_code() == 0);
    const auto all = run.traces();
    REQUIRE(all.size() == 2);
    const Trace& parent = all.at("trace");
    CHECK(requests_of(parent, 7120).size() == 1);
    CHECK(requests_of(parent, 7121).empty());
    CHECK(requests_of(parent, 7122).size() == 1);
    CHECK(parent.damaged_chunks == 0);
    CHECK(traces_with(run, 7121) == 1);
}

TEST_CASE("a program killed outright leaves a readable file") {
    const TracedRun run({"killed"});
    REQUIRE(run.exit_code() == 128 + SIGKILL);
    const Trace trace = run.trace();
    CHECK_FALSE(trace.complete);
    CHECK(trace.damaged_chunks == 0);
    // At most one buffer of 4096 events is lost, half of them allocations.
    CHECK(requests_of(trace, 7200).size() > 100'000 - 4096);
    for (const Event& event : requests_of(trace, 7200)) REQUIRE(event.site != kNone);
}

TEST_CASE("threads that still run at exit are written out") {
    const TracedRun run({"exits_early"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(requests_of(trace, 7400).size() == 50);
    CHECK(trace.complete);
}

TEST_CASE("a program that closes all descriptors keeps its own files clean, and its trace") {
    const TracedRun run({"closes_all"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(requests_of(trace, 7200).size() == 100'000);
    CHECK(trace.complete);
    CHECK(trace.damaged_chunks == 0);
}

TEST_CASE("neither the tracer nor its unwinder takes a low descriptor") {
    CHECK(TracedRun({"low_descriptors"}).exit_code() == 0);
}

TEST_CASE("a program with few descriptors finds none of the tracer's among them") {
    const TracedRun run({"few_descriptors"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(requests_of(trace, 7200).size() == 100'000);
    CHECK(trace.complete);
}

TEST_CASE("at the file size limit recording stops, the program does not") {
    const TracedRun run({"limited"});
    CHECK(run.exit_code() == 0);
    CHECK(lines_of(run.errors()) == 1);
    CHECK_THAT(run.errors(), Catch::Contains("recording stopped"));
    const Trace trace = run.trace();
    CHECK(trace.damaged_chunks == 0);
    const auto recorded = static_cast<std::size_t>(std::ranges::count_if(
        trace.events, [](const Event& event) { return event.kind == EventKind::allocate; }));
    CHECK(recorded > 0);
    // The room of the chunk that did not fit does for saying how much is missing.
    CHECK(trace.complete);
    CHECK(recorded + trace.dropped_events / 2 >= 199'900);
}

TEST_CASE("on a full disk recording stops, the program does not") {
    const auto place = std::filesystem::temp_directory_path() / ("memo-full-" + std::to_string(getpid()));
    std::filesystem::create_directory(place);
    if (mount("none", place.c_str(), "tmpfs", 0, "size=128k") != 0) {
        std::filesystem::remove(place);
        WARN("not root: no small file system to fill");
        return;
    }
    {
        const TracedRun run({"varied"}, {{"MEMO_TRACE_FILE", (place / "trace").string()}});
        CHECK(run.exit_code() == 0);
        CHECK(lines_of(run.errors()) == 1);
        CHECK_THAT(run.errors(), Catch::Contains("No space left"));
    }
    umount(place.c_str());
    std::filesystem::remove(place);
}

TEST_CASE("where no file can be made, one line says so and the program runs") {
    const TracedRun run({"many"}, {{"MEMO_TRACE_FILE", "no/such/directory/trace"}});
    CHECK(run.exit_code() == 0);
    CHECK(lines_of(run.errors()) == 1);
    CHECK_THAT(run.errors(), Catch::Contains("no/such/directory/trace: No such file"));
}

TEST_CASE("an existing file is not touched") {
    const TracedRun run({"/bin/sh", "-c", "exec " MEMO_TEST_SUBJECT " one 7999"});
    REQUIRE(run.exit_code() == 0);
    const auto all = run.traces();
    REQUIRE(all.size() == 2);  // the shell's, and what it became
    CHECK(all.at("trace").program != all.rbegin()->second.program);
    CHECK(all.at("trace").complete);  // an exec is an end, too
    CHECK(requests_of(all.rbegin()->second, 7999).size() == 1);
}

TEST_CASE("without a file name the trace goes to the working directory") {
    const TracedRun run({"one", "7999"}, {{"MEMO_TRACE_FILE", ""}});
    REQUIRE(run.exit_code() == 0);
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(run.directory())) {
        const std::string name = entry.path().filename();
        if (name.starts_with("memotrace.") && name.ends_with(".memo")) ++found;
    }
    CHECK(found == 1);
}

TEST_CASE("a hundred children that become other programs at once each have a file that opens") {
    const TracedRun run({"bomb"});
    REQUIRE(run.exit_code() == 0);
    CHECK(traces_with(run, 7950) == 100);
    for (const auto& [name, trace] : run.traces()) {
        INFO(name);
        CHECK(trace.damaged_chunks == 0);
    }
}

TEST_CASE("five hundred threads lose nothing, and keep the names they give themselves") {
    const TracedRun run({"many_threads"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(requests_of(trace, 7900).size() == 10'000);
    CHECK(trace.threads.size() == 501);
    CHECK(trace.dropped_events == 0);
    CHECK(std::ranges::count(trace.threads, "seventh", &ThreadInfo::name) == 1);
}
