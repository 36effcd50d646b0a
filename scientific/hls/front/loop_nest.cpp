// Symbolic interpretation (loop_nest.h).
#include "scientific/hls/front/loop_nest.h"

#include <algorithm>
#include <bit>
#include <queue>
#include <tuple>

namespace memo::hls {

namespace {

// The next point of loops [from, to), like an odometer; false after the last.
bool advance(const Nest& nest, std::vector<std::int64_t>& point, std::size_t from, std::size_t to) {
    for (std::size_t loop = to; loop > from; --loop) {
        if (++point[loop - 1] < nest.extents[loop - 1]) return true;
        point[loop - 1] = 0;
    }
    return false;
}

std::size_t numbers(const std::vector<std::int64_t>& shape) {
    std::size_t product = 1;
    for (const std::int64_t size : shape) product *= static_cast<std::size_t>(size);
    return product;
}

}  // namespace

std::size_t Interpreter::memory(const std::vector<std::int64_t>& shape) {
    memories_.push_back({shape, std::vector<NodeId>(numbers(shape), kNoNode)});
    return memories_.size() - 1;
}

std::size_t Interpreter::input(const std::vector<std::int64_t>& shape, std::uint16_t layer) {
    const std::size_t index = memory(shape);
    for (NodeId& entry : memories_[index].table)
        entry = add_node(Kind::input, layer, NodeId{static_cast<std::uint32_t>(graph_.inputs++)});
    return index;
}

std::size_t Interpreter::constants(const std::vector<std::int64_t>& shape, std::span<const double> values,
                                   std::uint16_t layer) {
    const std::size_t index = memory(shape);
    for (std::size_t k = 0; k < values.size(); ++k) memories_[index].table[k] = constant(values[k], layer);
    return index;
}

std::size_t Interpreter::reshaped(std::size_t memory, const std::vector<std::int64_t>& shape) {
    Memory copy{shape, memories_[memory].table};
    memories_.push_back(std::move(copy));
    return memories_.size() - 1;
}

NodeId Interpreter::add_node(Kind kind, std::uint16_t layer, NodeId a, NodeId b, NodeId c) {
    graph_.nodes.push_back({kind, layer, {a, b, c}});
    return NodeId{static_cast<std::uint32_t>(graph_.nodes.size() - 1)};
}

NodeId Interpreter::constant(double value, std::uint16_t layer) {
    NodeId& known = constant_of_[std::bit_cast<std::uint64_t>(value)];
    if (known == kNoNode) {
        graph_.constants.push_back(value);
        known =
            add_node(Kind::constant, layer, NodeId{static_cast<std::uint32_t>(graph_.constants.size() - 1)});
    }
    return known;
}

NodeId* Interpreter::find(const Access& access, const std::vector<std::int64_t>& point) {
    Memory& memory = memories_[access.memory];
    std::int64_t offset = 0;
    for (std::size_t dimension = 0; dimension < access.subscripts.size(); ++dimension) {
        std::int64_t index = access.subscripts[dimension].constant;
        for (const Subscript::Term& term : access.subscripts[dimension].terms)
            index += term.factor * point[term.loop];
        if (index < 0 || index >= memory.shape[dimension]) return nullptr;
        offset = offset * memory.shape[dimension] + index;
    }
    return &memory.table[static_cast<std::size_t>(offset)];
}

bool Interpreter::evaluate(const Nest& nest, const std::vector<std::int64_t>& point, std::size_t computes) {
    registers_.clear();
    for (const Access& load : nest.loads) {
        const NodeId* entry = find(load, point);
        if (entry == nullptr) return false;
        registers_.push_back(*entry);
    }
    for (std::size_t k = 0; k < computes; ++k) {
        const Nest::Compute& compute = nest.computes[k];
        const std::size_t operands = operand_count(compute.kind);
        registers_.push_back(add_node(compute.kind, nest.layer, registers_[compute.a],
                                      operands > 1 ? registers_[compute.b] : kNoNode,
                                      operands > 2 ? registers_[compute.c] : kNoNode));
    }
    return true;
}

NodeId Interpreter::tree(Kind kind, std::uint16_t layer, std::vector<NodeId> values) {
    while (values.size() > 1) {
        const std::size_t pairs = values.size() / 2;
        for (std::size_t k = 0; k < pairs; ++k)
            values[k] = add_node(kind, layer, values[2 * k], values[2 * k + 1]);
        if (values.size() % 2 != 0) values[pairs] = values.back();
        values.resize(pairs + values.size() % 2);
    }
    return values.front();
}

NodeId Interpreter::sum_of_products(const Nest& nest, std::span<const Factors> factors, NodeId initial) {
    if (nest.quick_elements > 0) return quick_sum(nest, factors, initial);
    const std::size_t chains = (factors.size() + nest.longest_chain - 1) / nest.longest_chain;
    std::vector<NodeId> ends;
    for (std::size_t chain = 0; chain < chains; ++chain) {
        NodeId sum = chain == 0 && initial != kNoNode ? initial : constant(0, nest.layer);
        // Chains of nearly equal length.
        const std::size_t begin = factors.size() * chain / chains;
        const std::size_t end = factors.size() * (chain + 1) / chains;
        for (std::size_t k = begin; k < end; ++k)
            sum = add_node(Kind::fmac, nest.layer, factors[k].a, factors[k].b, sum);
        ends.push_back(sum);
    }
    return tree(Kind::add, nest.layer, std::move(ends));
}

// Products are leaves of a tree, ready when an element has had time for them. The two that are ready first
// meet, over and over: no tree is done earlier (Golumbic 1976, "Combinatorial merging"). A product that meets
// something is an fmac, as quick as a multiplication and an addition, and one operation less.
NodeId Interpreter::quick_sum(const Nest& nest, std::span<const Factors> factors, NodeId initial) {
    struct Part {
        std::size_t ready;
        std::size_t order;       // of equals the first: the graph does not depend on the queue
        const Factors* product;  // not computed yet
        NodeId node;
    };
    const auto later = [](const Part& a, const Part& b) {
        return std::tie(a.ready, a.order) > std::tie(b.ready, b.order);
    };
    std::priority_queue<Part, std::vector<Part>, decltype(later)> parts(later);
    std::size_t sums = 1;
    for (std::size_t loop = 0; loop < nest.outer; ++loop)
        sums *= static_cast<std::size_t>(nest.extents[loop]);
    if (initial != kNoNode) parts.push({0, parts.size(), nullptr, initial});
    for (std::size_t k = 0; k < factors.size(); ++k)
        parts.push(
            {nest.latencies.multiply + k * sums / nest.quick_elements, parts.size(), &factors[k], kNoNode});
    const auto take = [&] {
        const Part part = parts.top();
        parts.pop();
        return part;
    };
    const auto multiplied = [&](const Part& part) {
        return part.product == nullptr
                   ? part.node
                   : add_node(Kind::multiply, nest.layer, part.product->a, part.product->b);
    };
    for (std::size_t order = parts.size(); parts.size() > 1; ++order) {
        Part a = take();
        Part b = take();
        if (b.product == nullptr) std::swap(a, b);
        const NodeId addend = multiplied(a);
        const NodeId sum = b.product == nullptr
                               ? add_node(Kind::add, nest.layer, addend, b.node)
                               : add_node(Kind::fmac, nest.layer, b.product->a, b.product->b, addend);
        parts.push({std::max(a.ready, b.ready) + nest.latencies.add, order, nullptr, sum});
    }
    return multiplied(take());
}

void Interpreter::run_outer(const Nest& nest, std::vector<std::int64_t>& point) {
    // mul + add -> fmac: a sum takes the factors of its products, not the products.
    const bool products = nest.reduction == Nest::Reduction::sum && !nest.computes.empty() &&
                          nest.computes.back().kind == Kind::multiply;
    factors_.clear();
    do {
        if (!evaluate(nest, point, nest.computes.size() - (products ? 1 : 0))) continue;
        if (products)
            factors_.push_back({registers_[nest.computes.back().a], registers_[nest.computes.back().b]});
        else
            factors_.push_back({registers_.back(), kNoNode});
    } while (advance(nest, point, nest.outer, nest.extents.size()));

    const NodeId* begin = nest.initial ? find(*nest.initial, point) : nullptr;
    const NodeId initial = begin != nullptr ? *begin : kNoNode;
    NodeId value;
    if (products && !factors_.empty()) {
        value = sum_of_products(nest, factors_, initial);
    } else {
        std::vector<NodeId> values;
        for (const Factors& factor : factors_) values.push_back(factor.a);
        if (initial != kNoNode || values.empty())
            values.push_back(initial != kNoNode ? initial : constant(0, nest.layer));
        value = tree(nest.reduction == Nest::Reduction::maximum ? Kind::maximum : Kind::add, nest.layer,
                     std::move(values));
    }
    if (NodeId* target = find(nest.store, point)) *target = value;
}

void Interpreter::run(const Nest& nest) {
    std::vector<std::int64_t> point(nest.extents.size(), 0);
    do run_outer(nest, point);
    while (advance(nest, point, 0, nest.outer));
}

Graph without_dead_nodes(const Graph& graph) {
    std::vector<std::uint8_t> alive(graph.nodes.size(), 0);
    for (const NodeId output : graph.outputs) alive[output.value] = 1;
    for (std::size_t index = graph.nodes.size(); index-- > 0;) {
        if (alive[index] == 0) continue;
        const Node& node = graph.nodes[index];
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) alive[node.operands[k].value] = 1;
    }
    Graph result;
    result.layers = graph.layers;
    result.inputs = graph.inputs;
    std::vector<NodeId> moved(graph.nodes.size(), kNoNode);
    for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
        if (alive[index] == 0) continue;
        Node node = graph.nodes[index];
        for (std::size_t k = 0; k < operand_count(node.kind); ++k)
            node.operands[k] = moved[node.operands[k].value];
        if (node.kind == Kind::constant) {
            result.constants.push_back(graph.constants[node.operands[0].value]);
            node.operands[0].value = static_cast<std::uint32_t>(result.constants.size() - 1);
        }
        moved[index].value = static_cast<std::uint32_t>(result.nodes.size());
        result.nodes.push_back(node);
    }
    for (const NodeId output : graph.outputs) result.outputs.push_back(moved[output.value]);
    return result;
}

}  // namespace memo::hls
