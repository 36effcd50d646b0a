// Arguments by way of CLI11 (cli/arguments.h).
#include "cli/arguments.h"

#include "cli/command.h"
#include "cli/manual.h"

#include <CLI/CLI.hpp>

#include <sstream>

namespace memo::cli {

bool starts_program(const std::string& command) {
    return command == "trace" || command == "run" || command == "bench";
}

const Argument& Argument::required() const {
    option_->required();
    return *this;
}

const Argument& Argument::shown_as(const char* type) const {
    option_->type_name(type);
    return *this;
}

const Argument& Argument::separated_by_commas() const {
    option_->delimiter(',');
    return *this;
}

const Argument& Argument::one_at_a_time() const {
    option_->allow_extra_args(false);
    return *this;
}

const Argument& Argument::one_of(const std::vector<std::string>& values) const {
    option_->check(CLI::IsMember(values));
    return *this;
}

const Argument& Argument::in_bytes() const {
    option_->transform(CLI::AsSizeValue(false));
    return *this;
}

const Argument& Argument::excludes(const Argument& other) const {
    option_->excludes(other.option_);
    return *this;
}

Arguments::Arguments(CLI::App& app, const char* name, const char* description, Style& style)
    : command_(*app.add_subcommand(name, description)) {
    command_.add_flag("--json", style.json, "Results as JSON on stdout");
    command_.add_flag("-q,--quiet", style.quiet, "No hints and no progress");
}

Argument Arguments::add(const char* names, std::string& value, const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, std::uint64_t& value, const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, std::uint32_t& value, const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, double& value, const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, std::optional<std::uint64_t>& value,
                        const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, std::optional<std::uint32_t>& value,
                        const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add(const char* names, std::vector<std::string>& value, const std::string& help) const {
    return Argument(command_.add_option(names, value, help));
}

Argument Arguments::add_flag(const char* names, bool& value, const std::string& help) const {
    return Argument(command_.add_flag(names, value, help));
}

namespace {

// The parser's "WHAT:{tag,site}" is a value and its choices.
void split_type(const std::string& type, OptionText& option) {
    const std::size_t brace = type.find(":{");
    option.value = type.substr(0, brace);
    if (brace == std::string::npos || !type.ends_with('}')) return;
    std::istringstream choices(type.substr(brace + 2, type.size() - brace - 3));
    for (std::string choice; std::getline(choices, choice, ',');) option.choices.push_back(choice);
}

}  // namespace

ProgramText describe(const CLI::App& app) {
    ProgramText program{app.get_description(), app.get_footer(), {}};
    for (const CLI::App* command : app.get_subcommands({})) {
        CommandText text{
            command->get_name(), command->get_description(), {}, starts_program(command->get_name())};
        for (const CLI::Option* option : command->get_options()) {
            OptionText one;
            one.name = option->get_name();
            for (const std::string& name : option->get_snames()) one.names.push_back("-" + name);
            for (const std::string& name : option->get_lnames()) one.names.push_back("--" + name);
            if (option->get_expected_max() > 0) split_type(option->get_type_name(), one);
            if (one.names.empty() && one.value == "TEXT") one.value = one.name;
            one.help = option->get_description();
            one.required = option->get_required();
            text.options.push_back(std::move(one));
        }
        program.commands.push_back(std::move(text));
    }
    return program;
}

void Arguments::when_chosen(const std::function<void()>& action) const {
    command_.callback(action);
}

}  // namespace memo::cli
