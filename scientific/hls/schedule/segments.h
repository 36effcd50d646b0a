// Runs of layers that the scheduler places together. In a full table of slots, whatever is placed last waits
// for the last free slots: up to an interval for each operation that depends on another. So runs of small
// layers, which are short of slots nowhere and whose operations depend on each other, are placed before the
// large ones, although they may come after them in time.
//
// Invariants: every layer is in one segment; an operation depends on its own segment and those before it. Of
// two neighbours one is small, the other is not. Thread safety: pure functions.
#pragma once

#include "scientific/hls/graph/graph.h"

#include <cstdint>
#include <vector>

namespace memo::hls {

struct Segments {
    std::vector<std::uint32_t> of_layer;
    std::vector<bool> small;                // by segment
    std::vector<std::uint32_t> small_ones;  // segments, that with the fewest operations first
};

// A layer is small if it has no more than a sixteenth of all operations.
[[nodiscard]] Segments segments_of(const Graph& graph);
[[nodiscard]] Segments one_segment(const Graph& graph);

}  // namespace memo::hls
