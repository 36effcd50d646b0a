// Periods in words (cli/period_report.h).
#include "cli/period_report.h"

#include "cli/json.h"
#include "common/file_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kShownFrames = 6;
constexpr std::size_t kStackDepth = 32;

[[nodiscard]] const char* kind_name(DeviationKind kind) {
    return kind == DeviationKind::extra ? "extra" : "missing";
}

// The site of the first request of a deviation: what came extra, or, of a missing one, where other rounds
// made it.
[[nodiscard]] std::uint32_t site_of(const ThreadRounds& thread, const Deviation& deviation) {
    const auto& sites = thread.requests->sites;
    if (deviation.kind == DeviationKind::extra)
        return deviation.position < sites.size() ? sites[deviation.position] : kNone;
    for (const Round& round : thread.period->rounds) {
        if (deviation.slot < round.positions.size() && round.positions[deviation.slot] != SIZE_MAX) {
            return sites[round.positions[deviation.slot]];
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

[[nodiscard]] std::string deviations_text(const ThreadRounds& thread, StackNames& stacks, std::size_t most) {
    const auto& deviations = thread.period->deviations;
    const std::size_t shown = std::min(deviations.size(), most);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        const Deviation& deviation = deviations[i];
        text += fmt::format("    round {}, slot {}: {} {}\n", deviation.round, deviation.slot,
                            deviation.count, kind_name(deviation.kind));
        for (const std::string& frame : stacks.frames(site_of(thread, deviation), kShownFrames)) {
            text += "        " + frame + "\n";
        }
    }
    if (shown < deviations.size())
        text += fmt::format("    and {} more (--all shows them)\n", deviations.size() - shown);
    return text;
}

}  // namespace

Json period_json(const Trace& trace, const ThreadRounds& thread, StackNames& stacks, std::size_t most) {
    const ThreadInfo& info = trace.threads[thread.thread];
    Json json = {{"thread", thread.thread},
                 {"system_id", info.system_id},
                 {"name", info.name},
                 {"allocations", thread.requests->allocations},
                 {"looked_at", thread.requests->size()},
                 {"repeats", thread.period.has_value()}};
    if (!thread.period) return json;
    const Period& period = *thread.period;
    json["warm_up"] = period.warm_up;
    json["period"] = period.length;
    json["period_bytes"] = thread.round_bytes();
    json["rounds"] = period.rounds.size();
    json["exact_rounds"] = thread.exact_rounds();
    json["variable_sizes"] = std::count(period.varies.begin(), period.varies.end(), true);
    json["modules"] = module_names(trace, period);
    json["deviation_count"] = period.deviations.size();
    json["deviations"] = Json::array();
    for (std::size_t i = 0; i < std::min(period.deviations.size(), most); ++i) {
        const Deviation& deviation = period.deviations[i];
        json["deviations"].push_back({{"kind", kind_name(deviation.kind)},
                                      {"round", deviation.round},
                                      {"slot", deviation.slot},
                                      {"position", deviation.position},
                                      {"count", deviation.count},
                                      {"stack", stacks.frames(site_of(thread, deviation), kStackDepth)}});
    }
    return json;
}

std::string period_text(const Trace& trace, const ThreadRounds& thread, StackNames& stacks,
                        std::size_t most) {
    const ThreadInfo& info = trace.threads[thread.thread];
    std::string text =
        fmt::format("thread {} ({}{}{}): {} allocations, ", thread.thread, info.system_id,
                    info.name.empty() ? "" : " ", printable(info.name), thread.requests->allocations);
    if (thread.requests->skipped() > 0)
        text += fmt::format("the last {} of them looked at: ", thread.requests->size());
    if (!thread.period) return text + "no period\n";
    const Period& period = *thread.period;
    text += fmt::format("a period of {}\n", period.length);
    text += fmt::format("    warm-up    {} allocations\n", period.warm_up);
    text +=
        fmt::format("    round      {} allocations, {}\n", period.length, format_bytes(thread.round_bytes()));
    text += fmt::format("    rounds     {}, {} of them exact\n", period.rounds.size(), thread.exact_rounds());
    const auto variable = std::count(period.varies.begin(), period.varies.end(), true);
    if (variable != 0) text += fmt::format("    sizes      {} change from round to round\n", variable);
    if (!period.modules.empty()) {
        std::string names;
        for (const std::string& name : module_names(trace, period))
            names += (names.empty() ? "" : ", ") + printable(name);
        text += "    modules    only those that repeat: " + names + "\n";
    }
    text += fmt::format("    deviations {}\n", period.deviations.size());
    return text + deviations_text(thread, stacks, most);
}

}  // namespace memo::cli
