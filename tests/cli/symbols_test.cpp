// Names of functions: inlined frames and source lines, debug files apart from their program, traces that were
// carried to where their modules are not, and names that are short enough to be read.
#include "cli/function_names.h"
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

using memo::cli::folded;
using memo::cli::without_parameters;
using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;
using Strings = std::vector<std::string>;

namespace {

// A folder with a copy of the program, "inlined", and its trace.
class Traced : public Folder {
  public:
    Traced() {
        std::filesystem::copy_file(program("inlined"), path("inlined"));
        REQUIRE(memo("trace -q -- ./inlined").code == 0);
    }

    // The stack of the one site that asks for `size` bytes 20 times, without where each frame lies.
    [[nodiscard]] Strings stack(std::uint64_t size) const {
        const auto top = memo("top --json -n 1000 --by site inlined.memo").json();
        for (const auto& row : top["rows"]) {
            if (row["bytes"] != 20 * size) continue;
            Strings frames;
            for (const std::string frame : row["frames"])
                frames.push_back(frame.substr(0, frame.find(" (inlined+")));
            return frames;
        }
        FAIL("no site of that size");
        return {};
    }
    [[nodiscard]] bool has_source() const {
        return stack(7101).at(0) == "innermost inlined.cpp:13 (inlined)";
    }

    // Parts the debug information from the program, which keeps nothing but its exports.
    void strip() const {
        REQUIRE(shell("objcopy --only-keep-debug inlined apart.debug && strip --strip-all inlined").code ==
                0);
    }
};

}  // namespace

TEST_CASE("inlined functions stand between the request and the function that has the code") {
    const Traced traced;
    const Strings stack = traced.stack(7101);
    REQUIRE(stack.size() >= 4);
    CHECK(stack[0] == "innermost inlined.cpp:13 (inlined)");
    CHECK(stack[1] == "middle inlined.cpp:18 (inlined)");
    CHECK(stack[2] == "outer inlined.cpp:22");
    CHECK(stack[3].starts_with("main inlined.cpp:"));
}

TEST_CASE("debug information is found by debug link and by build id, and not believed of another build") {
    const Traced traced;
    const Strings whole = traced.stack(7101);
    traced.strip();
    CHECK_FALSE(traced.has_source());

    SECTION("by debug link, in the program's folder") {
        REQUIRE(traced.shell("objcopy --add-gnu-debuglink=apart.debug inlined").code == 0);
        CHECK(traced.has_source());
        // A debug file of another build is none, whatever its name.
        std::filesystem::remove(traced.path("apart.debug"));
        std::filesystem::copy_file(program("rounds"), traced.path("apart.debug"));
        CHECK_FALSE(traced.has_source());
    }
    SECTION("in part, shared with another debug file (dwz)") {
        if (traced.shell("command -v dwz").code != 0) {
            WARN("skip shared debug files: there is no dwz");
            return;
        }
        REQUIRE(traced
                    .shell("cp apart.debug other.debug && dwz -m shared.debug apart.debug other.debug && "
                           "objcopy --add-gnu-debuglink=apart.debug inlined && "
                           "readelf -S apart.debug | grep -q gnu_debugaltlink")
                    .code == 0);
        CHECK(traced.stack(7101) == whole);
        // What is shared is not in either file.
        std::filesystem::remove(traced.path("shared.debug"));
        CHECK_FALSE(traced.has_source());
    }
    SECTION("by build id, below a folder of debug files") {
        const std::string id = traced.memo("info --json inlined.memo").json()["program_build_id"];
        const std::string folder = "debug/.build-id/" + id.substr(0, 2);
        REQUIRE(
            traced
                .shell("mkdir -p " + folder + " && mv apart.debug " + folder + "/" + id.substr(2) + ".debug")
                .code == 0);
        CHECK_FALSE(traced.has_source());
        setenv("MEMO_DEBUG_PATH", traced.path("debug").c_str(), 1);
        CHECK(traced.has_source());
        unsetenv("MEMO_DEBUG_PATH");
    }
    SECTION("a program that was built anew is not asked, and a line says so") {
        std::filesystem::remove(traced.path("inlined"));
        std::filesystem::copy_file(program("rounds"), traced.path("inlined"));
        CHECK(traced.stack(7101).at(0).starts_with("inlined+0x"));
        const Answer answer = traced.memo("top --by site inlined.memo");
        CHECK(answer.err.find("is not the file that was traced (another build id)") != std::string::npos);
    }
}

