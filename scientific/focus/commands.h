// The commands of `focus`, and what their options have in common.
#pragma once

#include "scientific/crew/crew.h"
#include "scientific/focus/file_scorer.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace memo::focus {

// Exit codes, those of all programs of the project.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // an output that cannot be written
inline constexpr int kBadUsage = 2;  // a wrong command line, or an image that cannot be used

void say(const std::string& line);                  // "focus: LINE" on standard error
[[nodiscard]] int refuse(const std::string& line);  // that, and kBadUsage

// Options of every command that scores, as text until they are understood.
struct ScoreWords {
    FileOptions file;
    std::string size = "1024x1024";
    std::string crop;
    std::string raw;
    int gaussians = 30;
};
void add_score_options(CLI::App& command, ScoreWords& words);
// Why they make no sense; empty if they do. `words.file` is whole then.
[[nodiscard]] std::string understand(ScoreWords& words);

struct ScoreCommand {
    ScoreWords words;
    std::vector<std::string> inputs;
    double limit = kLimit;
    std::string csv;
    std::string json;
    std::string baseline;
    std::string save_baseline;
    std::string journal;
    std::string timings;
    unsigned repeat = 1;
    std::size_t most = 0;
    double patience = 120;  // seconds
    bool quiet = false;
};
void add_score(CLI::App& command, ScoreCommand& options);
[[nodiscard]] int run_score(ScoreCommand& options, Crew& crew);

struct WatchCommand {
    ScoreWords words;
    std::string folder;
    double limit = kLimit;
    std::string csv = "focus.csv";
    std::string html = "focus.html";
    std::string baseline;
    unsigned queue = 256;
    std::size_t most = 0;
    bool quiet = false;
};
void add_watch(CLI::App& command, WatchCommand& options);
[[nodiscard]] int run_watch(WatchCommand& options);

struct CalibrateCommand {
    ScoreWords words;
    std::string table;
    std::string svg = "calibration.svg";
    std::string json;
    std::string unit;
};
void add_calibrate(CLI::App& command, CalibrateCommand& options);
[[nodiscard]] int run_calibrate(CalibrateCommand& options);

struct GenerateCommand {
    std::string output;
    unsigned count = 1;
    std::vector<double> defocus = {0};
    double blur_per_unit = 1;
    int width = 1024;
    int height = 1024;
    double noise = 0.03;
    std::uint64_t seed = 1;
};
void add_generate(CLI::App& command, GenerateCommand& options);
[[nodiscard]] int run_generate(GenerateCommand& options);

struct CheckCommand {
    ScoreWords words;
    unsigned images = 4;
    unsigned repeat = 20;
};
void add_check(CLI::App& command, CheckCommand& options);
[[nodiscard]] int run_check(CheckCommand& options);

// "focus score" and the others, by their first word.
[[nodiscard]] int run(int count, char** arguments, Crew& crew);

// A baseline's file. The error begins with the path.
[[nodiscard]] Result<std::optional<Usual>> read_baseline(const std::string& path);
[[nodiscard]] Result<std::string> read_text(const std::string& path);

}  // namespace memo::focus
