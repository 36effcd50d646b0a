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
#include "common/lifetimes.h"
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
    std::size_t count = 20;
    bool round = false;
};

[[nodiscard]] double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

[[nodiscard]] Json rows_json(const std::vector<Group>& groups, const Selection& selection, const Grouping& by,
                             const Options& options, StackNames& stacks) {
    Json rows = Json::array();
    for (const Group& group : groups) {
        Json row = {{"name", by.name(group.key)},
                    {"bytes", group.bytes},
                    {"share", share(group.bytes, selection.bytes)},
                    {"allocations", group.allocations},
                    {"peak_bytes", group.peak_bytes},
                    {"peak_share", share(group.peak_bytes, selection.peak_bytes)},
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

[[nodiscard]] std::string rows_text(const std::vector<Group>& groups, const Selection& selection,
                                    const Grouping& by, const std::string& title) {
    Table table({{"bytes"},
                 {"share"},
                 {"count"},
                 {"temporary"},
                 {"lifetime"},
                 {"at peak"},
                 {"of peak"},
                 {"tagged"},
                 {title, Align::left}});
    for (const Group& group : groups) {
        table.add({format_bytes(group.bytes), format_share(share(group.bytes, selection.bytes)),
                   std::to_string(group.allocations),
                   format_share(share(group.temporary_allocations, group.allocations)),
                   fmt::format("{:.0f}", group.mean_lifetime()), format_bytes(group.peak_bytes),
                   format_share(share(group.peak_bytes, selection.peak_bytes)),
                   format_share(share(group.tagged_bytes, group.bytes)), by.name(group.key)});
    }
    return table.text();
}

// The allocations of one steady round of the busiest thread; nothing if no thread repeats.
[[nodiscard]] std::optional<std::vector<std::size_t>> round_allocations(
    const Trace& trace, const std::vector<std::size_t>& ends) {
    const std::vector<ThreadRounds> threads = rounds_of_threads(trace, ends);
    const ThreadRounds* chosen = busiest(threads);
    if (chosen == nullptr) return std::nullopt;
    const Round& round = chosen->steady_round();
    const auto& events = chosen->requests.events;
    return std::vector<std::size_t>(events.begin() + static_cast<std::ptrdiff_t>(round.begin),
                                    events.begin() + static_cast<std::ptrdiff_t>(round.end));
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    const auto trace = open_trace(options.trace);
    if (!trace) return refuse(trace.error());
    const std::vector<std::size_t> ends = block_ends(*trace);
    Selection selection;
    if (options.round) {
        auto allocations = round_allocations(*trace, ends);
        if (!allocations) {
            say(options.trace + ": no thread repeats, so there is no round; see `memo periods`");
            return kCheckFailed;
        }
        selection = select(*trace, ends, *std::move(allocations));
    } else {
        selection = select_all(*trace, ends);
    }

    progress.show("naming operations");
    StackNames stacks(*trace);
    const OpTags tags = resolve_op_tags(*trace, stacks.symbols());
    const Grouping by = grouping(options.by, *trace, tags, stacks);
    const auto is_tagged = [&](const Event& event) { return tags.index_of(event.site, event.context) != 0; };
    std::vector<Group> groups = group_by(*trace, ends, selection, by.key, is_tagged);
    std::uint64_t tagged = 0;
    for (const Group& group : groups) tagged += group.tagged_bytes;
    const std::size_t all = groups.size();
    groups.resize(std::min(all, options.count));
    progress.show("");

    if (options.style.json) {
        print_json(Json{{"by", options.by},
                        {"round", options.round},
                        {"bytes", selection.bytes},
                        {"allocations", selection.allocations.size()},
                        {"peak_bytes", selection.peak_bytes},
                        {"tagged_share", share(tagged, selection.bytes)},
                        {"groups", all},
                        {"rows", rows_json(groups, selection, by, options, stacks)}});
        return kDone;
    }
    print(fmt::format("{}: {} in {} allocations, {} live at the peak, {} of the bytes have an op tag\n\n",
                      options.round ? "one round" : "whole trace", format_bytes(selection.bytes),
                      selection.allocations.size(), format_bytes(selection.peak_bytes),
                      format_share(share(tagged, selection.bytes))));
    print(rows_text(groups, selection, by, options.by == "tag" ? "operation" : options.by));
    if (groups.size() < all) print(fmt::format("and {} more (-n {} shows all)\n", all - groups.size(), all));
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
    command.add("-n,--count", options->count, "How many groups to show; default: 20").shown_as("N");
    command.add_flag("--round", options->round,
                     "One steady round of the busiest thread, not the whole trace");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
