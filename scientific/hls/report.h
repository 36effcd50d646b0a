// What a compilation came to, for people and for programs. Thread safety: pure functions.
#pragma once

#include "scientific/hls/compile.h"

#include <string>

namespace memo::hls {

// First cycle in which an operation of a layer starts, and first in which all its results can be read.
struct LayerSpan {
    std::string name;
    std::size_t operations = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};
[[nodiscard]] std::vector<LayerSpan> layer_spans(const Compiled& made);

[[nodiscard]] std::string report_text(const Compiled& made);
[[nodiscard]] std::string report_json(const Compiled& made);
// The schedule as a Gantt chart: how many elements start an operation of which layer, over the cycles of a
// sample.
[[nodiscard]] std::string gantt_svg(const Compiled& made);

}  // namespace memo::hls
