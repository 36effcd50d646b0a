// The blocks of a map as SVG: large ones as rectangles of their own that tell about themselves, smaller ones
// as paths by colour, and what is smaller than half a pixel as density. However many blocks there are, the
// text is bounded (about 800 KiB). Thread safety: pure functions.
#pragma once

#include "cli/map_colors.h"
#include "planner/problem.h"

#include <cstdint>
#include <span>
#include <string>

namespace memo::cli {

// Where moments and addresses lie on the picture.
struct MapFrame {
    double left = 0;  // in pixels
    double top = 0;
    double width = 0;  // whole numbers
    double height = 0;
    std::uint64_t first_moment = 0;
    std::uint64_t last_moment = 1;  // > first_moment
    std::uint64_t addresses = 1;    // shown: [0, addresses)

    [[nodiscard]] double x(std::uint64_t moment) const {
        return left + width * (static_cast<double>(moment - first_moment) /
                               static_cast<double>(last_moment - first_moment));
    }
    [[nodiscard]] double y(std::uint64_t address) const {
        return top + height * (1 - static_cast<double>(address) / static_cast<double>(addresses));
    }
};

// A number of pixels in SVG: "12", "0.5", to a tenth.
[[nodiscard]] std::string pixels(double amount);

// `offsets` and `tags` are parallel to the blocks, which lie within the frame.
[[nodiscard]] std::string map_blocks(const planner::Problem& problem, std::span<const Offset> offsets,
                                     std::span<const std::string> tags, const MapColors& colors,
                                     const MapFrame& frame);

}  // namespace memo::cli
