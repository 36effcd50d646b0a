// memo report: one HTML file that shows a trace, or a plan, or both, and needs nothing but a browser.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/map_colors.h"
#include "cli/output.h"
#include "cli/plan_match.h"
#include "cli/report/page.h"
#include "cli/report/report_data.h"
#include "cli/timeline.h"
#include "common/request_log.h"
#include "common/version.h"
#include "planner/mapped_file.h"
#include "planner/round_plan.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string input;
    std::string output;
    std::string plan;
    std::string bench;
    double time_limit = 2;
    bool embed_symbols = false;
};

// A trace with what one walk over it has kept.
struct Traced {
    TraceSource& source;
    std::vector<ThreadRequests> requests;
};

[[nodiscard]] std::vector<std::uint32_t> placed_positions(const planner::RoundPlan& round) {
    std::vector<std::uint32_t> positions;
    for (const planner::PlannedSlot& slot : round.contents.slots) {
        if (!slot.left_out) positions.push_back(slot.position);
    }
    return positions;
}

// The map of a plan and, where one round of the trace was exact, where its blocks lay then.
[[nodiscard]] RoundMap map_with_before(const Traced& traced, const planner::RoundPlan& round,
                                       const PlanView& plan) {
    RoundMap map = map_of(plan);
    const auto& rounds = round.period.rounds;
    const auto exact =
        std::find_if(rounds.rbegin(), rounds.rend(), [](const Round& one) { return one.exact; });
    if (exact != rounds.rend() && traced.source.trace().has_addresses)
        add_before(traced.source, traced.requests[round.thread], *exact, placed_positions(round), map);
    return map;
}

// "plan": what `memo plan` would make of the trace, in little time; or why it makes none.
[[nodiscard]] Json planned_here(const Traced& traced, const OpTags& tags, const Options& options) {
    planner::RoundPlanOptions wanted;
    wanted.solve.time_limit = options.time_limit;
    const auto round = planner::plan_round(
        traced.source.trace(), traced.requests,
        [&](std::uint32_t site, std::uint32_t context) { return tags.tags()[tags.index_of(site, context)]; },
        wanted);
    if (!round) return Json{{"missing", round.error()}};
    const auto bytes = checked_plan(round->contents);
    if (!bytes) return Json{{"missing", bytes.error()}};
    const PlanView plan(bytes->data());
    Json data = plan_data(plan, map_with_before(traced, *round, plan));
    data["file"] = nullptr;
    return data;
}

[[nodiscard]] Result<Json> plan_given(const Traced* traced, const std::string& path) {
    const auto file = read_plan(path);
    if (!file) return Error{file.error()};
    RoundMap map = map_of(file->view());
    if (traced != nullptr) {
        const auto round = matching_round(traced->source.trace(), traced->requests, file->view());
        if (!round) return Error{path + ": is not a plan of this trace: " + round.error()};
        map = map_with_before(*traced, *round, file->view());
    }
    Json data = plan_data(file->view(), map);
    data["file"] = path;
    return data;
}

// What `memo bench -o FILE` wrote; null without a file.
[[nodiscard]] Result<Json> bench_given(const std::string& path) {
    if (path.empty()) return Json(nullptr);
    const auto file = planner::MappedFile::open(path);
    if (!file) return Error{file.error()};
    auto rows = Json::parse(file->bytes());
    if (!rows) return Error{path + ": " + rows.error()};
    const auto is_row = [](const Json& row) {
        return row.is_object() && row.contains("allocator") && row.contains("cpu_ms_median");
    };
    if (!rows->is_array() || !std::all_of(rows->items().begin(), rows->items().end(), is_row))
        return Error{path + ": is not what `memo bench -o FILE.json` writes"};
    return rows;
}

[[nodiscard]] std::optional<Error> add_trace_data(const Options& options, const Progress& progress,
                                                  Json& data) {
    progress.show("reading " + options.input);
    auto source = open_trace(options.input);
    if (!source) return Error{source.error()};
    const Trace& trace = source->trace();
    Traced traced{*source, {}};
    StackNames stacks(trace, options.input);
    OpTags tags;
    {
        Requesters requesters;
        Summary summary(requesters);
        RequestLog log(trace);
        const EventCount count = replay(*source, requesters, {&summary, &log});
        traced.requests = log.take();
        progress.show("naming functions");
        tags = resolve_op_tags(trace, requesters.all(), stacks.symbols());
        progress.show("adding up");
        data["overview"] = overview_data(trace, count, summary, requesters, tags);
        data["timeline"] = timeline_data(timeline_of(*source, count.events, summary, requesters, tags));
        data["stacks"] =
            stacks_data(trace, origins_of(summary, requesters, tags),
                        FrameTable(trace, stacks, options.embed_symbols ? Sources::yes : Sources::no));
        say_problems(options.style, stacks.symbols(), options.input);
    }
    progress.show("looking for rounds");
    data["rounds"] = rounds_data(trace, rounds_of_threads(traced.requests), stacks);
    progress.show("planning");
    auto plan = options.plan.empty() ? Result<Json>(planned_here(traced, tags, options))
                                     : plan_given(&traced, options.plan);
    if (!plan) return Error{plan.error()};
    data["plan"] = std::move(*plan);
    return std::nullopt;
}

[[nodiscard]] std::optional<Error> add_plan_data(const Options& options, Json& data) {
    if (!options.plan.empty()) return Error{options.input + ": is a plan already, so --plan has no meaning"};
    auto plan = plan_given(nullptr, options.input);
    if (!plan) return Error{plan.error()};
    data["plan"] = std::move(*plan);
    return std::nullopt;
}

[[nodiscard]] int run(const Options& options) {
    const auto kind = kind_of(options.input);
    if (!kind) return refuse(kind.error());
    Json data = {{"version", kVersion}, {"source", options.input}, {"palette", Json::array()}};
    for (const std::string_view color : kMapPalette) data["palette"].push_back(color);
    auto bench = bench_given(options.bench);
    if (!bench) return refuse(bench.error());
    data["bench"] = std::move(*bench);
    const Progress progress(options.style);
    const auto wrong =
        *kind == FileKind::plan ? add_plan_data(options, data) : add_trace_data(options, progress, data);
    if (wrong) return refuse(wrong->message);

    progress.show("writing");
    const std::string output =
        options.output.empty() ? with_extension(options.input, ".html") : options.output;
    auto out = WholeFile::create(output);
    if (!out) return refuse(out.error());
    write_page(options.input, data, *out);
    if (const auto problem = out->finish()) return refuse(problem->message);
    progress.show("");
    if (options.style.json) {
        print_json(Json{{"report", output}});
    } else {
        print("report     " + output + "\n");
    }
    hint(options.style, *kind == FileKind::plan ? "memo verify " + shell_word(options.input)
                                                : "memo plan " + shell_word(options.input));
    return kDone;
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "report", "Make an HTML page of a trace or a plan", options->style);
    command.add("FILE", options->input, "A trace, or a plan alone").required().shown_as("TRACE|PLAN");
    command.add("-o,--output", options->output, "Where to write; default: the input's name with .html")
        .shown_as("FILE.html");
    command.add("--plan", options->plan, "The plan of the trace to show; default: one made for the report")
        .shown_as("PLAN");
    command.add("--bench", options->bench, "What `memo bench -o FILE.json` wrote: figures before and after")
        .shown_as("FILE.json");
    command.add("--time-limit", options->time_limit, "Seconds for a plan made for the report; default: 2")
        .shown_as("SECONDS");
    command.add_flag("--embed-symbols", options->embed_symbols,
                     "Inlined functions and source lines on the page, as far as debug information has them");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
