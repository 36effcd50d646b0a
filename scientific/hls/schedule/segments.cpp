// Layers in runs (segments.h).
#include "scientific/hls/schedule/segments.h"

#include <algorithm>
#include <cstddef>

namespace memo::hls {

namespace {

constexpr std::size_t kSmallPart = 16;

// Each layer needs only those before it, and no chain is in two.
bool layers_in_order(const Graph& graph) {
    for (const Node& node : graph.nodes)
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            const Node& from = graph[node.operands[k]];
            if (is_operation(from.kind) && from.layer > node.layer) return false;
            if (node.kind == Kind::fmac && k == 2 && from.kind == Kind::fmac && from.layer != node.layer)
                return false;
        }
    return true;
}

}  // namespace

Segments one_segment(const Graph& graph) {
    return {std::vector<std::uint32_t>(graph.layers.size(), 0), {false}, {}};
}

Segments segments_of(const Graph& graph) {
    if (!layers_in_order(graph)) return one_segment(graph);
    std::vector<std::size_t> operations(graph.layers.size(), 0);
    std::size_t all = 0;
    for (const Node& node : graph.nodes)
        if (is_operation(node.kind)) {
            ++operations[node.layer];
            ++all;
        }
    Segments segments;
    std::vector<std::size_t> sizes;  // by segment
    for (const std::size_t size : operations) {
        const bool small = size * kSmallPart <= all;
        const bool empty = size == 0 && !segments.small.empty();  // a reshape
        if (!empty && (segments.small.empty() || segments.small.back() != small)) {
            segments.small.push_back(small);
            sizes.push_back(0);
        }
        sizes.back() += size;
        segments.of_layer.push_back(static_cast<std::uint32_t>(segments.small.size() - 1));
    }
    for (std::uint32_t segment = 0; segment < segments.small.size(); ++segment)
        if (segments.small[segment]) segments.small_ones.push_back(segment);
    std::stable_sort(segments.small_ones.begin(), segments.small_ones.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return sizes[a] < sizes[b]; });
    return segments;
}

}  // namespace memo::hls
