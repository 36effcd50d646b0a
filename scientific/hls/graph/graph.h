// A network as a flat dataflow graph: every multiplication and addition of one sample is a node, no loop is
// left. Everything after the front works on this: schedules, models, hardware.
//
// Invariants: a node's operands come before it, so index order is a topological order; constants and inputs
// are nodes like others, and never outputs of a scheduled design's elements. A chain is a run of fmac nodes
// in which each adds to the one before: it is what one accumulator computes, and no other node reads the sums
// in between (`check` asks for it). Values are real numbers here; a number format gives them bits
// (arithmetic/). Thread safety: plain values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

enum class Kind : std::uint8_t {
    input,     // operands[0].value: position in the sample
    constant,  // operands[0].value: position in Graph::constants; a word of a ROM in hardware
    multiply,  // a * b
    add,       // a + b
    subtract,  // a - b
    fmac,      // a * b + c, rounded after the product and after the sum
    maximum,   // a if not a < b, else b
    relu,      // a if it is not negative, else 0
    exp,       // e to the a
    divide,    // a / b
    negate,    // -a
    copy,      // a
};
inline constexpr std::size_t kKinds = 12;

struct NodeId {
    std::uint32_t value = UINT32_MAX;

    constexpr auto operator<=>(const NodeId&) const = default;
};
inline constexpr NodeId kNoNode{};

struct Node {
    Kind kind = Kind::constant;
    std::uint16_t layer = 0;  // index into Graph::layers
    std::array<NodeId, 3> operands{kNoNode, kNoNode, kNoNode};

    bool operator==(const Node&) const = default;
};

struct Graph {
    std::vector<Node> nodes;
    std::vector<double> constants;
    std::vector<NodeId> outputs;      // any nodes, in the order of the result's elements
    std::vector<std::string> layers;  // names, for errors, tables and pictures
    std::size_t inputs = 0;           // numbers a sample has

    [[nodiscard]] const Node& operator[](NodeId id) const { return nodes[id.value]; }
    bool operator==(const Graph&) const = default;
};

[[nodiscard]] std::string_view name_of(Kind kind);
// How many of a node's operands are nodes: 0 for inputs and constants.
[[nodiscard]] std::size_t operand_count(Kind kind);
// Whether an element has to compute it.
[[nodiscard]] constexpr bool is_operation(Kind kind) {
    return kind > Kind::constant;
}
[[nodiscard]] std::size_t count_operations(const Graph& graph);
[[nodiscard]] std::array<std::size_t, kKinds> count_kinds(const Graph& graph);

// The node that follows in each node's chain: the fmac that adds to it, kNoNode for the last sum of a chain
// and for all that is no fmac.
[[nodiscard]] std::vector<NodeId> chain_successors(const Graph& graph);

// Empty if the invariants hold, else one line about the first node that breaks them.
[[nodiscard]] std::string check(const Graph& graph);

}  // namespace memo::hls
