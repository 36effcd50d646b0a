// A plan as a picture: the arena over time, in SVG 1.1 that needs nothing else. Colours are those of the
// tags; the load runs over the blocks as a line; the max load, the height and the peak are marked. The same
// input gives the same bytes. Light or dark as the viewer prefers. Thread safety: pure function.
#pragma once

#include "planner/problem.h"

#include <span>
#include <string>

namespace memo::cli {

struct MapInput {
    const planner::Problem& problem;    // of one arena, valid, at least one block
    std::span<const Offset> offsets;    // parallel to the blocks; no block ends at 2^63 or above
    std::span<const std::string> tags;  // parallel to the blocks
    std::string title;
};

[[nodiscard]] std::string map_svg(const MapInput& input);

}  // namespace memo::cli
