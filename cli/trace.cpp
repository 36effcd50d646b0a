// memo trace: runs a program with the tracer in it, and lists the traces that came of it.
//
// Everything that can be known beforehand is checked before the program starts: a run of hours must not end
// in "no such folder".
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/launch.h"
#include "cli/libraries.h"
#include "cli/output.h"
#include "cli/program.h"
#include "common/file_name.h"
#include "common/trace_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace memo::cli {

namespace {

constexpr std::size_t kMostListed = 10;

struct Options {
    Style style;
    std::string output;
};

struct TraceFile {
    std::string path;
    std::uint64_t bytes = 0;
};

// What the tracer puts behind the file's name for the processes after the first: ".<pid>" or
// ".<pid>-<attempt>".
[[nodiscard]] bool is_process_suffix(std::string_view text) {
    if (text.size() < 2 || text.front() != '.') return false;
    text.remove_prefix(1);
    return text.find_first_not_of("0123456789-") == std::string_view::npos && text.front() != '-';
}

// The traces of one `memo trace`: FILE, and FILE.<pid> of its other processes, largest first. Files that only
// happen to have such a name are no traces, and are left alone.
[[nodiscard]] std::vector<TraceFile> trace_files(const std::string& path) {
    const std::filesystem::path first(path);
    const std::string name = first.filename().string();
    std::vector<TraceFile> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(first.parent_path(), error)) {
        const std::string other = entry.path().filename().string();
        if (!other.starts_with(name)) continue;
        const std::string_view suffix = std::string_view(other).substr(name.size());
        if (!suffix.empty() && !is_process_suffix(suffix)) continue;
        const auto kind = kind_of(entry.path().string());
        if (!kind || *kind != FileKind::trace) continue;
        files.push_back({entry.path().string(), entry.file_size(error)});
    }
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    return files;
}

// Removes the traces of an earlier run and makes sure that a new one can be written.
[[nodiscard]] std::optional<Error> make_room(const std::string& path) {
    struct stat status = {};
    if (lstat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return Error{path + ": is a directory"};
        if (!S_ISREG(status.st_mode)) return Error{path + ": is not a regular file; a trace needs one"};
    }
    for (const TraceFile& old : trace_files(path)) unlink(old.path.c_str());
    const int probe = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (probe < 0) return Error{path + ": " + std::strerror(errno)};
    close(probe);
    if (unlink(path.c_str()) != 0) return Error{path + ": " + std::strerror(errno)};
    return std::nullopt;
}

// A path as the user would write it: relative where the file lies below the working directory.
[[nodiscard]] std::string shown_path(const std::string& path, const std::string& asked_for) {
    return asked_for.find('/') == std::string::npos ? std::string(file_name(path.c_str())) : path;
}

[[nodiscard]] Json describe(const TraceFile& file, const std::string& shown, const Style& style) {
    Json entry = {{"path", shown}, {"program", nullptr}, {"events", nullptr}, {"bytes", file.bytes}};
    auto source = memo::TraceFile::open(file.path);
    if (!source) {
        say(source.error());
        return entry;
    }
    std::uint64_t events = 0;
    source->for_each([&](std::span<const Event> some) { events += some.size(); });
    const Trace& trace = source->trace();
    entry["program"] = trace.program;
    entry["events"] = events;
    if (!style.quiet && trace.dropped_events > 0) {
        say(fmt::format("{}: {} events were dropped: memory ran out in the traced process", shown,
                        trace.dropped_events));
    }
    return entry;
}

// Lists the files; the number of events in the first of them.
void list(const std::vector<TraceFile>& files, const Options& options, int exit_code) {
    Json entries = Json::array();
    const std::size_t listed = options.style.json ? files.size() : std::min(files.size(), kMostListed);
    for (std::size_t i = 0; i < listed; ++i) {
        entries.push_back(describe(files[i], shown_path(files[i].path, options.output), options.style));
    }
    if (options.style.json) return print_json(Json{{"exit_code", exit_code}, {"files", std::move(entries)}});
    if (options.style.quiet) return;
    for (const Json& entry : entries.items()) {
        if (entry["events"].is_null()) continue;
        say(fmt::format("{}: {}, {} events, {}", entry["path"].text(), printable(entry["program"].text()),
                        entry["events"].number(), format_bytes(entry["bytes"].number())));
    }
    if (listed < files.size())
        say(fmt::format("and {} smaller traces of other processes", files.size() - listed));
}

[[nodiscard]] int run(Options options, const Session& session) {
    if (session.program.empty()) return refuse("trace: no program; memo trace [-o FILE] -- PROGRAM ARGS");
    const auto program = find_program(session.program.front());
    if (!program) return refuse(program.error());
    if (!program->unreached.empty()) {
        return refuse(session.program.front() + " " + program->unreached + "; there is nothing to trace");
    }
    const auto library = find_library(kTracerLibrary);
    if (!library) return refuse(library.error());
    if (options.output.empty())
        options.output = std::string(file_name(session.program.front().c_str())) + ".memo";
    const std::string file = absolute_path(options.output);
    if (const auto problem = make_room(file)) return refuse(problem->message);

    Launch what;
    what.path = program->path;
    what.arguments = session.program;
    what.preload = *library;
    what.environment = {{"MEMO_TRACE_FILE", file}};
    const auto ended = launch(what);
    if (!ended) return refuse(ended.error());

    const int code = ended->exit_code();
    if (!options.style.quiet && code > 128) say(program->path + " ended by " + describe_end(*ended));
    const std::vector<TraceFile> files = trace_files(file);
    list(files, options, code);
    if (files.empty()) {
        say(options.output + ": no trace was written");
        return code == kDone ? kBadUsage : code;
    }
    hint(options.style, "memo plan " + shell_word(shown_path(files.front().path, options.output)));
    return code;
}

}  // namespace

void add_trace(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "trace", "Run a program and record its allocations", options->style);
    command
        .add("-o,--output", options->output, "Where to write; default: PROGRAM.memo in the working directory")
        .shown_as("FILE");
    command.when_chosen(
        [options, &session] { session.run = [options, &session] { return run(*options, session); }; });
}

}  // namespace memo::cli
