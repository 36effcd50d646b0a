// Which tag has which colour in a map, and what the legend says. A tag's colour comes from its name, so that
// it is the same in every picture, unless a larger tag of the same picture has it already.
//
// Thread safety: constant once built.
#pragma once

#include "planner/problem.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo::cli {

// Hues of two lightnesses in turn, both readable on white and on black.
inline constexpr std::array<std::string_view, 24> kMapPalette = {
    "#dd7577", "#1ca6d9", "#897311", "#8463a8", "#6bac5c", "#d375a4", "#00849c", "#d77e49",
    "#6898e8", "#667f30", "#9b5a8e", "#1ab28c", "#ab5a46", "#337ab0", "#c28e24", "#9889e3",
    "#348757", "#a9576c", "#00afb8", "#a06522", "#626eb4", "#9e9f30", "#bb7cca", "#00897d",
};
// The colour after them: of everything that has none of its own.
inline constexpr std::uint8_t kOtherColor = kMapPalette.size();
inline constexpr std::size_t kMapColors = kMapPalette.size() + 1;

struct LegendEntry {
    std::string text;        // the tag, or what the other tags are called together
    std::uint8_t color = 0;  // index into the palette, or kOtherColor
    double share = 0;        // of all bytes x time
};

class MapColors {
  public:
    // `tags` is parallel to the blocks.
    MapColors(const planner::Problem& problem, std::span<const std::string> tags);

    // Parallel to the blocks.
    [[nodiscard]] const std::vector<std::uint8_t>& of_blocks() const { return of_blocks_; }
    // The tags with the most bytes x time, largest first, then one for the others.
    [[nodiscard]] const std::vector<LegendEntry>& legend() const { return legend_; }

  private:
    std::vector<std::uint8_t> of_blocks_;
    std::vector<LegendEntry> legend_;
};

}  // namespace memo::cli
