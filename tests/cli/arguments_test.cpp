// The grammar of the command line: help, version, and what happens to words that nobody knows.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::line_count;

TEST_CASE("the version is one line on stdout") {
    const Folder folder;
    const Answer answer = folder.memo("--version");
    CHECK(answer.code == 0);
    CHECK(answer.out.starts_with("memo "));
    CHECK(line_count(answer.out) == 1);
    CHECK(answer.err.empty());
}

TEST_CASE("help lists every command, and every command has help of its own") {
    const Folder folder;
    const Answer all = folder.memo("--help");
    CHECK(all.code == 0);
    for (const std::string name :
         {"trace", "info", "top", "periods", "plan", "show", "verify", "run", "bench"}) {
        CHECK(all.out.find("  " + name + " ") != std::string::npos);
        const Answer one = folder.memo(name + " --help");
        CHECK(one.code == 0);
        CHECK(one.out.find("--json") != std::string::npos);
    }
}

TEST_CASE("without a command memo shows its help on stderr and is a wrong usage") {
    const Folder folder;
    const Answer answer = folder.memo("");
    CHECK(answer.code == 2);
    CHECK(answer.out.empty());
    CHECK(answer.err.find("trace") != std::string::npos);
}

TEST_CASE("an unknown name is answered with the nearest one, in one line") {
    struct Case {
        const char* words;
        const char* nearest;
    };
    const Case cases[] = {
        {"trac -- /bin/true", "did you mean 'trace'?"},
        {"verfiy x", "did you mean 'verify'?"},
        {"plan x --strategi best", "did you mean '--strategy'?"},
        {"plan x --min-sise=5", "did you mean '--min-size'?"},
        {"plan x --jsno", "did you mean '--json'?"},
        {"bench --start 3 -- /bin/true", "did you mean '--starts'?"},
        {"run --stat x -- /bin/true", "did you mean '--stats'?"},
        {"top x --rounds", "did you mean '--round'?"},
        {"--verson", "did you mean '--version'?"},
        {"plan x --strategy greedy-by-sice", "did you mean 'greedy-by-size'?"},
        {"bench --rows glibc,jemaloc -- /bin/true", "did you mean 'jemalloc'?"},
    };
    const Folder folder;
    for (const Case& one : cases) {
        INFO(one.words);
        CHECK(folder.refusal(one.words).find(one.nearest) != std::string::npos);
    }
}

TEST_CASE("missing and malformed arguments are one line and a wrong usage") {
    const Folder folder;
    for (const std::string words :
         {"plan", "info", "show", "verify", "trace", "trace --", "run", "bench", "periods --json",
          "plan x --min-size lots", "plan x --thread -1", "top x -n many", "top x --by colour",
          "bench --starts 0 -- /bin/true", "trace /bin/true", "plan ''", "info a b"}) {
        CHECK_FALSE(folder.refusal(words).empty());
    }
}

TEST_CASE("words after the dashes belong to the program") {
    const Folder folder;
    const Answer answer = folder.memo("trace -q -o x.memo -- /bin/echo --json -o [a,b] '' --");
    CHECK(answer.code == 0);
    CHECK(answer.out == "--json -o [a,b]  --\n");
}

TEST_CASE("a result that cannot be written to stdout is not a success") {
    const Folder folder;
    const Answer answer = folder.shell("$memo --help >/dev/full");
    CHECK(answer.code == 2);
    CHECK(answer.err == "memo: standard output: No space left on device\n");
}
