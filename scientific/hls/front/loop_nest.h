// Loop nests, and their symbolic interpretation: every layer becomes a few nests, and running them with node
// names for numbers writes the flat graph down. A memory is a table of nodes keyed by index, so what was
// stored is found by looking it up where it is loaded (no memory operation is left, and no analysis of
// aliases is needed), and loops are unrolled by running them (arXiv 2302.06751, section 3.1). The time is
// linear in the operations.
//
// A product that is only summed becomes an fmac; a sum of products becomes chains, each no longer than
// `longest_chain`, whose ends meet in a balanced tree, or, if asked for, one tree that is done as early as
// can be; any other reduction is a balanced tree. Thread safety: one thread an interpreter.
#pragma once

#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/latencies.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace memo::hls {

// constant + the sum of factor * index of the loop.
struct Subscript {
    struct Term {
        std::size_t loop = 0;
        std::int64_t factor = 1;
    };
    std::int64_t constant = 0;
    std::vector<Term> terms;
};

struct Access {
    std::size_t memory = 0;
    std::vector<Subscript> subscripts;  // one a dimension
};

// What happens for each point of the loops: all `loads` (registers 0, 1, ...), then `computes` (the registers
// that follow); the last register is the point's value. It is stored for each point of the first `outer`
// loops, reduced over the others. A point whose load misses the memory (padding) is left out of the
// reduction.
struct Nest {
    enum class Reduction : std::uint8_t { none, sum, maximum };
    struct Compute {
        Kind kind = Kind::add;
        std::size_t a = 0;
        std::size_t b = 0;
        std::size_t c = 0;
    };

    std::uint16_t layer = 0;
    std::vector<std::int64_t> extents;
    std::size_t outer = 0;
    std::vector<Access> loads;
    std::vector<Compute> computes;
    Reduction reduction = Reduction::none;
    std::optional<Access> initial;  // of a sum; indexed by the outer loops
    Access store;
    // Of a sum of products:
    std::size_t longest_chain = 48;
    std::size_t quick_elements = 0;  // elements that start the products of all points; 0: chains
    Latencies latencies;             // for quick sums
};

class Interpreter {
  public:
    // A memory of a shape, to be written; and memories that hold the sample, or weights.
    std::size_t memory(const std::vector<std::int64_t>& shape);
    std::size_t input(const std::vector<std::int64_t>& shape, std::uint16_t layer);
    std::size_t constants(const std::vector<std::int64_t>& shape, std::span<const double> values,
                          std::uint16_t layer);
    // The same table under another shape.
    std::size_t reshaped(std::size_t memory, const std::vector<std::int64_t>& shape);

    void run(const Nest& nest);

    [[nodiscard]] const std::vector<NodeId>& table(std::size_t memory) const {
        return memories_[memory].table;
    }
    Graph& graph() { return graph_; }

  private:
    struct Memory {
        std::vector<std::int64_t> shape;
        std::vector<NodeId> table;
    };
    struct Factors {  // of one point; b is kNoNode where the value is no product
        NodeId a;
        NodeId b;
    };

    NodeId add_node(Kind kind, std::uint16_t layer, NodeId a, NodeId b = kNoNode, NodeId c = kNoNode);
    NodeId constant(double value, std::uint16_t layer);
    [[nodiscard]] NodeId* find(const Access& access, const std::vector<std::int64_t>& point);
    // The point's registers, the value last; false if a load misses.
    bool evaluate(const Nest& nest, const std::vector<std::int64_t>& point, std::size_t computes);
    NodeId sum_of_products(const Nest& nest, std::span<const Factors> factors, NodeId initial);
    NodeId quick_sum(const Nest& nest, std::span<const Factors> factors, NodeId initial);
    NodeId tree(Kind kind, std::uint16_t layer, std::vector<NodeId> values);
    void run_outer(const Nest& nest, std::vector<std::int64_t>& point);

    Graph graph_;
    std::vector<Memory> memories_;
    std::unordered_map<std::uint64_t, NodeId> constant_of_;  // by the bits of the number
    std::vector<NodeId> registers_;
    std::vector<Factors> factors_;
};

// The graph without nodes that no output needs.
[[nodiscard]] Graph without_dead_nodes(const Graph& graph);

}  // namespace memo::hls
