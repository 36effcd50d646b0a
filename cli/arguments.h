// How a command declares its arguments, without the parser's own header: CLI11 takes seconds to read, and
// only arguments.cpp and main.cpp do. Values are bound by reference and filled in when the command line is
// parsed; what they hold before is the default. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace memo::cli {

struct Style;

// One argument just added; every call returns it again.
class Argument {
  public:
    explicit Argument(CLI::Option* option) : option_(option) {}

    const Argument& required() const;
    const Argument& shown_as(const char* type) const;  // in --help: --output FILE
    const Argument& separated_by_commas() const;
    // A list: one value after each mention, instead of all that follow.
    const Argument& one_at_a_time() const;
    const Argument& one_of(const std::vector<std::string>& values) const;
    const Argument& in_bytes() const;  // accepts 4096, 4KiB, 1 MB
    const Argument& excludes(const Argument& other) const;

  private:
    CLI::Option* option_;
};

// The arguments of one subcommand. `names`: "-o,--output" for an option, "TRACE" for a positional.
class Arguments {
  public:
    // Adds the subcommand with --json and --quiet.
    Arguments(CLI::App& app, const char* name, const char* description, Style& style);

    Argument add(const char* names, std::string& value, const std::string& help) const;
    Argument add(const char* names, std::uint64_t& value, const std::string& help) const;
    Argument add(const char* names, std::uint32_t& value, const std::string& help) const;
    Argument add(const char* names, double& value, const std::string& help) const;
    Argument add(const char* names, std::optional<std::uint32_t>& value, const std::string& help) const;
    Argument add(const char* names, std::optional<std::uint64_t>& value, const std::string& help) const;
    Argument add(const char* names, std::vector<std::string>& value, const std::string& help) const;
    Argument add_flag(const char* names, bool& value, const std::string& help) const;

    // Called once the whole line is parsed, if this command was chosen.
    void when_chosen(const std::function<void()>& action) const;

  private:
    CLI::App& command_;
};

}  // namespace memo::cli
