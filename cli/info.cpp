// memo info: what is in a trace or a plan, at a glance.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "cli/symbols.h"
#include "cli/trace_totals.h"
#include "cli/tracer_cost.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string file;
};

// One line for each module on a call stack whose functions cannot be named.
[[nodiscard]] std::vector<std::string> nameless_modules(const Trace& trace, const std::string& path) {
    std::vector<bool> named(trace.modules.size());
    ElfSymbols symbols(trace, path);
    for (const Sites::Node& node : trace.sites.nodes()) {
        if (node.module >= named.size() || node.offset == 0 || named[node.module]) continue;
        named[node.module] = symbols.function_at(node.module, node.offset - 1).has_value();
    }
    return symbols.problems();
}

[[nodiscard]] std::string cost_text(const TracerCost& cost) {
    return fmt::format("tracer     {:.1f} ms of CPU time to write it, {} of memory\n",
                       static_cast<double>(cost.writing_ns) / 1e6, format_bytes(cost.memory_bytes));
}

[[nodiscard]] Json trace_json(const Trace& trace, const EventCount& count, const Summary& summary,
                              const std::string& path) {
    const std::uint64_t file_bytes = file_size(path);
    const auto cost = tracer_cost(trace);
    return {{"kind", "trace"},
            {"program", trace.program},
            {"arguments", trace.arguments},
            {"program_build_id", trace.program_build_id},
            {"tool_version", trace.tool_version},
            {"next_allocator", trace.next_allocator},
            {"process_id", trace.process_id},
            {"parent_process_id", trace.parent_process_id},
            {"complete", trace.complete},
            {"file_bytes", file_bytes},
            {"bytes_per_event",
             count.events == 0 ? 0.0 : static_cast<double>(file_bytes) / static_cast<double>(count.events)},
            {"events", count.events},
            {"allocations", count.allocations},
            {"frees", count.frees()},
            {"bytes_allocated", summary.bytes()},
            {"peak_live_bytes", summary.peak_bytes()},
            {"threads", trace.threads.size()},
            {"sites", trace.sites.size()},
            {"truncated_sites", trace.sites.truncated()},
            {"contexts", trace.contexts.size()},
            {"modules", trace.modules.size()},
            {"modules_without_symbols", nameless_modules(trace, path)},
            {"dropped_events", trace.dropped_events},
            {"damaged_chunks", trace.damaged_chunks},
            {"tracer_writing_ms", cost ? Json(static_cast<double>(cost->writing_ns) / 1e6) : Json(nullptr)},
            {"tracer_memory_bytes", cost ? Json(cost->memory_bytes) : Json(nullptr)},
            {"notes", notes_beside_cost(trace)}};
}

[[nodiscard]] std::string trace_text(const Json& json, const std::string& cost) {
    const auto number = [&](const char* key) { return json[key].number(); };
    const auto words = [&](const char* key) { return printable(json[key].text()); };
    std::string text;
    text += fmt::format("program    {}\n", words("program"));
    std::vector<std::string> arguments;
    for (const Json& argument : json["arguments"].items()) arguments.push_back(argument.text());
    text += fmt::format("arguments  {}\n", printable(shell_words(arguments)));
    text +=
        fmt::format("process    {}, {}\n", number("process_id"),
                    json["complete"].flag() ? "recorded to its end"
                                            : "not recorded to its end: it was killed, or recording stopped");
    text += fmt::format("events     {}: {} allocations, {} frees\n", number("events"), number("allocations"),
                        number("frees"));
    text += fmt::format("bytes      {} allocated, {} live at the peak\n",
                        format_bytes(number("bytes_allocated")), format_bytes(number("peak_live_bytes")));
    text += fmt::format("threads    {}\n", number("threads"));
    text += fmt::format("sites      {} call stacks, {} of them cut short\n", number("sites"),
                        number("truncated_sites"));
    text += fmt::format("contexts   {} labels and operations\n", number("contexts"));
    text += fmt::format("modules    {}\n", number("modules"));
    text += fmt::format("allocator  {}\n", words("next_allocator"));
    text += fmt::format("made by    memo {}\n", words("tool_version"));
    if (number("events") > 0) {
        text += fmt::format(
            "file       {}, {:.2f} bytes an event with its stacks\n", format_bytes(number("file_bytes")),
            static_cast<double>(number("file_bytes")) / static_cast<double>(number("events")));
    }
    text += cost;
    if (number("dropped_events") > 0) text += fmt::format("dropped    {} events\n", number("dropped_events"));
    if (number("damaged_chunks") > 0)
        text += fmt::format("damaged    {} chunks, left out\n", number("damaged_chunks"));
    for (const Json& module : json["modules_without_symbols"].items()) {
        text += "no symbols " + printable(module.text()) + "\n";
    }
    for (const Json& note : json["notes"].items()) text += "note       " + printable(note.text()) + "\n";
    return text;
}

[[nodiscard]] int show_trace(const Options& options) {
    auto source = open_trace(options.file);
    if (!source) return refuse(source.error());
    Requesters requesters;
    Summary summary(requesters);
    const EventCount count = replay(*source, requesters, {&summary});
    const Trace& trace = source->trace();
    const Json json = trace_json(trace, count, summary, options.file);
    if (options.style.json) {
        print_json(json);
    } else {
        const auto cost = tracer_cost(trace);
        print(trace_text(json, cost ? cost_text(*cost) : std::string()));
    }
    hint(options.style, "memo periods " + shell_word(options.file));
    return kDone;
}

[[nodiscard]] int show_plan(const Options& options) {
    const auto file = read_plan(options.file);
    if (!file) return refuse(file.error());
    if (options.style.json) {
        print_json(plan_json(file->view()));
    } else {
        print(plan_text(file->view()));
    }
    hint(options.style, "memo show " + shell_word(options.file));
    return kDone;
}

[[nodiscard]] int run(const Options& options) {
    const auto kind = kind_of(options.file);
    if (!kind) return refuse(kind.error());
    return *kind == FileKind::plan ? show_plan(options) : show_trace(options);
}

}  // namespace

void add_info(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "info", "Say what is in a trace or a plan", options->style);
    command.add("FILE", options->file, "A trace or a plan").required().shown_as("TRACE|PLAN");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
