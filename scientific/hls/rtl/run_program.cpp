#include "scientific/hls/rtl/run_program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

namespace memo::hls {

namespace {

// The Debian packages that bring the programs, where they are not named alike.
std::string package_of(const std::string& program) {
    if (program == "vvp") return "iverilog";
    return program;
}

// What people look for in a log: the first line that says "error", else the last one.
std::string telling_line(const std::filesystem::path& log) {
    std::ifstream file(log);
    std::string line;
    std::string last;
    while (std::getline(file, line)) {
        if (line.find("rror") != std::string::npos) return line;
        if (!line.empty()) last = line;
    }
    return last;
}

[[noreturn]] void become(const std::filesystem::path& folder, std::vector<char*>& words,
                         const std::string& log) {
    constexpr int kCannotStart = 127;
    constexpr int kMode = 0644;
    if (chdir(folder.c_str()) != 0) _exit(kCannotStart);
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
    if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) _exit(kCannotStart);
    execvp(words[0], words.data());
    _exit(kCannotStart);
}

double seconds_of(const timeval& time) {
    constexpr double kMicro = 1e-6;
    return static_cast<double>(time.tv_sec) + kMicro * static_cast<double>(time.tv_usec);
}

}  // namespace

bool has_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    std::string folder;
    while (std::getline(folders, folder, ':'))
        if (access((std::filesystem::path(folder) / name).c_str(), X_OK) == 0) return true;
    return false;
}

Result<Ran> run_program(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                        const std::string& log, const Progress& progress) {
    const std::string& name = arguments.front();
    if (!has_program(name.find('/') == std::string::npos ? name : (folder / name).string()))
        return Error{name + " is not installed: `apt install " + package_of(name) + "` brings it"};
    std::vector<char*> words;
    words.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);

    const auto begun = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    };
    const pid_t child = fork();
    if (child < 0) return Error{"cannot start " + name + ": " + std::strerror(errno)};
    if (child == 0) become(folder, words, log);

    Ran ran;
    int status = 0;
    rusage used{};
    for (unsigned waits = 0;; ++waits) {
        const pid_t ended = wait4(child, &status, progress ? WNOHANG : 0, &used);
        if (ended == child) break;
        if (ended < 0 && errno != EINTR) return Error{"lost " + name + ": " + std::strerror(errno)};
        constexpr unsigned kWaitsACall = 10;
        if (waits % kWaitsACall == 0) progress(seconds());
        constexpr auto kPause = std::chrono::milliseconds(20);
        std::this_thread::sleep_for(kPause);
    }
    ran.seconds = seconds();
    ran.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    constexpr double kKibAMib = 1024;
    ran.peak_mib = static_cast<double>(used.ru_maxrss) / kKibAMib;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ran;
    const std::filesystem::path file = folder / log;
    const std::string how = WIFSIGNALED(status) ? " was ended by signal " + std::to_string(WTERMSIG(status))
                                                : " failed with " + std::to_string(WEXITSTATUS(status));
    return Error{name + how + " (" + file.string() + "): " + telling_line(file)};
}

}  // namespace memo::hls
