// A trained network as a plain list of layers and weights: what every front end produces (a TorchScript file,
// our own JSON) and the lowering reads. No framework is needed to hold or use one.
//
// Shapes are those of the framework, with the batch dimension, which is 1: an image is [1, channels, height,
// width]. Value 0 is the network's input, value k + 1 the output of layer k; a layer only uses values before
// its own. Thread safety: plain values and pure functions.
#pragma once

#include "common/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

enum class LayerKind : std::uint8_t {
    conv2d,      // weight [out, in, kernel, kernel], bias [out] or none; stride, padding with zeros
    linear,      // weight [out, in], bias [out] or none; over the last dimension
    batch_norm,  // weight and bias [channels]: y = weight x + bias, mean and variance already folded in
    relu,
    leaky_relu,  // slope, between 0 and 1
    softmax,     // over `dimension`
    matmul,      // of the last two dimensions; others are equal
    add,         // of two values of one shape
    multiply,    // likewise, element by element
    max_pool,    // kernel, stride, padding
    reshape,     // sizes; -1 once for what is left. Flatten is one of these
    permute,     // sizes: which dimension of the input each dimension of the output is
};
inline constexpr std::size_t kLayerKinds = 12;

using Shape = std::vector<std::int64_t>;

struct Layer {
    LayerKind kind = LayerKind::relu;
    std::string name;
    std::vector<std::uint32_t> inputs;  // values
    Shape weight_shape;
    std::vector<double> weight;
    std::vector<double> bias;
    std::int64_t kernel = 1;  // max_pool
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t dimension = -1;  // softmax; may count from the end
    double slope = 0;             // leaky_relu
    Shape sizes;                  // reshape, permute
    std::int64_t chain = 0;  // products that one accumulator of this layer sums, at most; 0: as LowerOptions

    bool operator==(const Layer&) const = default;
};

struct Network {
    std::string name;
    Shape input;
    std::vector<Layer> layers;
    std::uint32_t output = 0;  // value

    bool operator==(const Network&) const = default;
};

[[nodiscard]] std::string_view name_of(LayerKind kind);
[[nodiscard]] std::int64_t count(const Shape& shape);
[[nodiscard]] std::string text_of(const Shape& shape);  // "1x16x9x9"

// The most numbers a value, and the most multiplications a layer, may have: a graph has 32-bit indices.
inline constexpr std::int64_t kMostNumbers = std::int64_t{1} << 26;

// The shape of every value, the input's first. The error names the first layer that does not fit its inputs
// or its weights.
[[nodiscard]] Result<std::vector<Shape>> shapes_of(const Network& network);

// Multiplications of the layers, one a multiply-add: what papers call MACs.
[[nodiscard]] std::int64_t count_macs(const Network& network, const std::vector<Shape>& shapes);

// The same network with every batch normalisation that follows a convolution or a linear layer, and alone
// uses it, folded into that layer's weights. Needs a network that `shapes_of` accepts.
[[nodiscard]] Network fold_batch_norms(const Network& network);

}  // namespace memo::hls
