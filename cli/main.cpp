// The `memo` program: registers the subcommands, parses the command line, and exits with what the command
// returns.
//
// The program to start follows `--` and is split off before anything is parsed, so that nothing in it can be
// taken for an option of ours. Unknown names are looked for before parsing, so that the answer can name the
// nearest one.
#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "common/version.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace memo::cli {

int refuse(const std::string& message) {
    say(message);
    return kBadUsage;
}

namespace {

[[nodiscard]] std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

[[nodiscard]] std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
    return names;
}

// The option that a word of the command line names: "--json", "-n" of "-n5". Empty for anything else.
[[nodiscard]] std::string option_in(const std::string& word) {
    if (word.size() < 2 || word[0] != '-') return {};
    if (word[1] == '-') return word.size() == 2 ? std::string() : word.substr(0, word.find('='));
    return std::isalpha(static_cast<unsigned char>(word[1])) != 0 ? word.substr(0, 2) : std::string();
}

// Help as CLI11 writes it, with the program in the usage line of the commands that start one.
class Help : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App* app, std::string name) const override {
        std::string usage = CLI::Formatter::make_usage(app, std::move(name));
        if (!starts_program(app->get_name())) return usage;
        usage.erase(usage.find_last_not_of('\n') + 1);
        return usage + " -- PROGRAM ARGS\n";
    }
};

// One line about the first unknown name in `words`; empty if all are known.
[[nodiscard]] std::string unknown_name(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* command = &app;
    for (const std::string& word : words) {
        if (word == "--") break;
        const std::vector<std::string> options = option_names(*command);
        const std::string option = option_in(word);
        if (!option.empty() && std::find(options.begin(), options.end(), option) == options.end()) {
            const std::string where = command == &app ? "" : command->get_name() + ": ";
            const bool is_long = option.starts_with("--");
            return where + "unknown option '" + printable(is_long ? option : word) + "'; did you mean '" +
                   nearest(is_long ? option : word, options) + "'?";
        }
        if (command != &app || !option.empty()) continue;
        const std::vector<std::string> names = command_names(app);
        if (std::find(names.begin(), names.end(), word) == names.end()) {
            return "unknown command '" + printable(word) + "'; did you mean '" + nearest(word, names) + "'?";
        }
        command = app.get_subcommand(word);
    }
    return {};
}

// Takes what follows `--` off the words, where the command is one that starts a program.
void split_program(std::vector<std::string>& words, Session& session) {
    const auto dashes = std::find(words.begin(), words.end(), "--");
    const auto command =
        std::find_if(words.begin(), dashes, [](const auto& word) { return word.front() != '-'; });
    if (dashes == words.end() || command == dashes || !starts_program(*command)) return;
    session.program.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
}

[[nodiscard]] std::string parse_error_line(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? std::string() : chosen.front()->get_name();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && starts_program(name)) {
        return name + ": put `--` before the program: memo " + name + " -- PROGRAM ARGS";
    }
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    return (name.empty() ? "" : name + ": ") + message + "; see `memo " + (name.empty() ? "" : name + " ") +
           "--help`";
}

[[nodiscard]] int run(int count, char** arguments) {
    Session session;
    CLI::App app("Plan a program's memory from a trace, and replay the plan.", "memo");
    app.set_version_flag("--version", std::string("memo ") + kVersion);
    app.formatter(std::make_shared<Help>());
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 the program failed (trace and run pass its own code on), 2 wrong usage or "
        "input, "
        "3 a check failed.");
    add_trace(app, session);
    add_info(app, session);
    add_top(app, session);
    add_periods(app, session);
    add_plan(app, session);
    add_show(app, session);
    add_whatif(app, session);
    add_verify(app, session);
    add_run(app, session);
    add_diff(app, session);
    add_check(app, session);
    add_symbols(app, session);
    add_compact(app, session);
    add_report(app, session);
    add_export(app, session);
    add_bench(app, session);
    add_live(app, session);
    add_manual(app, session);

    std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.empty()) return (void)std::fputs(app.help().c_str(), stderr), kBadUsage;
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (std::find(words.begin(), dashes, "") != dashes) return refuse("an argument is empty");
    split_program(words, session);
    if (const std::string line = unknown_name(app, words); !line.empty()) return refuse(line);
    try {
        std::reverse(words.begin(), words.end());
        app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        print(app.get_subcommands().empty() ? app.help() : app.get_subcommands().front()->help("memo"));
        return kDone;
    } catch (const CLI::CallForVersion& version) {
        print(std::string(version.what()) + "\n");
        return kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(parse_error_line(app, error));
    }
    return session.run();
}

}  // namespace
}  // namespace memo::cli

int main(int count, char** arguments) {
    int code = memo::cli::kBadUsage;
    try {
        code = memo::cli::run(count, arguments);
    } catch (const std::bad_alloc&) {
        memo::cli::say("out of memory");
    } catch (const std::exception& error) {
        memo::cli::say(error.what());
    }
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        memo::cli::say(std::string("standard output: ") + std::strerror(errno));
        return code == memo::cli::kDone ? memo::cli::kBadUsage : code;
    }
    return code;
}
