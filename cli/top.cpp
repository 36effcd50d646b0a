// memo top: who allocates the most, by op tag, call stack, module or thread; over the whole trace or one
// steady round.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/grouping.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rounds.h"
#include "cli/stacks.h"
#include "cli/trace_totals.h"
#include "common/op_tags.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kStackDepth = 32;

struct Options {
    Style style;
    std::string trace;
    std::string by = "tag";
    std::string sort = "bytes";
    std::size_t count = 20;
    bool round = false;
    bool full_names = false;
};

[[nodiscard]] double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

[[nodiscard]] Json rows_json(const std::vector<Group>& groups, const Summary& summary, const Grouping& by,
                             const Options& options, StackNames& stacks) {
    Json rows = Json::array();
    for (const Group& group : groups) {
        Json row = {{"name", by.name(group.key)},
                    {"bytes", group.bytes},
                    {"share", share(group.bytes, summary.bytes())},
                    {"allocations", group.allocations},
                    {"peak_bytes", group.peak_bytes},
                    {"peak_share", share(group.peak_bytes, summary.peak_bytes())},
                    {"peak_allocations", group.peak_allocations},
                    {"temporary_bytes", group.temporary_bytes},
                    {"temporary_allocations", group.temporary_allocations},
                    {"kept_bytes", group.kept_bytes},
                    {"kept_allocations", group.kept_allocations},
                    {"mean_lifetime", group.mean_lifetime()},
                    {"tagged_share", share(group.tagged_bytes, group.bytes)}};
        if (options.by == "site") row["frames"] = stacks.frames(group.key, kStackDepth);
        rows.push_back(std::move(row));
    }
    return rows;
}

[[nodiscard]] std::string rows_text(const std::vector<Group>& groups, const Summary& summary,
                                    const Grouping& by, const std::string& title) {
    Table table({{"bytes"},
                 {"share"},
                 {"count"},
                 {"temporary"},
                 {"lifetime"},
                 {"at peak"},
                 {"of peak"},
                 {"kept"},
                 {"tagged"},
                 {title, Align::left}});
    for (const Group& group : groups) {
        table.add({format_bytes(group.bytes), format_share(share(group.bytes, summary.bytes())),
                   std::to_string(group.allocations),
                   format_share(share(group.temporary_allocations, group.allocations)),
                   fmt::format("{:.0f}", group.mean_lifetime()), format_bytes(group.peak_bytes),
                   format_share(share(group.peak_bytes, summary.peak_bytes())),
                   format_bytes(group.kept_bytes), format_share(share(group.tagged_bytes, group.bytes)),
                   by.name(group.key)});
    }
    return table.text();
}

// One steady round of the busiest thread; nothing if no thread repeats.
[[nodiscard]] std::optional<Selection> steady_round(TraceSource& source) {
    const std::vector<ThreadRequests> requests = requests_of_threads(source);
    const std::vector<ThreadRounds> threads = rounds_of_threads(requests);
    const ThreadRounds* chosen = busiest(threads);
    if (chosen == nullptr) return std::nullopt;
    const Round& round = chosen->steady_round();
    const auto& events = chosen->requests->events;
    return Selection{chosen->thread, events[round.begin], events[round.end - 1] + 1};
}

// What rows can be sorted by, the largest first.
struct Order {
    const char* name;
    std::uint64_t Group::*figure;
};
constexpr Order kOrders[] = {{"bytes", &Group::bytes},
                             {"count", &Group::allocations},
                             {"peak", &Group::peak_bytes},
                             {"kept", &Group::kept_bytes},
                             {"temporary", &Group::temporary_allocations}};

[[nodiscard]] std::vector<std::string> order_names() {
    std::vector<std::string> names;
    for (const Order& order : kOrders) names.emplace_back(order.name);
    return names;
}

// Stable: groups that are alike by it stay in order of their bytes.
void sort_by(const std::string& name, std::vector<Group>& groups) {
    const auto order = std::find_if(std::begin(kOrders), std::end(kOrders),
                                    [&](const Order& one) { return one.name == name; });
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const Group& a, const Group& b) { return a.*order->figure > b.*order->figure; });
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    auto source = open_trace(options.trace);
    if (!source) return refuse(source.error());
    std::optional<Selection> selection;
    if (options.round) {
        selection = steady_round(*source);
        if (!selection) {
            say(options.trace + ": no thread repeats, so there is no round; see `memo periods`");
            return kCheckFailed;
        }
    }
    Requesters requesters;
    Summary summary(requesters, selection);
    replay(*source, requesters, {&summary});

    progress.show("naming operations");
    const Trace& trace = source->trace();
    StackNames stacks(trace, options.trace, options.full_names ? Names::full : Names::folded);
    const OpTags tags = resolve_op_tags(trace, requesters.all(), stacks.symbols());
    const Grouping by = grouping(options.by, trace, requesters, tags, stacks);
    std::vector<Group> groups = group_by(summary, by.key, by.is_tagged);
    std::uint64_t tagged = 0;
    for (const Group& group : groups) tagged += group.tagged_bytes;
    sort_by(options.sort, groups);
    const std::size_t all = groups.size();
    groups.resize(std::min(all, options.count));
    progress.show("");

    if (options.style.json) {
        print_json(Json{{"by", options.by},
                        {"sort", options.sort},
                        {"round", options.round},
                        {"bytes", summary.bytes()},
                        {"allocations", summary.allocations()},
                        {"peak_bytes", summary.peak_bytes()},
                        {"tagged_share", share(tagged, summary.bytes())},
                        {"groups", all},
                        {"rows", rows_json(groups, summary, by, options, stacks)}});
        return kDone;
    }
    print(fmt::format("{}: {} in {} allocations, {} live at the peak, {} of the bytes have an op tag\n\n",
                      options.round ? "one round" : "whole trace", format_bytes(summary.bytes()),
                      summary.allocations(), format_bytes(summary.peak_bytes()),
                      format_share(share(tagged, summary.bytes()))));
    print(rows_text(groups, summary, by, options.by == "tag" ? "operation" : options.by));
    if (groups.size() < all) print(fmt::format("and {} more (-n {} shows all)\n", all - groups.size(), all));
    say_problems(options.style, stacks.symbols(), options.trace);
    hint(options.style, "memo plan " + shell_word(options.trace));
    return kDone;
}

}  // namespace

void add_top(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "top", "Show who allocates the most", options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    command.add("--by", options->by, "What to group by: tag, scope, site, module or thread; default: tag")
        .one_of(grouping_names())
        .shown_as("WHAT");
    command
        .add("--sort", options->sort,
             "Largest first by bytes, count, peak (bytes live at the peak), kept (bytes never freed) or "
             "temporary (allocations); default: bytes")
        .one_of(order_names())
        .shown_as("WHAT");
    command.add("-n,--count", options->count, "How many groups to show; default: 20").shown_as("N");
    command.add_flag("--round", options->round,
                     "One steady round of the busiest thread, not the whole trace");
    command.add_flag("--full-names", options->full_names, kFullNamesHelp);
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
