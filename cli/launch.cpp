// fork, exec, wait (cli/launch.h).
#include "cli/launch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace memo::cli {

namespace {

constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

volatile sig_atomic_t running = 0;  // the program's process id while there is one

void pass_on(int signal, siginfo_t* info, void* /*context*/) {
    // The kernel sends to the terminal's whole foreground group: the program has its own copy already.
    if (info->si_code > 0 || running == 0) return;
    const int saved = errno;
    kill(static_cast<pid_t>(running), signal);
    errno = saved;
}

// While it lives, signals to memo go to the program.
class SignalsPassedOn {
  public:
    SignalsPassedOn() {
        struct sigaction action = {};
        action.sa_sigaction = pass_on;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        sigemptyset(&action.sa_mask);
        sigset_t all;
        sigemptyset(&all);
        for (const int signal : kPassedOn) sigaddset(&all, signal);
        sigprocmask(SIG_BLOCK, &all, &old_mask_);
        for (std::size_t i = 0; i < kPassedOn.size(); ++i) {
            sigaction(kPassedOn[i], nullptr, &old_[i]);
            if (old_[i].sa_handler != SIG_IGN)
                sigaction(kPassedOn[i], &action, nullptr);  // nohup stays nohup
        }
    }
    ~SignalsPassedOn() {
        running = 0;
        restore();
    }
    SignalsPassedOn(const SignalsPassedOn&) = delete;
    SignalsPassedOn& operator=(const SignalsPassedOn&) = delete;

    // In the child: everything as memo found it. A signal that came meanwhile then reaches the program.
    void restore() const {
        for (std::size_t i = 0; i < kPassedOn.size(); ++i) sigaction(kPassedOn[i], &old_[i], nullptr);
        sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
    }
    // In the parent, once there is somebody to pass signals on to.
    void begin(pid_t program) const {
        running = program;
        sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
    }

  private:
    std::array<struct sigaction, kPassedOn.size()> old_ = {};
    sigset_t old_mask_ = {};
};

void set_environment(const Launch& what) {
    for (const auto& [name, value] : what.environment) {
        if (value) {
            setenv(name.c_str(), value->c_str(), 1);
        } else {
            unsetenv(name.c_str());
        }
    }
    if (what.mark_root) setenv("MEMO_ROOT_PID", std::to_string(getpid()).c_str(), 1);
    if (what.preload.empty()) return;
    const char* before = std::getenv("LD_PRELOAD");
    const bool alone = before == nullptr || *before == '\0';
    setenv("LD_PRELOAD", alone ? what.preload.c_str() : (what.preload + ":" + before).c_str(), 1);
}

// In the child; returns only if it failed, with errno set. memo has one thread, so the child may allocate.
void become(const Launch& what) {
    set_environment(what);
    if (what.discard_output) {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) return;
    }
    std::vector<std::string> words = what.arguments;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(what.path.c_str(), arguments.data());
    if (errno != ENOEXEC) return;
    // A script without a `#!` line: what every shell does, and execvp.
    std::string shell = "/bin/sh";
    std::string path = what.path;
    arguments[0] = path.data();
    arguments.insert(arguments.begin(), shell.data());
    execv(shell.c_str(), arguments.data());
}

[[nodiscard]] double milliseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

}  // namespace

int Ended::exit_code() const {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

double Ended::cpu_ms() const {
    return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

std::uint64_t Ended::faults() const {
    return static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
}

std::string describe_end(const Ended& ended) {
    if (!WIFSIGNALED(ended.status)) return "exit code " + std::to_string(ended.exit_code());
    const char* name = sigdescr_np(WTERMSIG(ended.status));
    return "signal " + std::to_string(WTERMSIG(ended.status)) +
           (name == nullptr ? "" : " (" + std::string(name) + ")");
}

Result<Ended> launch(const Launch& what) {
    std::array<int, 2> report = {};  // carries the errno of a failed exec; a good exec closes it
    if (pipe2(report.data(), O_CLOEXEC) != 0) return Error{std::string("pipe: ") + std::strerror(errno)};
    const SignalsPassedOn signals;
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
        signals.restore();
        become(what);
        const int error = errno;
        [[maybe_unused]] const ssize_t written = write(report[1], &error, sizeof error);
        _exit(127);
    }
    close(report[1]);
    if (child < 0) {
        const int error = errno;
        close(report[0]);
        return Error{std::string("fork: ") + std::strerror(error)};
    }
    signals.begin(child);
    int error = 0;
    ssize_t got = 0;
    while ((got = read(report[0], &error, sizeof error)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    Ended ended;
    while (wait4(child, &ended.status, 0, &ended.usage) < 0 && errno == EINTR) {
    }
    ended.wall_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (got == sizeof error) return Error{what.path + ": " + std::strerror(error)};
    return ended;
}

}  // namespace memo::cli
