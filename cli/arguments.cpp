// Arguments by way of CLI11 (cli/arguments.h).
#include "cli/arguments.h"

#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace memo::cli {

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

void Arguments::when_chosen(const std::function<void()>& action) const {
    command_.callback(action);
}

}  // namespace memo::cli
