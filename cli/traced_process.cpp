// Looking at /proc (cli/traced_process.h).
#include "cli/traced_process.h"

#include "cli/output.h"
#include "cli/process_memory.h"
#include "cli/trace_files.h"
#include "common/file_name.h"
#include "common/trace_switch.h"
#include "common/version.h"

#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace memo::cli {

namespace {

constexpr std::string_view kTracer = "libmemotrace.so";
constexpr const char* kStart = "start it with memo trace --idle -- PROGRAM";

[[nodiscard]] std::string folder_of(pid_t process) {
    return "/proc/" + std::to_string(process) + "/";
}

[[nodiscard]] std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A variable of an environment as /proc shows it: NAME=VALUE, each ended by a zero byte.
[[nodiscard]] std::optional<std::string> variable(const std::string& environment, const std::string& name) {
    for (std::size_t at = 0; at < environment.size();) {
        const std::size_t end = std::min(environment.find('\0', at), environment.size());
        const std::string_view entry = std::string_view(environment).substr(at, end - at);
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return std::string(entry.substr(name.size() + 1));
        at = end + 1;
    }
    return std::nullopt;
}

// The tracer's file, by the list of what is mapped; empty: it is not there.
[[nodiscard]] std::string mapped_tracer(const std::string& maps) {
    for (std::size_t at = 0; at < maps.size();) {
        const std::size_t end = std::min(maps.find('\n', at), maps.size());
        const std::string line = maps.substr(at, end - at);
        const std::size_t path = line.find('/');
        at = end + 1;
        if (path == std::string::npos) continue;
        const std::string_view name = file_name(line.c_str() + path);
        if (name == kTracer || name == std::string(kTracer) + " (deleted)") return line.substr(path);
    }
    return {};
}

// Whether the process has a handler for the signal, by a line of its status: a mask in hexadecimal.
[[nodiscard]] bool catches(const std::string& status, int signal) {
    constexpr std::string_view kLine = "\nSigCgt:\t";
    const std::size_t at = status.find(kLine);
    if (at == std::string::npos) return false;
    std::uint64_t mask = 0;
    const char* digits = status.data() + at + kLine.size();
    std::from_chars(digits, status.data() + status.size(), mask, 16);
    return (mask >> (signal - 1) & 1) != 0;
}

// The version that a tracer's file says it has; empty: none that can be switched from outside.
[[nodiscard]] std::string version_of(const std::string& library) {
    const std::string bytes = content_of(library);
    const std::string mark = std::string(kTracerMark[0]) + kTracerMark[1];
    const std::size_t at = bytes.find(mark);
    if (at == std::string::npos) return {};
    return bytes.substr(at + mark.size(), bytes.find('\0', at) - at - mark.size());
}

}  // namespace

Result<TracedProcess> TracedProcess::find(pid_t process) {
    const std::string name = "process " + std::to_string(process);
    if (process <= 0 || (kill(process, 0) != 0 && errno == ESRCH)) return Error{name + ": there is none"};
    if (!ProcessMemory(process).is_running()) return Error{name + ": has ended"};
    const std::string folder = folder_of(process);
    const bool may_look = std::ifstream(folder + "environ") && std::ifstream(folder + "maps");
    if (kill(process, 0) != 0 || !may_look)
        return Error{name + ": may not be looked at; run memo as its user or as root"};
    const std::string tracer = mapped_tracer(content_of(folder + "maps"));
    if (tracer.empty()) return Error{name + ": does not run under " + std::string(kTracer) + "; " + kStart};
    const std::string environment = content_of(folder + "environ");
    const std::string asked = variable(environment, "MEMO_TRACE_SIGNAL").value_or("");
    int signal = 0;
    std::from_chars(asked.data(), asked.data() + asked.size(), signal);
    if (signal <= 0 || signal > 64) {
        return Error{name + ": its tracer cannot be switched (no MEMO_TRACE_SIGNAL); " + kStart};
    }
    const std::string version = version_of(folder + "root" + tracer);
    if (version != kVersion) {
        return Error{
            fmt::format("{}: runs under another {}{}; this is memo {}: use the memo that belongs to it", name,
                        kTracer, version.empty() ? "" : ", " + printable(version), kVersion)};
    }
    if (!catches(content_of(folder + "status"), signal)) {
        return Error{
            fmt::format("{}: its tracer does not listen to signal {}: the program has another use for it, "
                        "or has only just begun; MEMO_TRACE_SIGNAL chooses another",
                        name, signal)};
    }
    std::error_code error;
    std::filesystem::path file = std::filesystem::read_symlink(folder + "cwd", error);
    file /=
        variable(environment, "MEMO_TRACE_FILE").value_or("memotrace." + std::to_string(process) + ".memo");
    return TracedProcess(process, signal, file.string());
}

bool TracedProcess::switch_recording(bool on) const {
    sigval value = {};
    value.sival_int = on ? kSwitchOn : kSwitchOff;
    return sigqueue(process_, signal_, value) == 0;
}

bool TracedProcess::is_running() const {
    return ProcessMemory(process_).is_running();
}

std::string TracedProcess::trace() const {
    std::string newest;
    std::filesystem::file_time_type when;
    for (const WrittenTrace& file : trace_files(file_)) {
        if (process_of_trace(file.path) != process_) continue;
        std::error_code error;
        const auto written = std::filesystem::last_write_time(file.path, error);
        if (newest.empty() || written > when) newest = file.path;
        when = std::max(when, written);
    }
    return newest;
}

}  // namespace memo::cli
