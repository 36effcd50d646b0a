// Layers as loop nests (lower.h).
#include "scientific/hls/front/lower.h"

#include "scientific/hls/front/loop_nest.h"

#include <numeric>

namespace memo::hls {

namespace {

Subscript loop(std::size_t index, std::int64_t factor = 1) {
    return {0, {{index, factor}}};
}

// Subscripts of the loops [from, to).
std::vector<Subscript> loops(std::size_t from, std::size_t to) {
    std::vector<Subscript> subscripts;
    for (std::size_t index = from; index < to; ++index) subscripts.push_back(loop(index));
    return subscripts;
}

// position * stride + step - padding
Subscript window(std::size_t position, std::int64_t stride, std::size_t step, std::int64_t padding) {
    return {-padding, {{position, stride}, {step, 1}}};
}

class Lowering {
  public:
    Lowering(const Network& network, std::vector<Shape> shapes, const LowerOptions& options)
        : network_(network), shapes_(std::move(shapes)), options_(options) {
        for (const Layer& layer : network.layers) interpreter_.graph().layers.push_back(layer.name);
        interpreter_.graph().layers.emplace_back("input");
        memory_of_.push_back(
            interpreter_.input(network.input, static_cast<std::uint16_t>(network.layers.size())));
        sums_of_.resize(shapes_.size(), kNone);
        uses_.resize(shapes_.size(), 0);
        ++uses_[network.output];
        for (const Layer& layer : network.layers)
            for (const std::uint32_t value : layer.inputs) ++uses_[value];
    }

    Graph run() {
        for (layer_ = 0; layer_ < network_.layers.size(); ++layer_) memory_of_.push_back(lower_layer());
        Graph& graph = interpreter_.graph();
        graph.outputs = interpreter_.table(memory_of_[network_.output]);
        return without_dead_nodes(graph);
    }

  private:
    static constexpr std::size_t kNone = SIZE_MAX;

    [[nodiscard]] const Layer& layer() const { return network_.layers[layer_]; }
    [[nodiscard]] const Shape& shape() const { return shapes_[layer_ + 1]; }
    [[nodiscard]] const Shape& input_shape(std::size_t k = 0) const { return shapes_[layer().inputs[k]]; }
    [[nodiscard]] std::size_t input(std::size_t k = 0) const { return memory_of_[layer().inputs[k]]; }
    std::size_t weights(const Shape& shape, const std::vector<double>& values) {
        return interpreter_.constants(shape, values, static_cast<std::uint16_t>(layer_));
    }
    [[nodiscard]] Nest nest(const Shape& extents, std::size_t outer) const {
        Nest made;
        made.layer = static_cast<std::uint16_t>(layer_);
        made.extents = extents;
        made.outer = outer;
        return made;
    }
    std::optional<Access> bias(std::size_t loop_of_output) {
        if (layer().bias.empty()) return std::nullopt;
        const auto outputs = static_cast<std::int64_t>(layer().bias.size());
        return Access{weights({outputs}, layer().bias), {loop(loop_of_output)}};
    }

    std::size_t lower_layer() {
        switch (layer().kind) {
            case LayerKind::conv2d:
                return conv2d();
            case LayerKind::linear:
                return linear();
            case LayerKind::batch_norm:
                return batch_norm();
            case LayerKind::relu:
                return elementwise({{Kind::relu, 0}});
            case LayerKind::leaky_relu:
                return leaky_relu();
            case LayerKind::softmax:
                return softmax();
            case LayerKind::matmul:
                return matmul();
            case LayerKind::add:
                return elementwise({{Kind::add, 0, 1}});
            case LayerKind::multiply:
                return elementwise({{Kind::multiply, 0, 1}});
            case LayerKind::max_pool:
                return max_pool();
            case LayerKind::permute:
                return permute();
            case LayerKind::reshape:
                break;
        }
        return interpreter_.reshaped(input(), shape());
    }

    // Loops: image, output, row, column; channel, kernel row, kernel column.
    std::size_t conv2d() {
        const Shape& weight = layer().weight_shape;
        Shape extents = shape();
        extents.insert(extents.end(), weight.begin() + 1, weight.end());
        Nest made = nest(extents, 4);
        made.loads = {{input(),
                       {loop(0), loop(4), window(2, layer().stride, 5, layer().padding),
                        window(3, layer().stride, 6, layer().padding)}},
                      {weights(weight, layer().weight), {loop(1), loop(4), loop(5), loop(6)}}};
        return sum(std::move(made), bias(1));
    }

    std::size_t linear() {
        const std::size_t rank = shape().size();
        Shape extents = shape();
        extents.push_back(layer().weight_shape[1]);
        Nest made = nest(extents, rank);
        std::vector<Subscript> from = loops(0, rank - 1);
        from.push_back(loop(rank));
        made.loads = {{input(), from},
                      {weights(layer().weight_shape, layer().weight), {loop(rank - 1), loop(rank)}}};
        return sum(std::move(made), bias(rank - 1));
    }

    // The products of two loads, summed over the inner loops.
    std::size_t sum(Nest made, std::optional<Access> initial) {
        made.computes = {{Kind::multiply, 0, 1}};
        made.reduction = Nest::Reduction::sum;
        made.initial = std::move(initial);
        made.longest_chain =
            layer().chain > 0 ? static_cast<std::size_t>(layer().chain) : options_.longest_chain;
        made.quick_elements = options_.quick_elements;
        made.latencies = options_.latencies;
        return store(std::move(made), shape());
    }

    // Runs a nest that stores one number a point of its outer loops into a new memory of that shape.
    std::size_t store(Nest made, const Shape& shape) {
        const std::size_t memory = interpreter_.memory(shape);
        made.store = {memory, loops(0, made.outer)};
        interpreter_.run(made);
        return memory;
    }

