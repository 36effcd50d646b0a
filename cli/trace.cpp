// memo trace: runs a program with the tracer in it, and lists the traces that came of it.
//
// Everything that can be known beforehand is checked before the program starts: a run of hours must not end
// in "no such folder".
#include "cli/arguments.h"
#include "cli/attach.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/launch.h"
#include "cli/libraries.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/trace_files.h"
#include "common/file_name.h"
#include "common/trace_switch.h"

#include <cstdlib>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string output;
    std::optional<std::uint32_t> process;
    double seconds = 0;
    bool idle = false;
    bool scopes = false;
};

// One line about what does not go together; empty if all does.
[[nodiscard]] std::string contradiction(const Options& options, const Session& session) {
    if (!options.process) {
        if (options.seconds != 0) return "trace: --for goes with --attach";
        return session.program.empty() ? "trace: no program; memo trace [-o FILE] -- PROGRAM ARGS" : "";
    }
    if (options.idle || options.scopes)
        return "trace: --idle and --scopes are for the start of a program, and --attach for one that runs";
    return session.program.empty() ? "" : "trace: --attach takes no program: PID is one that is running";
}

// Python's search path with the folder of tracer/python, which lies beside the tracer, in front.
[[nodiscard]] std::string python_path(const std::string& tracer) {
    const std::string folder = tracer.substr(0, tracer.rfind('/')) + "/memo/python";
    const char* path = std::getenv("PYTHONPATH");
    return path == nullptr || *path == '\0' ? folder : folder + ":" + path;
}

[[nodiscard]] int run(Options options, const Session& session) {
    if (const std::string line = contradiction(options, session); !line.empty()) return refuse(line);
    if (options.process) return attach({*options.process, options.seconds, options.output}, options.style);
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
    if (options.scopes) {
        what.environment.emplace_back("MEMO_TRACE_SCOPES", "1");
        what.environment.emplace_back("PYTHONPATH", python_path(*library));
    }
    if (options.idle) {
        what.environment.emplace_back("MEMO_TRACE_PAUSED", "1");
        what.environment.emplace_back("MEMO_TRACE_SIGNAL", std::to_string(kSwitchSignal));
    }
    const auto ended = launch(what);
    if (!ended) return refuse(ended.error());

    const int code = ended->exit_code();
    if (!options.style.quiet && code > 128) say(program->path + " ended by " + describe_end(*ended));
    const std::vector<WrittenTrace> files = trace_files(file);
    list_traces(files, options.output, options.style, code);
    if (files.empty() && options.idle) {
        if (!options.style.quiet)
            say(options.output + ": nothing was recorded: memo trace --attach PID does");
        return code;
    }
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
    command.add_flag(
        "--scopes", options->scopes,
        "Record also which of PyTorch's modules runs; takes some microseconds a module or operator");
    command.add_flag("--idle", options->idle, "Record nothing until `memo trace --attach` asks for it");
    command.add("--attach", options->process, "Record a process that runs already, started with --idle")
        .shown_as("PID");
    command.add("--for", options->seconds, "How long to stay attached; default: until Ctrl-C")
        .shown_as("SECONDS");
    command.when_chosen(
        [options, &session] { session.run = [options, &session] { return run(*options, session); }; });
}

}  // namespace memo::cli
