// memo run: runs a program on a plan, or on one that it learns while it runs. Whatever is wrong with the
// plan, the program runs: at worst as if we were not there.
#include "cli/arguments.h"
#include "cli/bench_rows.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/launch.h"
#include "cli/libraries.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/why.h"
#include "common/file_name.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
    std::string save;
    std::string next;
    std::string statistics;
};

// One line if the program is to run without us, else nothing.
[[nodiscard]] std::string why_plain(const Options& options, const Program& program, const std::string& name,
                                    std::string& library) {
    if (!program.unreached.empty()) return name + " " + program.unreached + "; running it plainly";
    if (!options.plan.empty()) {
        const auto plan = read_plan(options.plan);
        if (!plan) return plan.error() + "; running without it";
    }
    auto found = find_library(kAllocatorLibrary);
    if (!found) return found.error() + "; running without it";
    library = *std::move(found);
    return {};
}

// The path of the allocator of that name, or the path given; empty: the one that the program has anyway.
[[nodiscard]] Result<std::string> find_next(const std::string& next) {
    if (next.empty() || next == "glibc") return std::string();
    if (next.find('/') != std::string::npos) {
        if (access(next.c_str(), R_OK) == 0) return absolute_path(next);
        return Error{"--next " + next + ": no such library"};
    }
    auto row = bench_row(next, "");
    if (!row || next == kOwnRow || row->preload.empty()) {
        return Error{"--next " + next + ": " + (row ? "not an allocator's name" : row.error()) +
                     "; glibc, jemalloc, mimalloc, tcmalloc, or the path of a library"};
    }
    return row->preload;
}

[[nodiscard]] bool is_regular_file(const std::string& path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// A file for the library's report; gone at the end. Without one (no room, say) the run has none.
class ReportFile {
  public:
    ReportFile() {
        std::error_code error;
        path_ = (std::filesystem::temp_directory_path(error) / "memo-run.XXXXXX").string();
        const int file = mkstemp(path_.data());
        if (file >= 0) {
            close(file);
        } else {
            path_.clear();
        }
    }
    ~ReportFile() {
        if (!path_.empty()) unlink(path_.c_str());
    }
    ReportFile(const ReportFile&) = delete;
    ReportFile& operator=(const ReportFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// What is to be said about the run; nothing if it is not known.
[[nodiscard]] std::optional<Verdict> judge(const Options& options, const std::string& program,
                                           const std::string& plain, const ReportFile& report) {
    if (!plain.empty()) return Verdict{false, plain, true};
    const auto facts = read_run_report(report.path());
    if (!facts) return std::nullopt;
    return judge_run(*facts, file_name(program.c_str()), !options.plan.empty());
}

[[nodiscard]] int run(const Options& options, const Session& session) {
    if (session.program.empty()) return refuse("run: no program; memo run [--plan PLAN] -- PROGRAM ARGS");
    const std::string& name = session.program.front();
    const auto next = find_next(options.next);
    if (!next) return refuse("run: " + next.error());
    const auto program = find_program(name);
    if (!program) return refuse(program.error());

    Launch what;
    what.path = program->path;
    what.arguments = session.program;
    const std::string plain = why_plain(options, *program, name, what.preload);
    if (!plain.empty()) say(plain);
    // Numbers of an earlier run must not be taken for this one's.
    if (!options.statistics.empty() && is_regular_file(options.statistics))
        unlink(options.statistics.c_str());
    for (const char* variable : {"MEMO_PLAN", "MEMO_SAVE_PLAN", "MEMO_LEARN", kRunReportVariable}) {
        what.environment.emplace_back(variable, std::nullopt);
    }
    const ReportFile report;
    if (plain.empty()) {
        what.mark_root = true;
        if (!report.path().empty()) what.environment.emplace_back(kRunReportVariable, report.path());
        if (!options.plan.empty()) {
            what.environment.emplace_back("MEMO_PLAN", absolute_path(options.plan));
        } else {
            what.environment.emplace_back("MEMO_LEARN",
                                          "always");  // whoever runs a program so wants its plan
        }
        if (!options.save.empty())
            what.environment.emplace_back("MEMO_SAVE_PLAN", absolute_path(options.save));
        if (!options.statistics.empty()) {
            what.environment.emplace_back("MEMO_STATS", absolute_path(options.statistics));
        }
    }
    if (!next->empty()) what.preload += (what.preload.empty() ? "" : ":") + *next;
    const auto ended = launch(what);
    if (!ended) return refuse(ended.error());
    const int code = ended->exit_code();
    const auto verdict = judge(options, name, plain, report);
    if (options.style.json) {
        print_json(Json{{"exit_code", code},
                        {"planned", plain.empty()},
                        {"profited", verdict ? Json(verdict->profited) : Json()},
                        {"why", verdict && !verdict->why.empty() ? Json(verdict->why) : Json()},
                        {"wall_ms", ended->wall_ms},
                        {"cpu_ms", ended->cpu_ms()},
                        {"faults", ended->faults()},
                        {"peak_rss_kb", ended->usage.ru_maxrss}});
    }
    if (verdict && !verdict->why.empty() && !verdict->said && !options.style.json && !options.style.quiet)
        say((verdict->profited ? "" : "not served: ") + verdict->why);
    if (plain.empty()) {
        hint(options.style, "memo bench " +
                                (options.plan.empty() ? "" : "--plan " + shell_word(options.plan) + " ") +
                                "-- " + shell_words(session.program));
    }
    return code;
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "run", "Run a program on a plan, or on what it is seen to repeat",
                            options->style);
    command
        .add("-p,--plan", options->plan,
             "The plan, made by `memo plan` (without: learn one while the program runs)")
        .shown_as("PLAN");
    command.add("--save-plan", options->save, "Where to write the plan that was learnt").shown_as("PLAN");
    command
        .add("--next", options->next,
             "Who serves what is not planned: glibc, jemalloc, mimalloc, tcmalloc, or a path")
        .shown_as("ALLOCATOR");
    command
        .add("--stats", options->statistics,
             "Where to write the statistics of the replay (JSON if it ends so)")
        .shown_as("FILE");
    command.when_chosen(
        [options, &session] { session.run = [options, &session] { return run(*options, session); }; });
}

}  // namespace memo::cli
