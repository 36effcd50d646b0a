// The dataflow graph (graph.h).
#include "scientific/hls/graph/graph.h"

namespace memo::hls {

std::string_view name_of(Kind kind) {
    constexpr std::array<std::string_view, kKinds> kNames = {"input",    "constant", "multiply", "add",
                                                             "subtract", "fmac",     "maximum",  "relu",
                                                             "exp",      "divide",   "negate",   "copy"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::size_t operand_count(Kind kind) {
    constexpr std::array<std::uint8_t, kKinds> kCounts = {0, 0, 2, 2, 2, 3, 2, 1, 1, 2, 1, 1};
    return kCounts[static_cast<std::size_t>(kind)];
}

std::array<std::size_t, kKinds> count_kinds(const Graph& graph) {
    std::array<std::size_t, kKinds> counts{};
    for (const Node& node : graph.nodes) ++counts[static_cast<std::size_t>(node.kind)];
    return counts;
}

std::size_t count_operations(const Graph& graph) {
    std::size_t count = 0;
    for (const Node& node : graph.nodes) count += is_operation(node.kind) ? 1 : 0;
    return count;
}

std::vector<NodeId> chain_successors(const Graph& graph) {
    std::vector<NodeId> next(graph.nodes.size(), kNoNode);
    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        if (node.kind != Kind::fmac) continue;
        const NodeId addend = node.operands[2];
        if (graph[addend].kind == Kind::fmac) next[addend.value] = NodeId{index};
    }
    return next;
}

namespace {

std::string about(const Graph& graph, std::size_t index, const std::string& what) {
    const Node& node = graph.nodes[index];
    const std::string layer = node.layer < graph.layers.size() ? graph.layers[node.layer] : "?";
    return "node " + std::to_string(index) + " (" + std::string(name_of(node.kind)) + ") of layer " + layer +
           ": " + what;
}

std::string check_node(const Graph& graph, std::size_t index) {
    const Node& node = graph.nodes[index];
    if (node.layer >= graph.layers.size()) return about(graph, index, "no such layer");
    if (node.kind == Kind::input && node.operands[0].value >= graph.inputs)
        return about(graph, index, "a sample has fewer numbers");
    if (node.kind == Kind::constant && node.operands[0].value >= graph.constants.size())
        return about(graph, index, "no such constant");
    for (std::size_t operand = 0; operand < operand_count(node.kind); ++operand)
        if (node.operands[operand].value >= index) return about(graph, index, "an operand comes after it");
    return {};
}

}  // namespace

std::string check(const Graph& graph) {
    std::vector<std::uint8_t> reads(graph.nodes.size(), 0);
    const auto read = [&](NodeId id) {
        if (reads[id.value] < 2) ++reads[id.value];
    };
    for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
        std::string error = check_node(graph, index);
        if (!error.empty()) return error;
        for (std::size_t operand = 0; operand < operand_count(graph.nodes[index].kind); ++operand)
            read(graph.nodes[index].operands[operand]);
    }
    for (const NodeId output : graph.outputs) {
        if (output.value >= graph.nodes.size()) return "an output is no node";
        read(output);
    }
    const std::vector<NodeId> next = chain_successors(graph);
    for (std::size_t index = 0; index < graph.nodes.size(); ++index)
        if (next[index] != kNoNode && reads[index] != 1)
            return about(graph, index, "a sum inside a chain is read by others too");
    return {};
}

}  // namespace memo::hls
