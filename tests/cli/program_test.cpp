// Telling beforehand what can be preloaded into (cli/program.h).
#include "cli/program.h"

#include "tests/cli/command.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using memo::cli::find_program;
using memo::test::Folder;
using memo::test::program;

namespace {

std::string copy_of(const Folder& folder, const std::string& name, mode_t mode) {
    const std::string path = folder.path(name);
    std::filesystem::copy_file(program("rounds"), path);
    chmod(path.c_str(), mode);
    return path;
}

std::string script(const Folder& folder, const std::string& name, const std::string& text) {
    folder.write(name, text);
    chmod(folder.path(name).c_str(), 0755);
    return folder.path(name);
}

}  // namespace

TEST_CASE("programs are looked for as a shell does") {
    const auto shell = find_program("sh");
    REQUIRE(shell.ok());
    CHECK(shell->path.ends_with("/sh"));
    CHECK(shell->unreached.empty());
    CHECK(find_program(program("rounds"))->path == program("rounds"));
}

TEST_CASE("what cannot be started is an error that names it") {
    const Folder folder;
    folder.write("plain", "text");
    CHECK(find_program("no-such-program-anywhere").error().starts_with("no-such-program-anywhere: "));
    CHECK(find_program("/no/such/program").error() == "/no/such/program: No such file or directory");
    CHECK(find_program(folder.path("plain")).error().ends_with("is not executable"));
    CHECK(find_program(folder.path("")).error().ends_with("is a directory, not a program"));
    CHECK_FALSE(find_program("").ok());
}

TEST_CASE("static and privileged programs are out of a preloaded library's reach") {
    const Folder folder;
    CHECK(find_program(program("static"))->unreached.starts_with("is statically linked"));
    CHECK(find_program(copy_of(folder, "setuid", 04755))->unreached.starts_with("is setuid"));
    CHECK(find_program(copy_of(folder, "setgid", 02755))->unreached.starts_with("is setgid"));
    CHECK(find_program(copy_of(folder, "plain", 0755))->unreached.empty());
    // The bit without group execution means mandatory locking, not privileges.
    CHECK(find_program(copy_of(folder, "locking", 02745))->unreached.empty());
}

TEST_CASE("scripts are followed to the interpreter that runs them") {
    const Folder folder;
    CHECK(find_program(script(folder, "sh", "#!/bin/sh\ntrue\n"))->unreached.empty());
    CHECK(find_program(script(folder, "none", "true\n"))->unreached.empty());
    const std::string by_static = script(folder, "static", "#! " + program("static") + " argument\n");
    const std::string why = find_program(by_static)->unreached;
    CHECK(why == "is run by " + program("static") +
                     ", which is statically linked: no library can be preloaded into it");
    const std::string twice = script(folder, "twice", "#!" + by_static + "\n");
    CHECK(find_program(twice)->unreached == why);
    const std::string loop = script(folder, "loop", "#!" + folder.path("loop") + "\n");
    CHECK(find_program(loop)->unreached.empty());  // the kernel's error to report
}

TEST_CASE("a program for another processor is out of reach") {
    const Folder folder;
    const std::string path = copy_of(folder, "foreign", 0755);
    std::string bytes = folder.read("foreign");
    bytes[18] = 22;  // e_machine: S/390
    bytes[19] = 0;
    folder.write("foreign", bytes);
    CHECK(find_program(path)->unreached.starts_with("is made for another kind of processor"));
}
