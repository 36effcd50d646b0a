// memo bench: the same program with every allocator, again and again, interleaved, so that what drifts on the
// machine drifts for all of them.
//
// memo itself stays small here: a child's peak RSS cannot read lower than what its parent had when it forked.
// So tracing and planning, where bench has to do them, are left to other processes.
#include "cli/arguments.h"
#include "cli/bench_results.h"
#include "cli/bench_rows.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/launch.h"
#include "cli/libraries.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/program.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
    std::string output;
    std::vector<std::string> rows;
    std::size_t starts = 5;
    std::size_t warm_up = 5;
    bool show_output = false;
};

// Gone with everything in it at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::error_code error;
        std::string path = (std::filesystem::temp_directory_path(error) / "memo-bench.XXXXXX").string();
        if (mkdtemp(path.data()) != nullptr) path_ = path;
    }
    ~TemporaryFolder() {
        std::error_code error;
        if (!path_.empty()) std::filesystem::remove_all(path_, error);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] bool exists() const { return !path_.empty(); }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

// A failure, and the exit code that it deserves.
struct Failure {
    int code = kBadUsage;
    std::string message;
};

// The whole text of a file; empty if there is none.
[[nodiscard]] std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Runs `memo` itself with these words.
[[nodiscard]] bool run_memo(std::vector<std::string> words) {
    Launch what;
    what.path = own_path();
    what.arguments = {"memo"};
    what.arguments.insert(what.arguments.end(), words.begin(), words.end());
    what.discard_output = true;
    const auto ended = launch(what);
    return ended.ok() && ended->exit_code() == kDone;
}

// Traces and plans the program; the plan's path, or nothing. What went wrong has been said by the commands.
[[nodiscard]] std::optional<std::string> make_plan(const TemporaryFolder& folder, const Session& session,
                                                   const Progress& progress) {
    const std::string trace = folder.file("bench.memo");
    std::string plan = folder.file("bench.plan");
    std::vector<std::string> words = {"trace", "-q", "-o", trace, "--"};
    words.insert(words.end(), session.program.begin(), session.program.end());
    progress.show("tracing " + session.program.front());
    if (!run_memo(words)) return std::nullopt;
    progress.show("planning");
    if (!run_memo({"plan", "-q", trace, "-o", plan})) return std::nullopt;
    return plan;
}

[[nodiscard]] std::optional<Failure> check_options(const Options& options, const Session& session) {
    if (session.program.empty())
        return Failure{kBadUsage, "bench: no program; memo bench [--plan PLAN] -- PROGRAM ARGS"};
    const auto& names = bench_row_names();
    for (const std::string& row : options.rows) {
        if (std::find(names.begin(), names.end(), row) == names.end()) {
            return Failure{kBadUsage, "bench: unknown row '" + printable(row) + "'; did you mean '" +
                                          nearest(row, names) + "'?"};
        }
    }
    if (options.starts == 0) return Failure{kBadUsage, "bench: --starts must be at least 1"};
    if (options.plan.empty()) return std::nullopt;
    const auto plan = read_plan(options.plan);
    return plan ? std::nullopt : std::optional<Failure>({kBadUsage, plan.error()});
}

// The rows to measure. A row that cannot be is left out, and said.
[[nodiscard]] std::vector<BenchRow> choose_rows(const Options& options, const Session& session,
                                                const TemporaryFolder& folder, const Progress& progress) {
    std::vector<BenchRow> rows;
    for (const std::string& name : options.rows.empty() ? bench_row_names() : options.rows) {
        std::string plan = options.plan.empty() ? std::string() : absolute_path(options.plan);
        if (name == kOwnRow && plan.empty()) {
            const auto made = make_plan(folder, session, progress);
            progress.show("");
            if (!made) {
                say("bench: memomalloc is left out: no plan could be made");
                continue;
            }
            plan = *made;
        }
        auto row = bench_row(name, plan);
        if (row) {
            rows.push_back(*std::move(row));
        } else {
            say("bench: " + name + " is left out: " + row.error());
        }
    }
    return rows;
}

// One start of one row.
class Bench {
  public:
    Bench(const Options& options, const Session& session, std::string path, std::string rounds_file)
        : options_(options),
          session_(session),
          path_(std::move(path)),
          rounds_file_(std::move(rounds_file)) {}

    [[nodiscard]] std::optional<Failure> measure(const BenchRow& row, Measurement& measurement) const {
        unlink(rounds_file_.c_str());
        (void)lseek(STDIN_FILENO, 0, SEEK_SET);  // input from a file is the same for every start
        Launch what;
        what.path = path_;
        what.arguments = session_.program;
        what.preload = row.preload;
        what.environment = row.environment;
        what.environment.emplace_back("MEMO_BENCH_ROUNDS", rounds_file_);
        what.mark_root = row.name == kOwnRow;
        what.discard_output = !options_.show_output;
        const auto ended = launch(what);
        if (!ended) return Failure{kBadUsage, ended.error()};
        if (ended->exit_code() != 0) {
            return Failure{kProgramFailed, fmt::format("bench: {} (start {}): the program ended with {}",
                                                       row.name, measurement.start, describe_end(*ended))};
        }
        measurement.process_cpu_ms = ended->cpu_ms();
        measurement.peak_rss_kb = static_cast<std::uint64_t>(ended->usage.ru_maxrss);
        auto rounds = parse_rounds(text_of(rounds_file_));
        if (!rounds) return Failure{kBadUsage, "bench: " + row.name + ": " + rounds.error()};
        if (rounds->empty()) {
            const BenchRound whole{ended->wall_ms, ended->cpu_ms(), static_cast<double>(ended->faults())};
            summarise({&whole, 1}, measurement);
            return std::nullopt;
        }
        if (rounds->size() <= options_.warm_up) {
            return Failure{
                kBadUsage,
                fmt::format("bench: {}: the program wrote {} rounds, and the first {} are warm-up; "
                            "run more, or give a smaller --warm-up",
                            row.name, rounds->size(), options_.warm_up)};
        }
        summarise(std::span(*rounds).subspan(options_.warm_up), measurement);
        return std::nullopt;
    }

