// What the commands have in common (commands.h).
#include "scientific/imaging/write_file.h"
#include "scientific/ligo/commands.h"

#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace memo::ligo {

namespace {

constexpr int kBarWidth = 24;
constexpr double kShowEvery = 0.2;  // s
constexpr double kLineEvery = 0.1;  // of the whole, where there is no terminal

std::atomic<bool> stopped = false;

[[nodiscard]] double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void say(const std::string& line) {
    std::fputs(("ligo: " + line + "\n").c_str(), stderr);
}

int refuse(const std::string& line) {
    say(line);
    return kBadUsage;
}

bool put(const std::string& path, const std::string& text) {
    if (path.empty()) return true;
    if (path == "-") {
        if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return true;
        say(std::string("standard output: ") + std::strerror(errno));
        return false;
    }
    if (const auto error = imaging::write_file(path, text)) {
        say(error->message);
        return false;
    }
    return true;
}

void listen_to_signals() {
    for (const int signal : {SIGINT, SIGTERM}) {
        std::signal(signal, [](int number) {
            stopped = true;
            std::signal(number, SIG_DFL);  // the second time it ends the program
        });
    }
}

bool interrupted() {
    return stopped;
}

Progress::Progress(std::string what, bool quiet)
    : what_(std::move(what)), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), begin_(now()) {}

Progress::~Progress() {
    if (!quiet_ && terminal_ && last_ >= 0) std::fputs("\r\033[K", stderr);
}

void Progress::show(double share, const std::string& remark) {
    if (quiet_) return;
    if (!terminal_) {
        if (share < next_line_) return;
        next_line_ = share + kLineEvery;
        return say(fmt::format("{}: {:.0f} %, {}", what_, 100 * share, remark));
    }
    const double time = now();
    if (time - last_ < kShowEvery) return;
    last_ = time;
    const int full = static_cast<int>(share * kBarWidth);
    std::string bar(static_cast<std::size_t>(kBarWidth), '.');
    for (int i = 0; i < std::min(full, kBarWidth); ++i) bar[static_cast<std::size_t>(i)] = '#';
    const double left = share > 0.01 ? (time - begin_) * (1 - share) / share : 0;
    std::fputs(
        fmt::format("\r{} [{}] {:3.0f} %  {}  {:.0f} s left\033[K", what_, bar, 100 * share, remark, left)
            .c_str(),
        stderr);
}

void add_models(CLI::App& command, ModelWords& options) {
    command.add_option("--models", options.folder, "Folder of the models")
        ->capture_default_str()
        ->type_name("FOLDER");
    command.add_option("--device", options.device, "cpu, or cuda where LibTorch has it")
        ->check(CLI::IsMember({"cpu", "cuda"}))
        ->capture_default_str();
    command.add_option("--threads", options.threads, "Threads; models are shared out to them")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command.add_option("--block", options.block_seconds, "Seconds of strain that a model is given at a time")
        ->check(CLI::Range(0.125, 4096.0))
        ->capture_default_str();
}

ScanOptions scan_options(const ModelWords& words) {
    ScanOptions options;
    options.threads = words.threads;
    options.block_seconds = words.block_seconds;
    return options;
}

Result<Calibration> read_calibration(const ModelWords& options, const std::string& path,
                                     const std::vector<Model>& models) {
    const std::string from = path.empty() ? options.folder + "/" + kRecordName : path;
    std::ifstream file(from, std::ios::binary);
    if (!file) return Error{from + ": " + std::strerror(errno) + "; fix a threshold with ligo calibrate"};
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto calibration = calibration_of_json(text);
    if (!calibration) return Error{from + ": " + calibration.error()};
    std::vector<KnownModel> known;
    known.reserve(models.size());
    for (const Model& model : models) known.push_back({model.name(), model.checksum()});
    if (known != calibration->models)
        return Error{from + ": is of other models than those in " + options.folder +
                     ": run ligo calibrate again"};
    return calibration;
}

std::string default_models() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto installed = self.parent_path().parent_path() / "share" / "memo" / "ligo";
    if (!error && std::filesystem::is_directory(installed, error)) return installed.string();
    return LIGO_MODELS;
}

}  // namespace memo::ligo
