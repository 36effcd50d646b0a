// memo manual: the manual pages and the shell's completion, on stdout or all at once below a folder.
#include "cli/manual.h"

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/nearest.h"
#include "cli/output.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string command;
    std::string completion;
    std::string output;
};

// Where files of a manual belong below /usr/share or the like, and what is in them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> all_files(const ProgramText& program) {
    std::vector<std::pair<std::string, std::string>> files = {
        {"man/man1/memo.1", man_page(program)},
        {"bash-completion/completions/memo", bash_completion(program)},
        {"zsh/site-functions/_memo", zsh_completion(program)}};
    for (const CommandText& command : program.commands)
        files.emplace_back("man/man1/memo-" + command.name + ".1", man_page(program, command));
    return files;
}

[[nodiscard]] int write_all(const Options& options, const ProgramText& program) {
    for (const auto& [name, text] : all_files(program)) {
        const std::filesystem::path path = std::filesystem::path(options.output) / name;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) return refuse(path.parent_path().string() + ": " + error.message());
        if (const auto problem = write_whole(path.string(), text)) return refuse(problem->message);
    }
    return kDone;
}

[[nodiscard]] int run(const Options& options, const ProgramText& program) {
    if (!options.output.empty()) return write_all(options, program);
    if (!options.completion.empty()) {
        print(options.completion == "bash" ? bash_completion(program) : zsh_completion(program));
        return kDone;
    }
    if (options.command.empty()) {
        print(man_page(program));
        return kDone;
    }
    std::vector<std::string> names;
    for (const CommandText& command : program.commands) names.push_back(command.name);
    const auto found = std::find(names.begin(), names.end(), options.command);
    if (found == names.end()) {
        return refuse("manual: there is no command '" + printable(options.command) + "'; did you mean '" +
                      nearest(options.command, names) + "'?");
    }
    print(man_page(program, program.commands[static_cast<std::size_t>(found - names.begin())]));
    return kDone;
}

}  // namespace

void add_manual(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "manual", "Print manual pages and shell completion", options->style);
    command.add("COMMAND", options->command, "Which page; default: that of memo itself");
    command.add("--completion", options->completion, "Completion for a shell instead: bash or zsh")
        .one_of({"bash", "zsh"})
        .shown_as("SHELL");
    command
        .add("-o,--output", options->output,
             "Write all pages and completions below a folder, as /usr/share has them")
        .shown_as("FOLDER");
    command.when_chosen([options, &app, &session] {
        session.run = [options, &app] { return run(*options, describe(app)); };
    });
}

}  // namespace memo::cli
