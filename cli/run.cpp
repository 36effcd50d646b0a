// memo run: runs a program on a plan. Whatever is wrong with the plan, the program runs: at worst as if we
// were not there.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/launch.h"
#include "cli/libraries.h"
#include "cli/output.h"
#include "cli/program.h"
#include "common/file_name.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
    std::string statistics;
};

// One line if the program is to run without us, else nothing.
[[nodiscard]] std::string why_plain(const Options& options, const Program& program, const std::string& name,
                                    std::string& library) {
    if (!program.unreached.empty()) return name + " " + program.unreached + "; running it plainly";
    const auto plan = read_plan(options.plan);
    if (!plan) return plan.error() + "; running without it";
    auto found = find_library(kAllocatorLibrary);
    if (!found) return found.error() + "; running without it";
    library = *std::move(found);
    return {};
}

[[nodiscard]] bool is_regular_file(const std::string& path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

[[nodiscard]] int run(const Options& options, const Session& session) {
    if (session.program.empty()) return refuse("run: no program; memo run --plan PLAN -- PROGRAM ARGS");
    const std::string& name = session.program.front();
    if (options.plan.empty()) {
        const std::string stem = file_name(name.c_str());
        return refuse("run: no plan; make one with `memo trace -- " + shell_words(session.program) +
                      "` and `memo plan " + shell_word(stem + ".memo") + "`, then give it with --plan");
    }
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
    what.environment.emplace_back("MEMO_PLAN", std::nullopt);
    if (plain.empty()) {
        what.mark_root = true;
        what.environment.back().second = absolute_path(options.plan);
        if (!options.statistics.empty()) {
            what.environment.emplace_back("MEMO_STATS", absolute_path(options.statistics));
        }
    }
    const auto ended = launch(what);
    if (!ended) return refuse(ended.error());
    const int code = ended->exit_code();
    if (options.style.json) {
        print_json(Json{{"exit_code", code},
                        {"planned", plain.empty()},
                        {"wall_ms", ended->wall_ms},
                        {"cpu_ms", ended->cpu_ms()},
                        {"faults", ended->faults()},
                        {"peak_rss_kb", ended->usage.ru_maxrss}});
    }
    if (plain.empty()) {
        hint(options.style,
             "memo bench --plan " + shell_word(options.plan) + " -- " + shell_words(session.program));
    }
    return code;
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "run", "Run a program on a plan", options->style);
    command.add("-p,--plan", options->plan, "The plan, made by `memo plan`").shown_as("PLAN");
    command
        .add("--stats", options->statistics,
             "Where to write the statistics of the replay (JSON if it ends so)")
        .shown_as("FILE");
    command.when_chosen(
        [options, &session] { session.run = [options, &session] { return run(*options, session); }; });
}

}  // namespace memo::cli
