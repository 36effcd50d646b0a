// memo diff: what a program allocates more or less than it did, by op tag, call stack, module or thread.
//
// Two runs have nothing in common but names: addresses, sites and tags are numbered anew in each. So groups
// are matched by what they are called; a call stack by the functions on it, so that it is found again in
// another build.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/function_names.h"
#include "cli/grouping.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/stacks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace memo::cli {

namespace {

constexpr std::size_t kStackDepth = 64;
constexpr std::size_t kShownDepth = 6;  // in the table; all are in JSON, and with --full-names

struct Options {
    Style style;
    std::array<std::string, 2> traces;  // before, after
    std::string by = "tag";
    std::size_t count = 20;
    bool full_names = false;
};

struct Figures {
    std::uint64_t bytes = 0;
    std::uint64_t allocations = 0;
    std::uint64_t peak_bytes = 0;
    std::uint64_t temporary_allocations = 0;
};

// Numbers for names: a trace has hundreds of thousands of call stacks of a few thousand functions.
class NameTable {
  public:
    [[nodiscard]] std::uint32_t number(const std::string& name) {
        const auto [at, fresh] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (fresh) names_.push_back(&at->first);
        return at->second;
    }
    [[nodiscard]] const std::string& name(std::uint32_t number) const { return *names_[number]; }

  private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<const std::string*> names_;
};

// A group in both traces: the number of its name or, of a call stack, those of its functions, innermost
// first.
using LastingName = std::vector<std::uint32_t>;

// What one group came to before and after.
using Sides = std::array<Figures, 2>;
using Difference = std::pair<LastingName, Sides>;

struct Compared {
    Sides totals;
    NameTable names;
    std::map<LastingName, Sides> groups;

    // In words, with `most` functions of a call stack.
    [[nodiscard]] std::string words(const LastingName& name, std::size_t most) const {
        std::string text;
        for (std::size_t i = 0; i < std::min(name.size(), most); ++i)
            text += (i == 0 ? "" : " < ") + names.name(name[i]);
        return text + (name.size() > most ? " < …" : "");
    }
};

void add(Figures& sum, const Group& group) {
    sum.bytes += group.bytes;
    sum.allocations += group.allocations;
    sum.peak_bytes += group.peak_bytes;
    sum.temporary_allocations += group.temporary_allocations;
}

// How a group is called in every trace that has it.
class LastingNames {
  public:
    LastingNames(const std::string& by, const Grouping& grouping, const Trace& trace, StackNames& stacks,
                 NameTable& names)
        : by_(by), grouping_(grouping), trace_(trace), stacks_(stacks), names_(names) {}

    [[nodiscard]] LastingName of(std::uint32_t key) {
        if (by_ == "thread")
            return {names_.number(key == kNone ? "unknown" : printable(trace_.threads[key].name))};
        if (by_ != "site" || key == kNone) return {names_.number(grouping_.name(key))};
        LastingName name;
        for (const Frame frame : trace_.sites.frames(key)) {
            if (name.size() == kStackDepth) break;
            name.push_back(function(frame));
        }
        return name;
    }

  private:
    // Each frame is looked up once.
    [[nodiscard]] std::uint32_t function(const Frame& frame) {
        const auto [at, fresh] = functions_.try_emplace({frame.module, frame.offset}, 0);
        if (fresh) {
            const std::string name = stacks_.function(frame);
            at->second = names_.number(name.empty() ? stacks_.frame(frame) : name);
        }
        return at->second;
    }

