// Colours by name (cli/map_colors.h): a hash chooses a place in the palette, and a taken place sends to the
// next free one. Tags beyond the legend are grey; but where they are most of the picture (every block its own
// tag, say), they take turns in the colours that the legend has left, by name again.
#include "cli/map_colors.h"

#include <algorithm>
#include <map>

namespace memo::cli {

namespace {

constexpr std::size_t kLegendTags = 12;
constexpr double kMostlyOthers = 0.5;

struct TagArea {
    std::string_view tag;
    double area = 0;  // bytes x time
};

// FNV-1a: the same on every machine.
[[nodiscard]] std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash ^ hash >> 32U;
}

[[nodiscard]] std::vector<TagArea> areas_of(const planner::Problem& problem,
                                            std::span<const std::string> tags) {
    std::map<std::string_view, double> areas;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const planner::Block& block = problem.blocks[i];
        areas[tags[i]] += static_cast<double>(block.size.value) *
                          static_cast<double>(block.life.upper.value - block.life.lower.value);
    }
    std::vector<TagArea> sorted;
    sorted.reserve(areas.size());
    for (const auto& [tag, area] : areas) sorted.push_back({tag, area});
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const TagArea& a, const TagArea& b) { return a.area > b.area; });
    return sorted;
}

}  // namespace

MapColors::MapColors(const planner::Problem& problem, std::span<const std::string> tags) {
    const std::vector<TagArea> areas = areas_of(problem, tags);
    double total = 0;
    for (const TagArea& one : areas) total += one.area;

    std::map<std::string_view, std::uint8_t> colors;
    std::array<bool, kMapPalette.size()> taken = {};
    double rest = total;
    for (std::size_t i = 0; i < std::min(areas.size(), kLegendTags); ++i) {
        std::size_t color = hash_of(areas[i].tag) % kMapPalette.size();
        while (taken.at(color)) color = (color + 1) % kMapPalette.size();
        taken.at(color) = true;
        colors[areas[i].tag] = static_cast<std::uint8_t>(color);
        legend_.push_back({areas[i].tag.empty() ? std::string("untagged") : std::string(areas[i].tag),
                           static_cast<std::uint8_t>(color), areas[i].area / total});
        rest -= areas[i].area;
    }
    if (areas.size() > kLegendTags) {
        const std::size_t others = areas.size() - kLegendTags;
        std::vector<std::uint8_t> turns = {kOtherColor};
        if (rest > kMostlyOthers * total) {
            for (std::size_t color = 0; color < taken.size(); ++color) {
                if (!taken.at(color)) turns.push_back(static_cast<std::uint8_t>(color));
            }
        }
        for (std::size_t i = kLegendTags; i < areas.size(); ++i) {
            colors[areas[i].tag] = turns[hash_of(areas[i].tag) % turns.size()];
        }
        legend_.push_back(
            {std::to_string(others) + (turns.size() == 1 ? " others" : " others, in all colours"),
             kOtherColor, std::max(rest, 0.0) / total});
    }
    of_blocks_.reserve(tags.size());
    for (const std::string& tag : tags) of_blocks_.push_back(colors[tag]);
}

}  // namespace memo::cli
