// Completion (cli/manual.h): commands, options and the values of those that have a choice by name, everything
// else as files.
#include "cli/manual.h"

#include <fmt/core.h>

namespace memo::cli {

namespace {

[[nodiscard]] std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

[[nodiscard]] std::string command_names(const ProgramText& program) {
    std::string names;
    for (const CommandText& command : program.commands) names += (names.empty() ? "" : " ") + command.name;
    return names;
}

[[nodiscard]] std::string option_names(const CommandText& command) {
    std::string names;
    for (const OptionText& option : command.options) {
        for (const std::string& name : option.names) names += (names.empty() ? "" : " ") + name;
    }
    return names;
}

// `case` branches of bash: what an option of a command may be followed by.
[[nodiscard]] std::string bash_choices(const CommandText& command) {
    std::string text;
    for (const OptionText& option : command.options) {
        for (const std::string& name : option.choices.empty() ? std::vector<std::string>() : option.names)
            text += fmt::format("        {}:{}) names='{}' ;;\n", command.name, name,
                                joined(option.choices, " "));
    }
    return text;
}

// Text within single quotes of a shell, where `:` and brackets have a meaning for zsh's _arguments.
[[nodiscard]] std::string zsh_text(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\'') {
            safe += "'\\''";
        } else if (c == ':' || c == '[' || c == ']' || c == '\\') {
            safe += std::string("\\") + c;
        } else {
            safe += c;
        }
    }
    return safe;
}

[[nodiscard]] std::string zsh_value(const OptionText& option) {
    const std::string choices =
        option.choices.empty() ? "_files" : "(" + zsh_text(joined(option.choices, " ")) + ")";
    return ":" + zsh_text(option.value) + ":" + choices;
}

[[nodiscard]] std::string zsh_option(const OptionText& option) {
    std::string text;
    for (const std::string& name : option.names) {
        text += fmt::format(" '{}[{}]{}'", name, zsh_text(option.help),
                            option.value.empty() ? "" : zsh_value(option));
    }
    return text;
}

}  // namespace

std::string bash_completion(const ProgramText& program) {
    std::string text =
        "# Completion of memo for bash; made by `memo manual --completion bash`.\n"
        "_memo() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} names=\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        names='" +
        command_names(program) +
        " --help --version'\n"
        "    elif [[ $word == -* ]]; then\n"
        "        case ${COMP_WORDS[1]} in\n";
    for (const CommandText& command : program.commands)
        text += fmt::format("            {}) names='{}' ;;\n", command.name, option_names(command));
    text +=
        "        esac\n"
        "    fi\n"
        "    case ${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD - 1]} in\n";
    for (const CommandText& command : program.commands) text += bash_choices(command);
    return text +
           "    esac\n"
           "    [ -z \"$names\" ] || mapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$word\")\n"
           "}\n"
           "complete -o default -F _memo memo\n";
}

std::string zsh_completion(const ProgramText& program) {
    std::string text =
        "#compdef memo\n"
        "# Completion of memo for zsh; made by `memo manual --completion zsh`.\n"
        "_memo() {\n"
        "    local -a commands=(";
    for (const CommandText& command : program.commands)
        text += fmt::format("\n        '{}:{}'", command.name, zsh_text(command.help));
    text +=
        ")\n"
        "    if (( CURRENT == 2 )); then\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    case $words[2] in\n";
    for (const CommandText& command : program.commands) {
        text += fmt::format("        {}) _arguments", command.name);
        for (const OptionText& option : command.options) text += zsh_option(option);
        text += " '*:file:_files' ;;\n";
    }
    return text +
           "    esac\n"
           "}\n"
           "_memo \"$@\"\n";
}

}  // namespace memo::cli
