// The commands of `ligo`, and what their options have in common.
#pragma once

#include "common/result.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace memo::ligo {

// Exit codes, those of all programs of the project.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // an output that cannot be written
inline constexpr int kBadUsage = 2;  // a wrong command line, or a file that cannot be used

void say(const std::string& line);                  // "ligo: LINE" on standard error
[[nodiscard]] int refuse(const std::string& line);  // that, and kBadUsage

// Text to a file, to standard output for "-", or nowhere for "". False, and said, if it cannot be written.
[[nodiscard]] bool put(const std::string& path, const std::string& text);

// Ctrl-C: a command ends what it is at and says so.
void listen_to_signals();
[[nodiscard]] bool interrupted();

// How far a command has come: on one line of a terminal, else a line for each tenth; nothing if `quiet`.
class Progress {
  public:
    Progress(std::string what, bool quiet);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void show(double share, const std::string& remark);

  private:
    std::string what_;
    bool quiet_;
    bool terminal_;
    double next_line_ = 0.1;
    double last_ = -1;  // seconds
    double begin_;
};

// Where models are: --models, or those that came with the program.
[[nodiscard]] std::string default_models();
inline constexpr const char* kRecordName = "calibration.json";  // in the folder of the models

struct TrainCommand {
    std::string output = "models";
    std::uint64_t seed = 1;
    std::vector<int> models = {0, 1, 2, 3};
    int steps = 0;  // 0: the default training
    int batch = 0;
    int channels = 0;
    double learning_rate = 0;
    double noise_seconds = 0;
    int waveforms = 0;
    std::string device = "cpu";
    bool quiet = false;
};
void add_train(CLI::App& command, TrainCommand& options);
[[nodiscard]] int run_train(const TrainCommand& options);

// "ligo train" and the others, by their first word.
[[nodiscard]] int run(int count, char** arguments);

}  // namespace memo::ligo
