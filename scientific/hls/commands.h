// The commands of `hls`. Each adds its subcommand to the program and, if it is the one given, says what to
// run.
#pragma once

#include "common/result.h"
#include "scientific/hls/compile.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace memo::hls {

// Exit codes, those of all programs of the project.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // a check failed, or an output cannot be written
inline constexpr int kBadUsage = 2;  // a wrong command line, or a network that cannot be used

void say(const std::string& line);                  // "hls: LINE" on standard error
[[nodiscard]] int refuse(const std::string& line);  // that, and kBadUsage
[[nodiscard]] int fail(const std::string& line);    // that, and kFailed

using Run = std::function<int()>;

void add_net(CLI::App& app, Run& run);
void add_compile(CLI::App& app, Run& run);
void add_curve(CLI::App& app, Run& run);
void add_verify(CLI::App& app, Run& run);
void add_accuracy(CLI::App& app, Run& run);
void add_samples(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);
void add_openhls(CLI::App& app, Run& run);
void add_build(CLI::App& app, Run& run);  // these need Verilator: hardware_command.cpp
void add_check(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);
void add_operators(CLI::App& app, Run& run);

// Options of every command that compiles, as text until they are understood.
struct CompileWords {
    std::string network;
    std::string format = "5,4";
    CompileOptions options;
    bool alone = false;
    bool quick_sums = false;
};
void add_compile_options(CLI::App& command, CompileWords& words);
// A name of nets/nets.h, or a JSON file.
[[nodiscard]] Result<Network> load_network(const std::string& word);
[[nodiscard]] Result<CompileOptions> understand(const CompileWords& words);

}  // namespace memo::hls
