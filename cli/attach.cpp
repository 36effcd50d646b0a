// Recording a stretch of a running process (cli/attach.h).
#include "cli/attach.h"

#include "cli/files.h"
#include "cli/output.h"
#include "cli/trace_files.h"
#include "cli/traced_process.h"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>

namespace memo::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLook = std::chrono::milliseconds(20);
constexpr auto kAnswer =
    std::chrono::seconds(10);  // a process that is stopped, or blocks the signal, gives none
constexpr double kLongest = 1e9;
constexpr std::array kEnds = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// While it lives, the signals that end memo are waited for instead.
class EndSignals {
  public:
    EndSignals() {
        sigemptyset(&set_);
        for (const int signal : kEnds) sigaddset(&set_, signal);
        sigprocmask(SIG_BLOCK, &set_, &before_);
    }
    ~EndSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

    // Waits a moment; true: one came.
    [[nodiscard]] bool wait() const {
        const timespec moment = {0, std::chrono::nanoseconds(kLook).count()};
        return sigtimedwait(&set_, nullptr, &moment) > 0;
    }

  private:
    sigset_t set_ = {};
    sigset_t before_ = {};
};

// A trace and its length; what has changed tells whether the process has answered.
struct Seen {
    std::string path;
    std::uintmax_t bytes = 0;
    bool operator==(const Seen&) const = default;
};

[[nodiscard]] Seen look(const TracedProcess& process) {
    std::error_code error;
    Seen seen{process.trace(), 0};
    if (!seen.path.empty()) seen.bytes = std::filesystem::file_size(seen.path, error);
    return seen;
}

// Waits until the trace has changed; false if it does not.
[[nodiscard]] bool answers(const TracedProcess& process, const Seen& before) {
    const auto end = Clock::now() + kAnswer;
    while (look(process) == before) {
        if (Clock::now() > end || !process.is_running()) return false;
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

// Copies the trace to where it was asked for; the path to name, or one line.
[[nodiscard]] Result<std::string> put(const std::string& trace, const std::string& output) {
    if (output.empty()) return trace;
    const std::string target = absolute_path(output);
    std::error_code error;
    if (std::filesystem::equivalent(trace, target, error)) return trace;
    std::filesystem::copy_file(trace, target, std::filesystem::copy_options::overwrite_existing, error);
    if (error) return Error{fmt::format("{}: {}; the trace is in {}", output, error.message(), trace)};
    return target;
}

}  // namespace

int attach(const Attachment& what, const Style& style) {
    if (what.seconds < 0 || what.seconds > kLongest) return refuse("trace: --for wants a number of seconds");
    const auto process = TracedProcess::find(static_cast<pid_t>(what.process));
    if (!process) return refuse(process.error());
    const std::string name = "process " + std::to_string(what.process);

    const EndSignals ends;
    const Seen before = look(*process);
    if (!process->switch_recording(true)) return refuse(name + ": has ended");
    if (!answers(*process, before)) {
        if (!process->is_running()) return refuse(name + ": has ended");
        return refuse(
            fmt::format("{}: has not begun to record: it records already, is stopped, blocks the signal, "
                        "or cannot write {}",
                        name, process->file()));
    }
    if (!style.quiet) {
        say(name + ": recording" +
            (what.seconds > 0 ? fmt::format(" for {} seconds", what.seconds)
                              : std::string("; Ctrl-C ends it")));
    }
    const auto end = Clock::now() + std::chrono::duration<double>(what.seconds > 0 ? what.seconds : kLongest);
    while (!ends.wait() && Clock::now() < end && process->is_running()) {
    }
    const Seen recorded = look(*process);
    if (process->switch_recording(false) && !answers(*process, recorded) && process->is_running()) {
        say(name + ": does not answer; it may still be recording");
    }
    const auto trace = put(process->trace(), what.output);
    if (!trace) return refuse(trace.error());
    std::error_code error;
    list_traces({{*trace, std::filesystem::file_size(*trace, error)}},
                what.output.empty() ? *trace : what.output, style, kDone);
    hint(style, "memo top " + shell_word(shown_path(*trace, what.output.empty() ? *trace : what.output)));
    return kDone;
}

}  // namespace memo::cli
