// What the commands have in common (commands.h).
#include "scientific/ligo/commands.h"

#include "scientific/imaging/write_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

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
    std::fputs(fmt::format("\r{} [{}] {:3.0f} %  {}  {:.0f} s left\033[K", what_, bar, 100 * share, remark, left).c_str(),
               stderr);
}

std::string default_models() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto installed = self.parent_path().parent_path() / "share" / "memo" / "ligo";
    if (!error && std::filesystem::is_directory(installed, error)) return installed.string();
    return LIGO_MODELS;
}

}  // namespace memo::ligo
