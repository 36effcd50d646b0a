// The manual and the shell's completion, both made of the options that the commands declare: there is no
// second copy of the help to grow old. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace memo::cli {

struct OptionText {
    std::string name;                  // of a positional: "TRACE"
    std::vector<std::string> names;    // "-o", "--output"; empty: a positional
    std::string value;                 // "FILE"; empty: a flag
    std::vector<std::string> choices;  // the values that there are; empty: any
    std::string help;
    bool required = false;
};

struct CommandText {
    std::string name;
    std::string help;
    std::vector<OptionText> options;
    bool starts_program = false;
};

struct ProgramText {
    std::string help;
    std::string footer;
    std::vector<CommandText> commands;
};

// What the parser knows (cli/arguments.cpp).
[[nodiscard]] ProgramText describe(const CLI::App& app);

// memo.1 and memo-COMMAND.1, in the man macros.
[[nodiscard]] std::string man_page(const ProgramText& program);
[[nodiscard]] std::string man_page(const ProgramText& program, const CommandText& command);

[[nodiscard]] std::string bash_completion(const ProgramText& program);
[[nodiscard]] std::string zsh_completion(const ProgramText& program);

}  // namespace memo::cli