    const std::string& by_;
    const Grouping& grouping_;
    const Trace& trace_;
    StackNames& stacks_;
    NameTable& names_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> functions_;
};

[[nodiscard]] std::optional<Error> add_side(const Options& options, std::size_t side, Compared& compared) {
    auto source = open_trace(options.traces.at(side));
    if (!source) return Error{source.error()};
    Requesters requesters;
    Summary summary(requesters);
    replay(*source, requesters, {&summary});
    const Trace& trace = source->trace();
    StackNames stacks(trace, options.traces.at(side));
    const OpTags tags = resolve_op_tags(trace, requesters.all(), stacks.symbols());
    const Grouping by = grouping(options.by, trace, requesters, tags, stacks);
    LastingNames names(options.by, by, trace, stacks, compared.names);
    for (const Group& group : group_by(summary, by.key, by.is_tagged)) {
        add(compared.groups[names.of(group.key)].at(side), group);
        add(compared.totals.at(side), group);
    }
    return std::nullopt;
}

[[nodiscard]] std::int64_t change(const Sides& sides, std::uint64_t Figures::*figure) {
    return static_cast<std::int64_t>(sides[1].*figure - sides[0].*figure);
}

// Those that changed at all, the largest change of peak or bytes first.
[[nodiscard]] std::vector<Difference> differences(const Compared& compared) {
    std::vector<Difference> changed;
    for (const auto& [name, sides] : compared.groups) {
        const auto differs = [&sides = sides](std::uint64_t Figures::*figure) {
            return change(sides, figure) != 0;
        };
        if (differs(&Figures::bytes) || differs(&Figures::allocations) || differs(&Figures::peak_bytes) ||
            differs(&Figures::temporary_allocations)) {
            changed.emplace_back(name, sides);
        }
    }
    const auto weight = [](const Difference& one) {
        return std::pair(std::abs(change(one.second, &Figures::peak_bytes)),
                         std::abs(change(one.second, &Figures::bytes)));
    };
    std::stable_sort(changed.begin(), changed.end(),
                     [&](const Difference& a, const Difference& b) { return weight(a) > weight(b); });
    return changed;
}

[[nodiscard]] std::string signed_bytes(std::int64_t bytes) {
    if (bytes == 0) return "=";
    return (bytes < 0 ? "-" : "+") + format_bytes(static_cast<std::uint64_t>(std::abs(bytes)));
}

[[nodiscard]] std::string signed_count(std::int64_t count) {
    return count == 0 ? "=" : fmt::format("{:+}", count);
}

[[nodiscard]] Json figures_json(const Figures& figures) {
    return {{"bytes", figures.bytes},
            {"allocations", figures.allocations},
            {"peak_bytes", figures.peak_bytes},
            {"temporary_allocations", figures.temporary_allocations}};
}

[[nodiscard]] Json diff_json(const Options& options, const Compared& compared,
                             const std::vector<Difference>& changed) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < std::min(changed.size(), options.count); ++i) {
        rows.push_back({{"name", compared.words(changed[i].first, kStackDepth)},
                        {"before", figures_json(changed[i].second[0])},
                        {"after", figures_json(changed[i].second[1])}});
    }
    return {{"by", options.by},
            {"before", figures_json(compared.totals[0])},
            {"after", figures_json(compared.totals[1])},
            {"changed", changed.size()},
            {"rows", std::move(rows)}};
}

[[nodiscard]] std::string diff_text(const Options& options, const Compared& compared,
                                    const std::vector<Difference>& changed) {
    Table table({{"at peak"},
                 {"change"},
                 {"bytes"},
                 {"change"},
                 {"count"},
                 {"change"},
                 {options.by == "tag" ? "operation" : options.by, Align::left}});
    const auto add_row = [&](const std::string& name, const Sides& sides) {
        table.add({format_bytes(sides[1].peak_bytes), signed_bytes(change(sides, &Figures::peak_bytes)),
                   format_bytes(sides[1].bytes), signed_bytes(change(sides, &Figures::bytes)),
                   std::to_string(sides[1].allocations), signed_count(change(sides, &Figures::allocations)),
                   options.full_names ? name : folded(name)});
    };
    const std::size_t shown = std::min(changed.size(), options.count);
    for (std::size_t i = 0; i < shown; ++i)
        add_row(compared.words(changed[i].first, options.full_names ? kStackDepth : kShownDepth),
                changed[i].second);
    add_row("all together", compared.totals);
    std::string text = fmt::format("{} of {} groups differ; figures are those of {}\n\n", changed.size(),
                                   compared.groups.size(), options.traces[1]) +
                       table.text();
    if (shown < changed.size())
        text += fmt::format("and {} more (-n {} shows all)\n", changed.size() - shown, changed.size());
    return text;
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    Compared compared;
    for (std::size_t side = 0; side < options.traces.size(); ++side) {
        progress.show("reading " + options.traces.at(side));
        if (const auto wrong = add_side(options, side, compared)) return refuse(wrong->message);
    }
    progress.show("");
    const std::vector<Difference> changed = differences(compared);
    if (options.style.json) {
        print_json(diff_json(options, compared, changed));
    } else {
        print(diff_text(options, compared, changed));
    }
    hint(options.style, "memo report " + shell_word(options.traces[1]));
    return kDone;
}

}  // namespace

void add_diff(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "diff", "Compare two traces", options->style);
    command.add("BEFORE", options->traces[0], "A trace").required();
    command.add("AFTER", options->traces[1], "Another one, of the same program").required();
    command.add("--by", options->by, "What to group by: tag, site, module or thread (its name); default: tag")
        .one_of(grouping_names())
        .shown_as("WHAT");
    command.add("-n,--count", options->count, "How many groups to show; default: 20").shown_as("N");
    command.add_flag("--full-names", options->full_names, kFullNamesHelp);
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
