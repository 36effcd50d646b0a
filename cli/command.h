// What the subcommands share: exit codes, the switches that every command has, and how a command joins
// `memo`.
//
// A subcommand is one file with one `add_...` function. It adds its options to the application and says with
// `Session::run` what to do once they are parsed; main.cpp calls that and exits with its result.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace memo::cli {

// The exit codes of every command. trace and run pass on the code of the program instead, 128 + N where
// signal N killed it.
inline constexpr int kDone = 0;
inline constexpr int kProgramFailed = 1;
inline constexpr int kBadUsage = 2;  // a wrong command line, or input that cannot be used
inline constexpr int kCheckFailed = 3;
inline constexpr int kUndecided = 4;  // the time given was too short to say yes or no

// How a command talks. Every command's options hold one.
struct Style {
    bool json = false;   // results as JSON, and no hints
    bool quiet = false;  // no hints, no progress
};

// One call of `memo`.
struct Session {
    std::vector<std::string> program;  // what followed `--`: a program and its arguments
    std::function<int()> run;          // the command that was chosen; returns an exit code
};

// Says "memo: MESSAGE" on stderr and returns kBadUsage.
int refuse(const std::string& message);

// Whether a command takes a program behind `--`.
[[nodiscard]] bool starts_program(const std::string& command);

void add_trace(CLI::App& app, Session& session);
void add_info(CLI::App& app, Session& session);
void add_top(CLI::App& app, Session& session);
void add_periods(CLI::App& app, Session& session);
void add_plan(CLI::App& app, Session& session);
void add_show(CLI::App& app, Session& session);
void add_whatif(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_run(CLI::App& app, Session& session);
void add_diff(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_symbols(CLI::App& app, Session& session);
void add_compact(CLI::App& app, Session& session);
void add_report(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_bench(CLI::App& app, Session& session);
void add_live(CLI::App& app, Session& session);
void add_manual(CLI::App& app, Session& session);

}  // namespace memo::cli
