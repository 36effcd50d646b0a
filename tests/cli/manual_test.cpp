// memo manual: pages and completion that say what --help says, because they are made of the same.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <set>
#include <sstream>

using memo::test::Folder;

namespace {

// The commands that `memo --help` lists.
std::set<std::string> commands_of(const Folder& folder) {
    std::istringstream help(folder.memo("--help").out);
    std::set<std::string> commands;
    bool listing = false;
    for (std::string line; std::getline(help, line);) {
        if (listing && line.starts_with("  ") && line[2] != ' ')
            commands.insert(line.substr(2, line.find(' ', 2) - 2));
        listing = listing || line.starts_with("Subcommands:");
    }
    return commands;
}

}  // namespace

TEST_CASE("every command has a page with every option of its help") {
    const Folder folder;
    REQUIRE(folder.memo("manual -o share").code == 0);
    const std::set<std::string> commands = commands_of(folder);
    CHECK(commands.size() > 15);
    for (const std::string& command : commands) {
        INFO(command);
        const std::string page = folder.read("share/man/man1/memo-" + command + ".1");
        CHECK(page.starts_with(".TH MEMO"));
        CHECK(page == folder.memo("manual " + command).out);
        std::istringstream help(folder.memo(command + " --help").out);
        for (std::string line; std::getline(help, line);) {
            const std::size_t at = line.find("--");
            if (!line.starts_with("  -") || at == std::string::npos) continue;
            std::string option = line.substr(at + 2, line.find_first_of(" ,", at) - at - 2);
            for (std::size_t dash = 0; (dash = option.find('-', dash)) != std::string::npos; dash += 2)
                option.insert(dash, "\\");
            INFO(option);
            CHECK(page.find("\\-\\-" + option) != std::string::npos);
        }
    }
}

TEST_CASE("the pages are what man's own formatter takes without a warning") {
    const Folder folder;
    if (folder.shell("command -v groff").code != 0) {
        WARN("skip groff is not installed");
        return;
    }
    REQUIRE(folder.memo("manual -o share").code == 0);
    const auto answer = folder.shell("groff -man -Tascii -ww share/man/man1/*.1 >/dev/null");
    CHECK(answer.code == 0);
    CHECK(answer.err.empty());
}

TEST_CASE("bash completes commands and options, and leaves files alone") {
    const Folder folder;
    REQUIRE(folder.memo("manual -o share").code == 0);
    const std::string load =
        "bash -c 'source share/bash-completion/completions/memo; "
        "complete_words() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _memo; echo \"${COMPREPLY[*]}\"; "
        "}; ";
    CHECK(folder.shell(load + "complete_words memo exp'").out == "export\n");
    CHECK(folder.shell(load + "complete_words memo check --max-p'").out == "--max-peak\n");
    CHECK(folder.shell(load + "complete_words memo check some'").out == "\n");
    CHECK(folder.shell(load + "complete_words memo export --to pp'").out == "pprof\n");
    CHECK(folder.read("share/zsh/site-functions/_memo").starts_with("#compdef memo\n"));
    CHECK(folder.read("share/zsh/site-functions/_memo").find("'--max-peak[") != std::string::npos);
}

TEST_CASE("a page that there is not names the nearest one") {
    const Folder folder;
    CHECK(folder.refusal("manual reprot").find("did you mean 'report'?") != std::string::npos);
}
