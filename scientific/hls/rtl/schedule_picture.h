// A schedule as a picture: elements from top to bottom, the cycles of one sample from left to right, one
// colour a layer. Where there are more of either than pixels, a cell stands for several and is the darker the
// busier they are.
#pragma once

#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/schedule.h"

#include <string>
#include <string_view>

namespace memo::hls {

[[nodiscard]] std::string schedule_svg(const Graph& graph, const Schedule& schedule, std::string_view title,
                                       double clock_ns);

}  // namespace memo::hls
