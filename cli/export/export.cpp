// memo export: a trace in a format that somebody else's viewer opens.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/export/exports.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/stacks.h"
#include "cli/tagged_problem.h"
#include "planner/problem_csv.h"

#include <fmt/core.h>
#include <unistd.h>

#include <functional>
#include <map>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string trace;
    std::string format;
    std::string output;
    std::string weight = "allocated";
    std::optional<std::uint32_t> thread;
};

// The formats that a trace alone makes; `minimalloc` is a round's.
using Exporter = std::function<void(const Exported&, WholeFile&)>;
[[nodiscard]] std::map<std::string, Exporter> exporters(Weight weight) {
    return {{"pprof", export_pprof},
            {"collapsed",
             [weight](const Exported& what, WholeFile& out) { export_collapsed(what, weight, out); }},
            {"speedscope", export_speedscope},
            {"perfetto", export_perfetto},
            {"heaptrack", export_heaptrack},
            {"jsonl", export_jsonl}};
}

[[nodiscard]] std::vector<std::string> weight_names() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kWeights; ++i) names.emplace_back(weight_name(static_cast<Weight>(i)));
    return names;
}

[[nodiscard]] Weight weight_of_name(const std::string& name) {
    std::size_t i = 0;
    while (weight_name(static_cast<Weight>(i)) != name) ++i;
    return static_cast<Weight>(i);
}

// What opens a file of that format.
[[nodiscard]] std::string opened_by(const Options& options) {
    const std::string file = options.output.empty() ? "FILE" : shell_word(options.output);
    if (options.format == "pprof") return "go tool pprof -http=: " + file;
    if (options.format == "collapsed") return "flamegraph.pl " + file;
    if (options.format == "speedscope") return file + " at https://www.speedscope.app";
    if (options.format == "perfetto") return file + " at https://ui.perfetto.dev";
    if (options.format == "heaptrack") return "heaptrack_print " + file;
    if (options.format == "minimalloc") return "memo plan " + file + " --compare";
    return "jq . " + file;
}

// Whole blocks of the round with their lifetimes, planned by nobody yet.
[[nodiscard]] int export_round(const Options& options, WholeFile& out) {
    RoundChoice choice;
    choice.thread = options.thread;
    auto round = read_tagged_problem(options.trace, choice);
    if (!round) {
        say(round.error());
        return kCheckFailed;
    }
    planner::ProblemTable table;
    table.problem = std::move(round->scenario.problem);
    out.write(planner::format_problem_csv(table));
    return kDone;
}

[[nodiscard]] int export_events(const Options& options, WholeFile& out) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    auto source = open_trace(options.trace);
    if (!source) return refuse(source.error());
    const Trace& trace = source->trace();
    Requesters requesters;
    Summary summary(requesters);
    const EventCount count = replay(*source, requesters, {&summary});
    if (options.format == "jsonl" && count.allocations > kMostJsonlAllocations) {
        return refuse(
            fmt::format("{}: has {} allocations; jsonl says of each where its block ends, and memo "
                        "keeps {} of those in memory at most: export it to heaptrack, which has no "
                        "limit",
                        options.trace, count.allocations, kMostJsonlAllocations));
    }
    progress.show("naming functions");
    StackNames names(trace, options.trace);
    const OpTags tags = resolve_op_tags(trace, requesters.all(), names.symbols());
    const FrameTable frames(trace, names, options.format == "pprof" ? Sources::yes : Sources::no);
    progress.show("writing " + options.format);
    exporters(weight_of_name(options.weight))
        .at(options.format)({*source, trace, count, summary, requesters, tags, frames}, out);
    return kDone;
}

[[nodiscard]] int run(const Options& options) {
    const auto kind = kind_of(options.trace);
    if (!kind) return refuse(kind.error());
    if (*kind == FileKind::plan) return refuse(options.trace + ": is a plan, where a trace is wanted");
    if (options.output.empty() && options.format == "pprof" && isatty(STDOUT_FILENO) == 1)
        return refuse("export: pprof is no text for a terminal: choose a file with -o");
    auto out = options.output.empty() ? Result<WholeFile>(WholeFile::standard_output())
                                      : WholeFile::create(options.output);
    if (!out) return refuse(out.error());
    const int code =
        options.format == "minimalloc" ? export_round(options, *out) : export_events(options, *out);
    if (code != kDone) return code;
    if (const auto problem = out->finish()) return refuse(problem->message);
    hint(options.style, opened_by(options));
    return kDone;
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "export", "Write a trace in the format of another viewer", options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    std::vector<std::string> formats = {"minimalloc"};
    for (const auto& [name, exporter] : exporters(Weight::allocated)) formats.push_back(name);
    command
        .add("--to", options->format,
             "pprof, collapsed, speedscope, perfetto, heaptrack, minimalloc (one round) or jsonl")
        .required()
        .one_of(formats)
        .shown_as("FORMAT");
    command.add("-o,--output", options->output, "Where to write; default: standard output").shown_as("FILE");
    command
        .add(
            "--weight", options->weight,
            "What a collapsed stack counts: allocated or temporary bytes, bytes at the peak, or allocations; "
            "default: allocated")
        .one_of(weight_names())
        .shown_as("WHAT");
    command
        .add("--thread", options->thread,
             "Whose round (minimalloc); default: the thread with the most repeating bytes")
        .shown_as("N");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
