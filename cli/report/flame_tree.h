// A trace's call stacks as one tree, outermost functions first, with what was allocated below each node: the
// flame graph. Thread safety: pure function.
#pragma once

#include "cli/frame_table.h"
#include "cli/origins.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::cli {

inline constexpr std::size_t kFlameWeights = 4;

// Bytes live at the peak, bytes allocated, bytes of temporary allocations, allocations: of everything below
// the node too.
using FlameWeights = std::array<std::uint64_t, kFlameWeights>;

struct FlameNode {
    std::uint32_t parent = 0;    // index of a node before this one; the root's own
    std::uint32_t function = 0;  // index into the frame table's functions; of the root: without meaning
    FlameWeights weights = {};
    std::vector<std::uint32_t> lines;  // of the source, a few, where the frame table has them; ascending
};

// The root comes first. Nodes that have less than `least_share` of the root's weight by every measure are
// left out, with all below them: nobody sees them.
[[nodiscard]] std::vector<FlameNode> flame_tree(std::span<const Origin> origins, const FrameTable& frames,
                                                double least_share);

}  // namespace memo::cli
