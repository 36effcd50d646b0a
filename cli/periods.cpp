// memo periods: what repeats in a trace, thread by thread, and where each thread departs from its round.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/period_report.h"
#include "cli/rounds.h"
#include "cli/stacks.h"
#include "common/request_log.h"

#include <cstdint>

namespace memo::cli {

namespace {

constexpr std::size_t kMostDeviations = 10;  // of a thread, for people

struct Options {
    Style style;
    std::string trace;
    bool all = false;
    bool full_names = false;
};

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    auto source = open_trace(options.trace);
    if (!source) return refuse(source.error());
    const std::vector<ThreadRequests> requests = requests_of_threads(*source);
    progress.show("looking for rounds");
    const std::vector<ThreadRounds> threads = rounds_of_threads(requests);
    const Trace& trace = source->trace();
    StackNames stacks(trace, options.trace, options.full_names ? Names::full : Names::folded);
    progress.show("");
    if (options.style.json) {
        Json list = Json::array();
        for (const ThreadRounds& thread : threads)
            list.push_back(period_json(trace, thread, stacks, SIZE_MAX));
        print_json(Json{{"program", trace.program}, {"threads", std::move(list)}});
        return kDone;
    }
    const std::size_t most = options.all ? SIZE_MAX : kMostDeviations;
    for (const ThreadRounds& thread : threads) print(period_text(trace, thread, stacks, most));
    say_problems(options.style, stacks.symbols(), options.trace);
    if (busiest(threads) != nullptr) {
        hint(options.style, "memo plan " + shell_word(options.trace));
    } else {
        print(
            "no thread repeats: trace more rounds, at least eight of what the program does again and "
            "again\n");
        hint(options.style, "memo trace -- " + shell_words(trace.arguments));
    }
    return kDone;
}

}  // namespace

void add_periods(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "periods", "Show what repeats in a trace", options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    command.add_flag("--all", options->all, "Every deviation, not only the first ten of a thread");
    command.add_flag("--full-names", options->full_names, kFullNamesHelp);
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
