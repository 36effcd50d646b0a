// Shapes of a network's values (network.h).
#include "scientific/hls/front/network.h"

#include <algorithm>
#include <array>
#include <optional>

namespace memo::hls {

std::string_view name_of(LayerKind kind) {
    constexpr std::array<std::string_view, kLayerKinds> kNames = {
        "conv2d", "linear", "batch_norm", "relu",     "leaky_relu", "softmax",
        "matmul", "add",    "multiply",   "max_pool", "reshape",    "permute"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::int64_t count(const Shape& shape) {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) {
        if (size <= 0 || product > kMostNumbers / size) return kMostNumbers + 1;
        product *= size;
    }
    return product;
}

std::string text_of(const Shape& shape) {
    std::string text;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
    return text.empty() ? "a single number" : text;
}

namespace {

// What is wrong with a layer, without its name.
using Wrong = Error;

std::int64_t slid(std::int64_t size, std::int64_t kernel, const Layer& layer) {
    return (size + 2 * layer.padding - kernel) / layer.stride + 1;
}

std::optional<Wrong> check_window(const Layer& layer, const Shape& input, std::int64_t height,
                                  std::int64_t width) {
    if (input.size() != 4)
        return Wrong{"needs an image 1 x channels x height x width, not " + text_of(input)};
    if (layer.stride < 1 || layer.stride > kMostNumbers)
        return Wrong{"stride " + std::to_string(layer.stride)};
    if (height > kMostNumbers || width > kMostNumbers) return Wrong{"a kernel larger than any image"};
    if (layer.padding < 0 || layer.padding >= std::max(height, width))
        return Wrong{"padding " + std::to_string(layer.padding) + " is not below the kernel's size"};
    if (height < 1 || width < 1 || input[2] + 2 * layer.padding < height ||
        input[3] + 2 * layer.padding < width)
        return Wrong{"a kernel of " + text_of({height, width}) + " does not fit " + text_of(input)};
    return std::nullopt;
}

std::optional<Wrong> check_weights(const Layer& layer, std::int64_t outputs) {
    if (count(layer.weight_shape) != static_cast<std::int64_t>(layer.weight.size()))
        return Wrong{std::to_string(layer.weight.size()) + " weights for a shape of " +
                     text_of(layer.weight_shape)};
    if (!layer.bias.empty() && outputs != static_cast<std::int64_t>(layer.bias.size()))
        return Wrong{std::to_string(layer.bias.size()) + " biases for " + std::to_string(outputs) +
                     " outputs"};
    return std::nullopt;
}

Result<Shape> conv2d(const Layer& layer, const Shape& input) {
    const Shape& weight = layer.weight_shape;
    if (weight.size() != 4)
        return Wrong{"weights have the shape " + text_of(weight) + ", not four dimensions"};
    if (auto wrong = check_window(layer, input, weight[2], weight[3])) return *wrong;
    if (auto wrong = check_weights(layer, weight[0])) return *wrong;
    if (weight[1] != input[1])
        return Wrong{"weights for " + std::to_string(weight[1]) + " channels, but its input " +
                     text_of(input) + " has " + std::to_string(input[1])};
    return Shape{input[0], weight[0], slid(input[2], weight[2], layer), slid(input[3], weight[3], layer)};
}

Result<Shape> linear(const Layer& layer, Shape input) {
    const Shape& weight = layer.weight_shape;
    if (weight.size() != 2)
        return Wrong{"weights have the shape " + text_of(weight) + ", not two dimensions"};
    if (auto wrong = check_weights(layer, weight[0])) return *wrong;
    if (input.empty() || input.back() != weight[1])
        return Wrong{"weights for " + std::to_string(weight[1]) + " numbers, but its input is " +
                     text_of(input)};
    input.back() = weight[0];
    return input;
}

Result<Shape> batch_norm(const Layer& layer, const Shape& input) {
    if (input.size() < 2 || static_cast<std::int64_t>(layer.weight.size()) != input[1] ||
        layer.bias.size() != layer.weight.size())
        return Wrong{std::to_string(layer.weight.size()) + " scales and " +
                     std::to_string(layer.bias.size()) + " shifts for an input " + text_of(input)};
    return input;
}

Result<Shape> softmax(const Layer& layer, const Shape& input) {
    const auto rank = static_cast<std::int64_t>(input.size());
    if (layer.dimension < -rank || layer.dimension >= rank)
        return Wrong{"there is no dimension " + std::to_string(layer.dimension) + " in " + text_of(input)};
    return input;
}

Result<Shape> matmul(const Shape& left, const Shape& right) {
    const std::size_t rank = left.size();
    if (rank < 2 || right.size() != rank || left[rank - 1] != right[rank - 2] ||
        !std::equal(left.begin(), left.end() - 2, right.begin()))
        return Wrong{text_of(left) + " times " + text_of(right)};
    Shape shape = left;
    shape.back() = right.back();
    return shape;
}

Result<Shape> max_pool(const Layer& layer, const Shape& input) {
    if (auto wrong = check_window(layer, input, layer.kernel, layer.kernel)) return *wrong;
    if (layer.padding * 2 > layer.kernel) return Wrong{"padding is more than half of the kernel"};
    return Shape{input[0], input[1], slid(input[2], layer.kernel, layer),
                 slid(input[3], layer.kernel, layer)};
}

Result<Shape> reshape(const Layer& layer, const Shape& input) {
    Shape shape = layer.sizes;
    const auto open = std::find(shape.begin(), shape.end(), -1);
    if (open != shape.end()) {
        *open = 1;
        const std::int64_t rest = count(shape);
        *open = rest > kMostNumbers ? 0 : count(input) / rest;
    }
    if (count(shape) != count(input)) return Wrong{text_of(input) + " made " + text_of(layer.sizes)};
    return shape;
}

Result<Shape> permute(const Layer& layer, const Shape& input) {
    Shape sorted = layer.sizes;
    std::sort(sorted.begin(), sorted.end());
    Shape shape;
    for (std::size_t index = 0; index < sorted.size(); ++index)
        if (sorted.size() != input.size() || sorted[index] != static_cast<std::int64_t>(index))
            return Wrong{"the order " + text_of(layer.sizes) + " for " + text_of(input)};
    if (sorted.size() != input.size())
        return Wrong{"the order " + text_of(layer.sizes) + " for " + text_of(input)};
    for (const std::int64_t from : layer.sizes) shape.push_back(input[from]);
    return shape;
}

Result<Shape> shape_of(const Layer& layer, const std::vector<const Shape*>& inputs) {
    const bool two =
        layer.kind == LayerKind::matmul || layer.kind == LayerKind::add || layer.kind == LayerKind::multiply;
    if (inputs.size() != (two ? 2U : 1U))
        return Wrong{"has " + std::to_string(inputs.size()) + " inputs, not " + (two ? "two" : "one")};
    const Shape& input = *inputs[0];
    switch (layer.kind) {
        case LayerKind::conv2d:
            return conv2d(layer, input);
        case LayerKind::linear:
            return linear(layer, input);
        case LayerKind::batch_norm:
            return batch_norm(layer, input);
        case LayerKind::softmax:
            return softmax(layer, input);
        case LayerKind::matmul:
            return matmul(input, *inputs[1]);
        case LayerKind::max_pool:
            return max_pool(layer, input);
        case LayerKind::reshape:
            return reshape(layer, input);
        case LayerKind::permute:
            return permute(layer, input);
        case LayerKind::leaky_relu:
            if (!(layer.slope >= 0 && layer.slope <= 1)) return Wrong{"a slope that is not between 0 and 1"};
            return input;
        case LayerKind::add:
        case LayerKind::multiply:
            if (*inputs[1] != input) return Wrong{text_of(input) + " and " + text_of(*inputs[1]) + " differ"};
            return input;
        case LayerKind::relu:
            break;
    }
    return input;
}

std::string title(const Layer& layer) {
    return "layer " + layer.name + " (" + std::string(name_of(layer.kind)) + "): ";
}

}  // namespace

Result<std::vector<Shape>> shapes_of(const Network& network) {
    if (count(network.input) > kMostNumbers) return Error{"the input has an impossible shape"};
    std::vector<Shape> shapes{network.input};
    for (const Layer& layer : network.layers) {
        std::vector<const Shape*> inputs;
        for (const std::uint32_t value : layer.inputs) {
            if (value >= shapes.size()) return Error{title(layer) + "uses a value that comes after it"};
            inputs.push_back(&shapes[value]);
        }
        Result<Shape> shape = shape_of(layer, inputs);
        if (!shape) return Error{title(layer) + shape.error()};
        if (count(*shape) > kMostNumbers)
            return Error{title(layer) + "more numbers than can be laid out flat"};
        shapes.push_back(std::move(shape).value());
    }
    if (network.output >= shapes.size()) return Error{"the output is no layer's"};
    if (count_macs(network, shapes) > kMostNumbers)
        return Error{"the network has more multiplications than can be laid out flat (" +
                     std::to_string(kMostNumbers) + ")"};
    return shapes;
}

std::int64_t count_macs(const Network& network, const std::vector<Shape>& shapes) {
    std::int64_t sum = 0;
    for (std::size_t index = 0; index < network.layers.size(); ++index) {
        const Layer& layer = network.layers[index];
        Shape factors = shapes[index + 1];
        if (layer.kind == LayerKind::conv2d)
            factors.insert(factors.end(), layer.weight_shape.begin() + 1, layer.weight_shape.end());
        else if (layer.kind == LayerKind::linear)
            factors.push_back(layer.weight_shape[1]);
        else if (layer.kind == LayerKind::matmul)
            factors.push_back(shapes[layer.inputs[0]].back());
        else
            continue;
        sum += count(factors);
    }
    return sum;
}

Network fold_batch_norms(const Network& network) {
    std::vector<int> uses(network.layers.size() + 1, 0);
    ++uses[network.output];
    for (const Layer& layer : network.layers)
        for (const std::uint32_t value : layer.inputs) ++uses[value];

    Network folded{network.name, network.input, {}, 0};
    std::vector<std::uint32_t> moved{0};  // by value of `network`: the value that has it now
    for (const Layer& layer : network.layers) {
        Layer copy = layer;
        for (std::uint32_t& value : copy.inputs) value = moved[value];
        const std::uint32_t source = layer.kind == LayerKind::batch_norm ? copy.inputs[0] : 0;
        Layer* before = source > 0 && uses[layer.inputs[0]] == 1 ? &folded.layers[source - 1] : nullptr;
        const bool channels_last = before != nullptr && before->kind == LayerKind::linear;
        if (before != nullptr && (before->kind == LayerKind::conv2d || channels_last) &&
            static_cast<std::size_t>(before->weight_shape[0]) == layer.weight.size()) {
            const std::size_t row = before->weight.size() / layer.weight.size();
            before->bias.resize(layer.bias.size(), 0);
            for (std::size_t output = 0; output < layer.bias.size(); ++output) {
                for (std::size_t k = 0; k < row; ++k)
                    before->weight[output * row + k] *= layer.weight[output];
                before->bias[output] = before->bias[output] * layer.weight[output] + layer.bias[output];
            }
            moved.push_back(source);
            continue;
        }
        folded.layers.push_back(std::move(copy));
        moved.push_back(static_cast<std::uint32_t>(folded.layers.size()));
    }
    folded.output = moved[network.output];
    return folded;
}

}  // namespace memo::hls