    std::size_t elementwise(std::vector<Nest::Compute> computes, std::vector<Access> others = {}) {
        Nest made = nest(shape(), shape().size());
        for (std::size_t k = 0; k < layer().inputs.size(); ++k)
            made.loads.push_back({input(k), loops(0, shape().size())});
        made.loads.insert(made.loads.end(), others.begin(), others.end());
        made.computes = std::move(computes);
        return store(std::move(made), shape());
    }

    std::size_t batch_norm() {
        const Shape channels{shape()[1]};
        return elementwise({{Kind::fmac, 0, 1, 2}}, {{weights(channels, layer().weight), {loop(1)}},
                                                     {weights(channels, layer().bias), {loop(1)}}});
    }

    // max(x, slope x), as the slope is at most 1
    std::size_t leaky_relu() {
        const std::vector<double> slope{layer().slope};
        return elementwise({{Kind::multiply, 0, 1}, {Kind::maximum, 0, 2}},
                           {{weights({1}, slope), {Subscript{}}}});
    }

    // e^(x - largest of the row) over the sum of these.
    std::size_t softmax() {
        const std::size_t rank = shape().size();
        const auto over = static_cast<std::size_t>(
            layer().dimension < 0 ? layer().dimension + static_cast<std::int64_t>(rank) : layer().dimension);
        // Outer loops: all dimensions but `over`, in order; the inner loop is `over`.
        Shape rows;
        std::vector<Subscript> element;
        std::vector<Subscript> row;
        std::vector<Subscript> row_of_element;
        for (std::size_t k = 0; k < rank; ++k) {
            if (k == over) {
                element.push_back(loop(rank - 1));
                continue;
            }
            element.push_back(loop(rows.size()));
            row_of_element.push_back(loop(k));
            rows.push_back(shape()[k]);
        }
        Shape extents = rows;
        extents.push_back(shape()[over]);
        const auto reduce = [&](std::size_t from, Nest::Reduction reduction) {
            Nest made = nest(extents, rows.size());
            made.loads = {{from, element}};
            made.reduction = reduction;
            return store(std::move(made), rows);
        };
        const std::size_t largest = reduce(input(), Nest::Reduction::maximum);
        const std::size_t powers =
            elementwise({{Kind::subtract, 0, 1}, {Kind::exp, 2}}, {{largest, row_of_element}});
        const std::size_t sums = reduce(powers, Nest::Reduction::sum);
        if (over == rank - 1 && divides_later()) {
            sums_of_[layer_ + 1] = sums;
            return powers;
        }
        Nest made = nest(shape(), rank);
        made.loads = {{powers, loops(0, rank)}, {sums, row_of_element}};
        made.computes = {{Kind::divide, 0, 1}};
        return store(std::move(made), shape());
    }

    [[nodiscard]] bool divides_later() const {
        if (uses_[layer_ + 1] != 1) return false;
        for (const Layer& user : network_.layers)
            if (user.kind == LayerKind::matmul && user.inputs[0] == layer_ + 1) return true;
        return false;
    }

    std::size_t matmul() {
        const std::size_t rank = shape().size();
        Shape extents = shape();
        extents.push_back(input_shape().back());
        Nest made = nest(extents, rank);
        std::vector<Subscript> left = loops(0, rank - 1);
        left.push_back(loop(rank));
        std::vector<Subscript> right = loops(0, rank - 2);
        right.push_back(loop(rank));
        right.push_back(loop(rank - 1));
        made.loads = {{input(0), left}, {input(1), right}};
        const std::size_t product = sum(std::move(made), std::nullopt);
        const std::size_t sums = sums_of_[layer().inputs[0]];
        if (sums == kNone) return product;
        Nest divide = nest(shape(), rank);
        divide.loads = {{product, loops(0, rank)}, {sums, loops(0, rank - 1)}};
        divide.computes = {{Kind::divide, 0, 1}};
        return store(std::move(divide), shape());
    }

    std::size_t max_pool() {
        Shape extents = shape();
        extents.insert(extents.end(), {layer().kernel, layer().kernel});
        Nest made = nest(extents, 4);
        made.loads = {{input(),
                       {loop(0), loop(1), window(2, layer().stride, 4, layer().padding),
                        window(3, layer().stride, 5, layer().padding)}}};
        made.reduction = Nest::Reduction::maximum;
        return store(std::move(made), shape());
    }

    std::size_t permute() {
        Nest made = nest(shape(), shape().size());
        std::vector<Subscript> from(shape().size());
        for (std::size_t k = 0; k < shape().size(); ++k)
            from[static_cast<std::size_t>(layer().sizes[k])] = loop(k);
        made.loads = {{input(), from}};
        return store(std::move(made), shape());
    }

    const Network& network_;
    std::vector<Shape> shapes_;
    const LowerOptions& options_;
    Interpreter interpreter_;
    std::size_t layer_ = 0;
    std::vector<std::size_t> memory_of_;  // by value
    std::vector<std::size_t> sums_of_;    // by value: the divisors that a softmax has left to its user
    std::vector<int> uses_;               // by value
};

}  // namespace

Result<Graph> lower(const Network& network, const LowerOptions& options) {
    if (options.longest_chain == 0) return Error{"a chain has at least one product"};
    if (network.layers.size() >= UINT16_MAX) return Error{"more than 65,534 layers"};
    Result<std::vector<Shape>> shapes = shapes_of(network);
    if (!shapes) return Error{shapes.error()};
    return Lowering(network, std::move(shapes).value(), options).run();
}

}  // namespace memo::hls
