// The commands of `ligo`, and what their options have in common.
#pragma once

#include "scientific/crew/crew.h"
#include "scientific/ligo/scanner.h"

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

struct ModelWords {
    std::string folder = default_models();
    std::string device = "cpu";
    unsigned threads = 1;
    double block_seconds = 8;
};
void add_models(CLI::App& command, ModelWords& options);
[[nodiscard]] ScanOptions scan_options(const ModelWords& options);
// The record of ligo calibrate; "" stands for kRecordName in the models' folder. The error: no record, or
// that of other models.
[[nodiscard]] Result<Calibration> read_calibration(const ModelWords& options, const std::string& path,
                                                   const std::vector<Model>& models);

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

struct CalibrateCommand {
    ModelWords models;
    std::vector<std::string> inputs;
    std::string output;
    double hours = 24;
    double noise_seconds = 4096;
    double wanted_hours = 24;
    double margin = 0.25;
    double snr_margin = 0.1;
    float least = PeakRules().least;
    FilterRules filter;
    double slide_seconds = 1000;
    std::uint64_t seed = 20;
    bool quiet = false;
};
void add_calibrate(CLI::App& command, CalibrateCommand& options);
[[nodiscard]] int run_calibrate(CalibrateCommand& options);

struct EfficiencyCommand {
    ModelWords models;
    std::string record;
    std::vector<double> snrs = {6, 8, 9, 10, 11, 12, 14, 16, 20};
    std::vector<double> one_sided = {12, 20};
    int injections = 400;
    double lightest = 20;
    double heaviest = 100;
    double least_ratio = 0.33;
    double spin = 0.3;
    double hours = 10;
    double noise_seconds = 2048;
    std::uint64_t seed = 31;
    std::string json;
    bool quiet = false;
};
void add_efficiency(CLI::App& command, EfficiencyCommand& options);
[[nodiscard]] int run_efficiency(EfficiencyCommand& options);

struct SimulateCommand {
    std::string output = "simulated";
    int files = 1;
    int seconds = 256;
    std::uint64_t gps = 1'000'000'000;
    int injections = 4;
    double quietest = 8;
    double loudest = 25;
    double lightest = 20;
    double heaviest = 100;
    double least_ratio = 0.33;
    std::uint64_t seed = 1;
    bool quiet = false;
};
void add_simulate(CLI::App& command, SimulateCommand& options);
[[nodiscard]] int run_simulate(const SimulateCommand& options);

struct ScanCommand {
    ModelWords models;
    std::vector<std::string> inputs;
    std::string record;
    std::string json;
    std::string html;
    std::string journal;
    std::string timings;
    double slide_seconds = 0;
    unsigned repeat = 1;
    std::size_t most = 0;
    double patience = 600;  // s
    bool quiet = false;
};
void add_scan(CLI::App& command, ScanCommand& options);
[[nodiscard]] int run_scan(ScanCommand& options, Crew& crew);

// "ligo train" and the others, by their first word.
[[nodiscard]] int run(int count, char** arguments, Crew& crew);

}  // namespace memo::ligo
