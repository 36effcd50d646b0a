// memo trace: the program is unharmed, the traces are there, and what cannot work is refused before it
// starts.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

TEST_CASE("a traced program's output and exit code are its own") {
    const Folder folder;
    const Answer answer = folder.memo("trace -- " + program("rounds") + " 3 42");
    CHECK(answer.code == 42);
    CHECK(answer.out == "rounds done\n");
    CHECK(folder.names() == std::vector<std::string>{"rounds.memo"});
    CHECK(answer.err.find("rounds.memo: " + program("rounds") + ", ") != std::string::npos);
    CHECK(answer.err.ends_with("next: memo plan rounds.memo\n"));
}

TEST_CASE("a program that a signal kills leaves a trace, and 128 plus the signal") {
    const Folder folder;
    const Answer answer = folder.memo("trace -o x.memo -- " + program("signals") + " die 9");
    CHECK(answer.code == 137);
    CHECK(answer.err.find("signal 9 (Killed)") != std::string::npos);
}

TEST_CASE("quiet and JSON leave the hints out") {
    const Folder folder;
    CHECK(folder.memo("trace -q -o x.memo -- /bin/true").err.empty());
    const Answer answer = folder.memo("trace --json -o x.memo -- /bin/sh -c 'exit 3'");
    CHECK(answer.code == 3);
    CHECK(answer.err.empty());
    const auto json = answer.json();
    CHECK(json["exit_code"] == 3);
    REQUIRE(json["files"].size() == 1);
    CHECK(json["files"][0]["path"] == "x.memo");
    CHECK(json["files"][0]["events"].is_number_unsigned());
    CHECK(json["files"][0]["bytes"] == std::filesystem::file_size(folder.path("x.memo")));
}

TEST_CASE("every process has a trace, and a new run removes those of the old one and nothing else") {
    const Folder folder;
    folder.write("x.memo.7", "not a trace");
    folder.write("x.memo.notes", "mine");
    const Answer first = folder.memo("trace --json -o x.memo -- " + program("family"));
    REQUIRE(first.code == 0);
    CHECK(first.json()["files"].size() == 2);
    const auto names = folder.names();
    CHECK(names.size() == 4);
    const Answer second = folder.memo("trace --json -o x.memo -- /bin/true");
    CHECK(second.json()["files"].size() == 1);
    CHECK(folder.names() == std::vector<std::string>{"x.memo", "x.memo.7", "x.memo.notes"});
}

TEST_CASE("a preloaded library that was there stays behind ours") {
    const Folder folder;
    const Answer answer =
        folder.shell("LD_PRELOAD=libm.so.6 $memo trace -q -o x.memo -- /bin/sh -c 'echo \"$LD_PRELOAD\"'");
    CHECK(answer.out.find("libmemotrace.so:libm.so.6\n") != std::string::npos);
}

TEST_CASE("what cannot be traced is one line, before anything is started or removed") {
    const Folder folder;
    folder.write("static.memo", "old");
    std::filesystem::create_directory(folder.path("folder"));
    struct Case {
        std::string words;
        std::string says;
    };
    const Case cases[] = {
        {"trace -- no-such-program-anywhere", "there is no such program in PATH"},
        {"trace -- ./nothing", "No such file or directory"},
        {"trace -- " + program("static"),
         "is statically linked: no library can be preloaded into it; there is nothing to trace"},
        {"trace -o folder -- /bin/echo started", "is a directory"},
        {"trace -o /dev/full -- /bin/echo started", "is not a regular file"},
        {"trace -o no/such/folder/x -- /bin/echo started", "No such file or directory"},
        {"trace -o /proc/x.memo -- /bin/echo started", "No such file or directory"},
    };
    for (const Case& one : cases) {
        INFO(one.words);
        CHECK(folder.refusal(one.words).find(one.says) != std::string::npos);
    }
    CHECK(folder.read("static.memo") == "old");
}

TEST_CASE("a script without a first line for the kernel runs, as in a shell") {
    const Folder folder;
    folder.write("script", "echo from a script \"$1\"\n");
    const Answer answer = folder.shell("chmod +x script; $memo trace -q -o x.memo -- ./script word");
    CHECK(answer.code == 0);
    CHECK(answer.out == "from a script word\n");
}

TEST_CASE("a signal to memo reaches the program, and memo ends as the program does") {
    const Folder folder;
    const Answer answer =
        folder.shell("$memo trace -q -o x.memo -- " + program("signals") +
                     " wait & while [ ! -e ready ]; do sleep 0.05; done; kill -TERM $!; wait $!");
    CHECK(answer.code == 7);
}

TEST_CASE("Python with --scopes finds the program's own sitecustomize and search path as without it") {
    const Folder folder;
    std::filesystem::create_directory(folder.path("mine"));
    folder.write("mine/sitecustomize.py", "import builtins\nbuiltins.mine = True\n");
    folder.write(
        "prog.py",
        "import sys, builtins\n"
        "print([p for p in sys.path if p.endswith('memo/python')], getattr(builtins, 'mine', False),\n"
        "      'memo_scopes' in sys.modules, 'ctypes' in sys.modules)\n");
    const std::string scopes = " -o x.memo -- /usr/bin/python3 prog.py";
    const Answer alone = folder.shell("unset PYTHONPATH; $memo trace -q --scopes" + scopes);
    CHECK(alone.code == 0);
    CHECK(alone.err.empty());
    CHECK(alone.out == "[] False True False\n");
    const Answer chained = folder.shell("PYTHONPATH=$PWD/mine $memo trace -q --scopes" + scopes);
    CHECK(chained.err.empty());
    CHECK(chained.out == "[] True True False\n");
    CHECK(folder.shell("unset PYTHONPATH; $memo trace -q" + scopes).out == "[] False False False\n");
}

TEST_CASE("traces are not read again where nothing would be said of them") {
    const Folder folder;
    // Another process's trace, by its name and its first bytes, in which nothing else is right.
    REQUIRE(folder.memo("trace -q -o good.memo -- /bin/true").code == 0);
    const std::string words = " -o x.memo -- /bin/sh -c 'head -c 8 good.memo > x.memo.7'";
    CHECK(folder.memo("trace" + words).err.find("x.memo.7") != std::string::npos);
    CHECK(folder.memo("trace --json" + words).err.find("x.memo.7") != std::string::npos);
    CHECK(folder.memo("trace -q" + words).err.empty());
}