  private:
    const Options& options_;
    const Session& session_;
    std::string path_;
    std::string rounds_file_;
};

// Start 1 of every row, then start 2 of every row, each time beginning with another one.
[[nodiscard]] std::optional<Failure> measure_all(const Bench& bench, const std::vector<BenchRow>& rows,
                                                 const Options& options, const Progress& progress,
                                                 std::vector<Measurement>& measurements) {
    for (std::size_t start = 0; start < options.starts; ++start) {
        for (std::size_t turn = 0; turn < rows.size(); ++turn) {
            const std::size_t index = (start + turn) % rows.size();
            progress.show(fmt::format("start {} of {}: {} ({} of {})", start + 1, options.starts,
                                      rows[index].name, turn + 1, rows.size()));
            Measurement measurement;
            measurement.allocator = rows[index].name;
            measurement.start = start + 1;
            if (auto failure = bench.measure(rows[index], measurement)) return failure;
            measurements.push_back(std::move(measurement));
        }
    }
    progress.show("");
    // Back in the order of the table.
    std::stable_sort(
        measurements.begin(), measurements.end(), [&](const Measurement& a, const Measurement& b) {
            const auto place = [&](const Measurement& m) {
                return std::find_if(rows.begin(), rows.end(),
                                    [&](const BenchRow& row) { return row.name == m.allocator; });
            };
            return place(a) < place(b);
        });
    return std::nullopt;
}

[[nodiscard]] std::string heading(const Options& options, const std::vector<Measurement>& measurements) {
    const bool whole =
        std::all_of(measurements.begin(), measurements.end(), [](const auto& m) { return m.rounds == 1; });
    const std::string what = whole
                                 ? "a round is one whole run"
                                 : fmt::format("figures are a round's, after {} of warm-up", options.warm_up);
    return fmt::format("{} starts, interleaved; {}; median over the starts (least–most); * is the best\n\n",
                       options.starts, what);
}

[[nodiscard]] int run(const Options& options, const Session& session) {
    const auto fail = [](const Failure& failure) {
        say(failure.message);
        return failure.code;
    };
    if (const auto failure = check_options(options, session)) return fail(*failure);
    const auto program = find_program(session.program.front());
    if (!program) return refuse(program.error());
    if (!program->unreached.empty()) {
        return refuse(session.program.front() + " " + program->unreached + "; there is nothing to compare");
    }
    const TemporaryFolder folder;
    if (!folder.exists()) return refuse(std::string("bench: no temporary folder: ") + std::strerror(errno));
    const Progress progress(options.style);
    const std::vector<BenchRow> rows = choose_rows(options, session, folder, progress);
    if (rows.empty()) return refuse("bench: there is no row to measure");

    std::vector<Measurement> measurements;
    const Bench bench(options, session, program->path, folder.file("rounds"));
    if (const auto failure = measure_all(bench, rows, options, progress, measurements)) {
        progress.show("");
        return fail(*failure);
    }
    const Json json = bench_json(measurements);
    if (!options.output.empty()) {
        if (const auto problem = write_whole(options.output, json.dump(2) + "\n"))
            return refuse(problem->message);
    }
    if (options.style.json) {
        print_json(json);
    } else {
        print(heading(options, measurements) + bench_text(measurements));
    }
    hint(options.style, options.plan.empty() ? "memo trace -- " + shell_words(session.program)
                                             : "memo show " + shell_word(options.plan));
    return kDone;
}

}  // namespace

void add_bench(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "bench", "Compare a program's allocators", options->style);
    command.add("-p,--plan", options->plan, "The plan for memomalloc; default: trace and plan first")
        .shown_as("PLAN");
    command.add("--starts", options->starts, "How often to start the program with each allocator; default: 5")
        .shown_as("N");
    command
        .add("--rows", options->rows,
             "Which allocators, separated by commas; default: all that are installed")
        .separated_by_commas()
        .shown_as("NAMES");
    command.add("--warm-up", options->warm_up, "Rounds of a start that do not count; default: 5")
        .shown_as("N");
    command.add("-o,--output", options->output, "Write the JSON there too").shown_as("FILE.json");
    command.add_flag("--show-output", options->show_output, "Let the program's stdout through");
    command.when_chosen(
        [options, &session] { session.run = [options, &session] { return run(*options, session); }; });
}

}  // namespace memo::cli
