// The report of the peak (cli/peak_report.h).
#include "cli/peak_report.h"

#include "cli/json.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kShownStretches = 3;
constexpr std::size_t kShownTags = 12;
constexpr std::size_t kShownBlocks = 20;

[[nodiscard]] double share_of(Bytes bytes, const planner::Peak& peak) {
    return peak.max_load == Bytes{}
               ? 0
               : static_cast<double>(bytes.value) / static_cast<double>(peak.max_load.value);
}

[[nodiscard]] std::string name_of(const planner::Problem& problem, std::uint32_t block) {
    return problem.ids.empty() ? fmt::format("block {}", block) : problem.ids[block];
}

[[nodiscard]] std::string tag_name(const std::string& tag) {
    return tag.empty() ? "untagged" : printable(tag);
}

[[nodiscard]] std::string saved(Bytes bytes) {
    return bytes == Bytes{} ? "-" : format_bytes(bytes.value);
}

[[nodiscard]] std::string left_out(std::size_t all, std::size_t shown, const char* what) {
    return all <= shown ? "" : fmt::format("and {} {} more (--json has them all)\n", all - shown, what);
}

[[nodiscard]] Json blame_json(const planner::Blame& blame) {
    return {{"freed_early", blame.freed_early.value}, {"dropped", blame.dropped.value}};
}

[[nodiscard]] std::string stretches_text(const planner::Peak& peak) {
    std::string text;
    const std::size_t shown = std::min(peak.stretches.size(), kShownStretches);
    for (std::size_t i = 0; i < shown; ++i)
        text += (i == 0 ? "" : ", ") + planner::describe_lifetime(peak.stretches[i]);
    if (peak.stretches.size() > shown)
        text += fmt::format(" and {} times more", peak.stretches.size() - shown);
    return text;
}

}  // namespace

std::string peak_text(const planner::Scenario& scenario, const planner::Peak& peak) {
    std::string text =
        fmt::format("peak       {} ({} bytes) in {} blocks\n", format_bytes(peak.max_load.value),
                    peak.max_load.value, peak.blocks.size());
    text += "when       " + stretches_text(peak) + "\n";
    if (!scenario.problem.arenas.empty())
        text += "arena      " + printable(scenario.problem.arenas[peak.arena]) + "\n";

    Table tags(
        {{"tag", Align::left}, {"blocks"}, {"bytes"}, {"of peak"}, {"freed early saves"}, {"dropped saves"}});
    for (std::size_t i = 0; i < std::min(peak.tags.size(), kShownTags); ++i) {
        const planner::PeakTag& one = peak.tags[i];
        tags.add({tag_name(one.tag), std::to_string(one.blocks), format_bytes(one.bytes.value),
                  format_share(share_of(one.bytes, peak)), saved(one.saved.freed_early),
                  saved(one.saved.dropped)});
    }
    text += "\n" + tags.text() + left_out(peak.tags.size(), kShownTags, "tags");

    Table blocks({{"block", Align::left},
                  {"bytes"},
                  {"of peak"},
                  {"lifetime", Align::left},
                  {"freed early saves"},
                  {"dropped saves"}});
    for (std::size_t i = 0; i < std::min(peak.blocks.size(), kShownBlocks); ++i) {
        const planner::PeakBlock& one = peak.blocks[i];
        blocks.add({printable(name_of(scenario.problem, one.block)), format_bytes(one.bytes.value),
                    format_share(share_of(one.bytes, peak)),
                    planner::describe_lifetime(scenario.problem.blocks[one.block].life),
                    saved(one.saved.freed_early), saved(one.saved.dropped)});
    }
    return text + "\n" + blocks.text() + left_out(peak.blocks.size(), kShownBlocks, "blocks");
}

Json peak_json(const planner::Scenario& scenario, const planner::Peak& peak) {
    Json json = {{"max_load", peak.max_load.value},
                 {"arena", scenario.problem.arenas.empty() ? Json(nullptr)
                                                           : Json(scenario.problem.arenas[peak.arena])},
                 {"stretches", Json::array()},
                 {"tags", Json::array()},
                 {"blocks", Json::array()}};
    for (const Lifetime& stretch : peak.stretches)
        json["stretches"].push_back({{"lower", stretch.lower.value}, {"upper", stretch.upper.value}});
    for (const planner::PeakTag& one : peak.tags) {
        json["tags"].push_back({{"tag", one.tag},
                                {"blocks", one.blocks},
                                {"bytes", one.bytes.value},
                                {"share", share_of(one.bytes, peak)},
                                {"saved", blame_json(one.saved)}});
    }
    for (const planner::PeakBlock& one : peak.blocks) {
        const Lifetime& life = scenario.problem.blocks[one.block].life;
        json["blocks"].push_back({{"index", one.block},
                                  {"id", name_of(scenario.problem, one.block)},
                                  {"tag", scenario.tags[one.block]},
                                  {"bytes", one.bytes.value},
                                  {"share", share_of(one.bytes, peak)},
                                  {"lower", life.lower.value},
                                  {"upper", life.upper.value},
                                  {"saved", blame_json(one.saved)}});
    }
    return json;
}

}  // namespace memo::cli
