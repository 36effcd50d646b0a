// memo periods: what repeats in a trace, thread by thread, and where each thread departs from its round.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rounds.h"
#include "cli/stacks.h"
#include "common/file_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kMostDeviations = 10;  // of a thread, for people
constexpr std::size_t kShownFrames = 6;
constexpr std::size_t kStackDepth = 32;

struct Options {
    Style style;
    std::string trace;
    bool all = false;
};

[[nodiscard]] const char* kind_name(DeviationKind kind) {
    return kind == DeviationKind::extra ? "extra" : "missing";
}

// The site of the first request of a deviation: what came extra, or, of a missing one, where other rounds
// made it.
[[nodiscard]] std::uint32_t site_of(const Trace& trace, const ThreadRounds& thread,
                                    const Deviation& deviation) {
    const auto& events = thread.requests.events;
    if (deviation.kind == DeviationKind::extra) {
        return deviation.position < events.size() ? trace.events[events[deviation.position]].site : kNone;
    }
    for (const Round& round : thread.period->rounds) {
        if (deviation.slot < round.positions.size() && round.positions[deviation.slot] != SIZE_MAX) {
            return trace.events[events[round.positions[deviation.slot]]].site;
        }
    }
    return kNone;
}

[[nodiscard]] std::vector<std::string> module_names(const Trace& trace, const Period& period) {
    std::vector<std::string> names;
    for (const std::uint32_t module : period.modules) {
        names.emplace_back(module < trace.modules.size() ? file_name(trace.modules[module].path.c_str())
                                                         : "unknown");
    }
    return names;
}

[[nodiscard]] Json thread_json(const Trace& trace, const ThreadRounds& thread, StackNames& stacks) {
    const ThreadInfo& info = trace.threads[thread.thread];
    Json json = {{"thread", thread.thread},
                 {"system_id", info.system_id},
                 {"name", info.name},
                 {"allocations", thread.requests.requests.size()},
                 {"repeats", thread.period.has_value()}};
    if (!thread.period) return json;
    const Period& period = *thread.period;
    json["warm_up"] = period.warm_up;
    json["period"] = period.length;
    json["period_bytes"] = thread.round_bytes();
    json["rounds"] = period.rounds.size();
    json["exact_rounds"] = thread.exact_rounds();
    json["modules"] = module_names(trace, period);
    json["deviations"] = Json::array();
    for (const Deviation& deviation : period.deviations) {
        json["deviations"].push_back(
            {{"kind", kind_name(deviation.kind)},
             {"round", deviation.round},
             {"slot", deviation.slot},
             {"position", deviation.position},
             {"count", deviation.count},
             {"stack", stacks.frames(site_of(trace, thread, deviation), kStackDepth)}});
    }
    return json;
}

[[nodiscard]] std::string deviations_text(const Trace& trace, const ThreadRounds& thread, StackNames& stacks,
                                          bool all) {
    const auto& deviations = thread.period->deviations;
    const std::size_t shown = all ? deviations.size() : std::min(deviations.size(), kMostDeviations);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        const Deviation& deviation = deviations[i];
        text += fmt::format("    round {}, slot {}: {} {}\n", deviation.round, deviation.slot,
                            deviation.count, kind_name(deviation.kind));
        for (const std::string& frame : stacks.frames(site_of(trace, thread, deviation), kShownFrames)) {
            text += "        " + frame + "\n";
        }
    }
    if (shown < deviations.size())
        text += fmt::format("    and {} more (--all shows them)\n", deviations.size() - shown);
    return text;
}

[[nodiscard]] std::string thread_text(const Trace& trace, const ThreadRounds& thread, StackNames& stacks,
                                      bool all) {
    const ThreadInfo& info = trace.threads[thread.thread];
    std::string text =
        fmt::format("thread {} ({}{}{}): {} allocations, ", thread.thread, info.system_id,
                    info.name.empty() ? "" : " ", printable(info.name), thread.requests.requests.size());
    if (!thread.period) return text + "no period\n";
    const Period& period = *thread.period;
    text += fmt::format("a period of {}\n", period.length);
    text += fmt::format("    warm-up    {} allocations\n", period.warm_up);
    text +=
        fmt::format("    round      {} allocations, {}\n", period.length, format_bytes(thread.round_bytes()));
    text += fmt::format("    rounds     {}, {} of them exact\n", period.rounds.size(), thread.exact_rounds());
    if (!period.modules.empty()) {
        std::string names;
        for (const std::string& name : module_names(trace, period))
            names += (names.empty() ? "" : ", ") + printable(name);
        text += "    modules    only those that repeat: " + names + "\n";
    }
    text += fmt::format("    deviations {}\n", period.deviations.size());
    return text + deviations_text(trace, thread, stacks, all);
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    const auto trace = open_trace(options.trace);
    if (!trace) return refuse(trace.error());
    progress.show("looking for rounds");
    const std::vector<ThreadRounds> threads = rounds_of_threads(*trace);
    StackNames stacks(*trace);
    progress.show("");
    if (options.style.json) {
        Json list = Json::array();
        for (const ThreadRounds& thread : threads) list.push_back(thread_json(*trace, thread, stacks));
        print_json(Json{{"program", trace->program}, {"threads", std::move(list)}});
        return kDone;
    }
    for (const ThreadRounds& thread : threads) print(thread_text(*trace, thread, stacks, options.all));
    if (busiest(threads) != nullptr) {
        hint(options.style, "memo plan " + shell_word(options.trace));
    } else {
        print(
            "no thread repeats: trace more rounds, at least eight of what the program does again and "
            "again\n");
        hint(options.style, "memo trace -- " + shell_words(trace->arguments));
    }
    return kDone;
}

}  // namespace

void add_periods(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "periods", "Show what repeats in a trace", options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    command.add_flag("--all", options->all, "Every deviation, not only the first ten of a thread");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
