// A schedule as a picture: elements from top to bottom, the cycles of one sample from left to right, one
// colour a layer. Where there are more of either than pixels, a cell stands for several and is the darker the
// busier they are. Where a cycle has a column of its own, an operation is dark when it starts and pale until
// its result is there.
#pragma once

#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/schedule.h"

#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

// `rows`: what the elements are called, if not by their numbers.
[[nodiscard]] std::string schedule_svg(const Graph& graph, const Schedule& schedule, std::string_view title,
                                       double clock_ns, const std::vector<std::string>& rows = {});

}  // namespace memo::hls
