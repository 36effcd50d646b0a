// memo trace --idle and --attach: nothing is recorded until it is asked for, and what cannot be attached to
// is said in a line.
#include "common/trace_reader.h"
#include "common/trace_switch.h"
#include "tests/cli/command.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

// Runs `start` in the background, `then` once it runs ($pid is the process), and ends it. $code is what it
// ended with.
[[nodiscard]] Answer while_running(const Folder& folder, const std::string& start, const std::string& then) {
    return folder.shell(start +
                        " & started=$!\nfor i in $(seq 500); do [ -e ready ] && break; sleep 0.02; done\n" +
                        "pid=$(cat ready)\n" + then + "\ntouch stop; wait $started; code=$?");
}

[[nodiscard]] std::size_t blocks_in(const std::string& path) {
    const auto trace = memo::read_trace(path);
    REQUIRE(bool(trace));
    return static_cast<std::size_t>(std::ranges::count_if(trace->events, [](const memo::Event& event) {
        return event.kind == memo::EventKind::allocate && event.size == 7777;
    }));
}

}  // namespace

TEST_CASE("a program that was started idle records only while memo is attached", "[attach]") {
    const Folder folder;
    const Answer answer =
        while_running(folder, "$memo trace --idle -o x.memo -- " + program("steady"),
                      "ls > before\n$memo trace --attach $pid --for 0.2 --json -o y.memo > one\n"
                      "$memo trace -q --attach $pid --for 0.1; echo $? > code");
    CHECK(folder.read("before").find("x.memo") == std::string::npos);
    CHECK(folder.read("code") == "0\n");
    const std::size_t first = blocks_in(folder.path("y.memo"));
    CHECK(first > 0);
    CHECK(blocks_in(folder.path("x.memo")) > first);  // both stretches
    CHECK(nlohmann::json::parse(folder.read("one"))["files"][0]["path"] == "y.memo");
    CHECK(answer.err.find("recording for 0.2 seconds") != std::string::npos);
    const auto trace = memo::read_trace(folder.path("x.memo"));
    REQUIRE(bool(trace));
    CHECK(trace->complete);
    CHECK(std::ranges::count(trace->notes, "recording switched on") == 2);
}

TEST_CASE("Ctrl-C ends the recording and not the program", "[attach]") {
    const Folder folder;
    (void)while_running(folder, "$memo trace --idle -q -o x.memo -- " + program("steady"),
                        "$memo trace --attach $pid & sleep 0.5; kill -INT $!; wait $!; echo $? > code\n"
                        "kill -0 $pid && echo yes > alive");
    CHECK(folder.read("code") == "0\n");
    CHECK(folder.read("alive") == "yes\n");
    CHECK(blocks_in(folder.path("x.memo")) > 0);
}

TEST_CASE("a program that nobody attaches to has no trace, and its own exit code", "[attach]") {
    const Folder folder;
    const Answer answer = folder.memo("trace --idle -o x.memo -- /bin/sh -c 'exit 5'");
    CHECK(answer.code == 5);
    CHECK(answer.err == "memo: x.memo: nothing was recorded: memo trace --attach PID does\n");
    CHECK(folder.names().empty());
}

TEST_CASE("the process ends while memo is attached", "[attach]") {
    const Folder folder;
    (void)while_running(folder, "$memo trace --idle -q -o x.memo -- " + program("steady"),
                        "$memo trace -q --attach $pid & sleep 0.3; touch stop; wait $!; echo $? > code");
    CHECK(folder.read("code") == "0\n");
    CHECK(blocks_in(folder.path("x.memo")) > 0);
}

TEST_CASE("a process that cannot be attached to is said to be, in one line", "[attach]") {
    const Folder folder;
    CHECK(folder.refusal("trace --attach 4194305") == "process 4194305: there is none");
    CHECK_THAT(
        folder.refusal("trace --attach " + std::to_string(getpid())),
        Catch::EndsWith("does not run under libmemotrace.so; start it with memo trace --idle -- PROGRAM"));
    CHECK_THAT(folder.refusal("trace --attach 7 -- ls"), Catch::Contains("--attach takes no program"));
    CHECK_THAT(folder.refusal("trace --attach 7 --idle"), Catch::Contains("for the start of a program"));
    CHECK_THAT(folder.refusal("trace --for 1 -- ls"), Catch::Contains("--for goes with --attach"));
    CHECK_THAT(folder.refusal("trace --attach 7 --for -1"),
               Catch::Contains("--for wants a number of seconds"));

    SECTION("a tracer that records all the time") {
        (void)while_running(folder, "$memo trace -q -o x.memo -- " + program("steady"),
                            "$memo trace --attach $pid 2> line; echo $? >> line");
        CHECK_THAT(folder.read("line"), Catch::Contains("no MEMO_TRACE_SIGNAL") && Catch::EndsWith("\n2\n"));
    }
    SECTION("a program that ignores the signal") {
        (void)while_running(folder, "$memo trace --idle -q -o x.memo -- " + program("steady") + " deaf",
                            "$memo trace --attach $pid 2> line; echo $? >> line");
        CHECK_THAT(folder.read("line"),
                   Catch::Contains("does not listen to signal 60") && Catch::EndsWith("\n2\n"));
    }
    SECTION("a tracer of another version") {
        std::ifstream file(MEMO_TRACER, std::ios::binary);
        std::string bytes(std::istreambuf_iterator<char>(file), {});
        const std::string mark = std::string(memo::kTracerMark[0]) + memo::kTracerMark[1];
        const std::size_t at = bytes.find(mark);
        REQUIRE(at != std::string::npos);
        bytes[at + mark.size()] = '7';
        folder.write("libmemotrace.so", bytes);
        (void)while_running(
            folder,
            "MEMO_TRACE_PAUSED=1 MEMO_TRACE_SIGNAL=60 LD_PRELOAD=$PWD/libmemotrace.so " + program("steady"),
            "$memo trace --attach $pid 2> line; echo $? >> line");
        CHECK_THAT(folder.read("line"),
                   Catch::Contains("runs under another libmemotrace.so, 7.") && Catch::EndsWith("\n2\n"));
    }
}
