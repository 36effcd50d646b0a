// Manual pages (cli/manual.h), as man(7) wants them.
#include "cli/manual.h"
#include "common/version.h"

#include <fmt/core.h>

namespace memo::cli {

namespace {

// Text that roff takes as it is: its own backslashes and hyphens escaped, and no line that begins with a
// control character.
[[nodiscard]] std::string roff(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\\') {
            safe += "\\e";
        } else if (c == '-') {
            safe += "\\-";
        } else {
            safe += c;
        }
    }
    if (!safe.empty() && (safe[0] == '.' || safe[0] == '\'')) safe.insert(0, "\\&");
    return safe;
}

[[nodiscard]] std::string upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

[[nodiscard]] std::string head(const std::string& page, const std::string& help) {
    return fmt::format(".TH {} 1 \"\" \"memo {}\"\n.SH NAME\n{} \\- {}\n", upper(page), kVersion, roff(page),
                       roff(help));
}

[[nodiscard]] std::string joined(const OptionText& option) {
    std::string text;
    for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + roff(name);
    return text.empty() ? option.name : text;
}

[[nodiscard]] std::string synopsis(const CommandText& command) {
    std::string text = fmt::format(".SH SYNOPSIS\n.B memo {}\n[options]\n", command.name);
    for (const OptionText& option : command.options) {
        if (!option.names.empty() && !option.required) continue;
        const std::string word =
            option.names.empty() ? roff(option.value) : roff(option.names.back() + " " + option.value);
        text += option.required ? ".I " + word + "\n" : "[\\fI" + word + "\\fR]\n";
    }
    if (command.starts_program) text += "\\-\\- \\fIPROGRAM\\fR [\\fIARGS\\fR...]\n";
    return text;
}

[[nodiscard]] std::string exit_codes(const ProgramText& program) {
    return ".SH EXIT STATUS\n" + roff(program.footer) + "\n";
}

}  // namespace

std::string man_page(const ProgramText& program) {
    std::string page = head("memo", program.help);
    page += ".SH SYNOPSIS\n.B memo\n.I COMMAND\n[options]\n.SH COMMANDS\n";
    for (const CommandText& command : program.commands)
        page += fmt::format(".TP\n\\fBmemo\\-{}\\fR(1)\n{}\n", command.name, roff(command.help));
    return page + exit_codes(program);
}

std::string man_page(const ProgramText& program, const CommandText& command) {
    std::string page = head("memo-" + command.name, command.help) + synopsis(command);
    page += ".SH OPTIONS\n";
    for (const OptionText& option : command.options) {
        const bool is_value = !option.names.empty() && !option.value.empty();
        page += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", joined(option),
                            is_value ? " \\fI" + roff(option.value) + "\\fR" : "", roff(option.help));
    }
    return page + exit_codes(program) + ".SH SEE ALSO\n.BR memo (1)\n";
}

}  // namespace memo::cli