TEST_CASE("a trace with its symbol file can be read where its modules are not") {
    const Traced traced;
    const auto whole = traced.memo("top --json --by site inlined.memo").json();
    REQUIRE(traced.has_source());
    const auto told = traced.memo("symbols --json inlined.memo");
    REQUIRE(told.code == 0);
    CHECK(told.json()["symbols"] == "inlined.memo.symbols");
    CHECK(told.json()["with_lines"] > 2);
    CHECK(told.json()["inlined"] >= 2);
    std::filesystem::remove(traced.path("inlined"));
    CHECK(traced.memo("top --json --by site inlined.memo").json() == whole);

    SECTION("whichever the command") {
        REQUIRE(traced.memo("report -q --embed-symbols inlined.memo").code == 0);
        CHECK(traced.read("inlined.html").find("innermost") != std::string::npos);
        CHECK(traced.memo("export --to collapsed inlined.memo").out.find("outer") != std::string::npos);
        CHECK(traced.memo("info --json inlined.memo")
                  .json()["modules_without_symbols"]
                  .dump()
                  .find("inlined") == std::string::npos);
    }
    SECTION("also after another call, which knows what the file knows") {
        REQUIRE(traced.memo("symbols -q inlined.memo").code == 0);
        CHECK(traced.memo("top --json --by site inlined.memo").json() == whole);
    }
    SECTION("and without it the names are gone, which is said") {
        std::filesystem::remove(traced.path("inlined.memo.symbols"));
        CHECK_FALSE(traced.has_source());
        const Answer answer = traced.memo("periods inlined.memo; \"$memo\" top --by site inlined.memo");
        CHECK(answer.err.find("inlined: cannot be read") != std::string::npos);
    }
    SECTION("a damaged one is not used, which is said, and hinders nothing") {
        traced.write("inlined.memo.symbols", traced.read("inlined.memo.symbols") + "x\n");
        const Answer answer = traced.memo("top --by site inlined.memo");
        CHECK(answer.code == 0);
        CHECK(answer.err.find("inlined.memo.symbols: line ") != std::string::npos);
        CHECK_FALSE(traced.has_source());
    }
}

TEST_CASE("a report has inlined functions and source lines where asked to") {
    const Traced traced;
    REQUIRE(traced.memo("report -q inlined.memo -o plain.html").code == 0);
    REQUIRE(traced.memo("report -q --embed-symbols inlined.memo").code == 0);
    CHECK(traced.read("plain.html").find("\"innermost\"") == std::string::npos);
    const std::string page = traced.read("inlined.html");
    CHECK(page.find("\"innermost\"") != std::string::npos);
    CHECK(page.find("inlined.cpp\"") != std::string::npos);
}

TEST_CASE("long template arguments are folded unless asked for") {
    const Traced traced;
    const Answer shown = traced.memo("top --by site inlined.memo");
    CHECK(shown.out.find("request<std::string") == std::string::npos);
    CHECK(shown.out.find("request<…>") != std::string::npos);
    const Answer full = traced.memo("top --full-names --by site inlined.memo");
    CHECK(full.out.find("request<std::__cxx11::basic_string<char, std::char_traits<char>") !=
          std::string::npos);
}

TEST_CASE("folding keeps short arguments, operators and whatever it cannot read") {
    CHECK(folded("f") == "f");
    CHECK(folded("std::vector<int>::push_back") == "std::vector<int>::push_back");
    CHECK(folded("std::map<int, std::vector<std::pair<long, long>>>::find") == "std::map<int, …>::find");
    CHECK(folded("std::vector<std::pair<std::string, std::string>>::at") == "std::vector<…>::at");
    CHECK(folded("std::operator<< <std::char_traits<char>, wide_name>") ==
          "std::operator<< <std::char_traits<char>, …>");
    CHECK(folded("bool a::operator< <std::allocator<char>, other_name>") ==
          "bool a::operator< <std::allocator<char>, …>");
    CHECK(folded("a::operator->") == "a::operator->");
    CHECK(folded("operators::f<a_long_argument_of_a_template>") == "operators::f<…>");
    CHECK(folded("f<unbalanced_and_long_enough_to_fold") == "f<unbalanced_and_long_enough_to_fold");
    CHECK(folded("std::__cxx11::basic_string<char, std::char_traits<char>>::f") ==
          "std::basic_string<char, …>::f");
    const std::string once =
        folded("a<b<c<d, e>, ffffffffffffffffffff>, g>::h<iiiiiiiiiiiiiiiiiiiiiiiiiiiiiii>");
    CHECK(folded(once) == once);
}

TEST_CASE("parameters are taken off, whatever brackets a name has") {
    CHECK(without_parameters("f(int, char*)") == "f");
    CHECK(without_parameters("f<void (*)(int)>(char) const") == "f<void (*)(int)>");
    CHECK(without_parameters("(anonymous namespace)::f(int)") == "(anonymous namespace)::f");
    CHECK(without_parameters("a::(anonymous namespace)::f(int)") == "a::(anonymous namespace)::f");
    CHECK(without_parameters("a::operator()(int) const") == "a::operator()");
    CHECK(without_parameters("operator new(unsigned long)") == "operator new");
    CHECK(without_parameters("bool operator<(a const&, b const&)") == "bool operator<");
    CHECK(without_parameters("f(int)::{lambda(char)#1}::operator()(char) const") ==
          "f(int)::{lambda(char)#1}::operator()");
    CHECK(without_parameters("f(std::vector<int>) [clone .cold]") == "f");
    CHECK(without_parameters("plain_c") == "plain_c");
    CHECK(without_parameters("f(unbalanced") == "f(unbalanced");
}
