// Definitions of networks (nets.h).
#include "scientific/hls/nets/nets.h"

#include <array>
#include <cmath>
#include <random>
#include <utility>

namespace memo::hls {

namespace {

// Layers one after the other, each on the value before unless it says otherwise.
class Builder {
  public:
    Builder(std::string name, Shape input, std::uint64_t seed)
        : network_{std::move(name), std::move(input), {}, 0}, random_(seed) {}

    std::uint32_t conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t kernel,
                       std::uint32_t from = kLast) {
        Layer& layer = add(LayerKind::conv2d, name, {from});
        fill(layer, {out, in, kernel, kernel});
        return last();
    }
    std::uint32_t linear(const std::string& name, std::int64_t out, std::int64_t in) {
        Layer& layer = add(LayerKind::linear, name, {kLast});
        fill(layer, {out, in});
        return last();
    }
    // Of the last layer: short chains round less.
    void chain(std::int64_t products) { network_.layers.back().chain = products; }
    std::uint32_t simple(LayerKind kind, const std::string& name, std::vector<std::uint32_t> from = {kLast}) {
        add(kind, name, std::move(from));
        return last();
    }
    std::uint32_t sized(LayerKind kind, const std::string& name, Shape sizes, std::uint32_t from = kLast) {
        add(kind, name, {from}).sizes = std::move(sizes);
        return last();
    }
    std::uint32_t pool(const std::string& name) {
        Layer& layer = add(LayerKind::max_pool, name, {kLast});
        layer.kernel = layer.stride = 2;
        return last();
    }
    void batch_norm(const std::string& name, std::int64_t channels) {
        Layer& layer = add(LayerKind::batch_norm, name, {kLast});
        for (std::int64_t k = 0; k < channels; ++k) {
            layer.weight.push_back(1 + uniform(0.2));
            layer.bias.push_back(uniform(0.2));
        }
    }
    Network take() && {
        network_.output = last();
        return std::move(network_);
    }
    [[nodiscard]] std::uint32_t last() const { return static_cast<std::uint32_t>(network_.layers.size()); }

  private:
    static constexpr std::uint32_t kLast = UINT32_MAX;

    Layer& add(LayerKind kind, const std::string& name, std::vector<std::uint32_t> from) {
        for (std::uint32_t& value : from)
            if (value == kLast) value = last();
        Layer layer;
        layer.kind = kind;
        layer.name = name;
        layer.inputs = std::move(from);
        network_.layers.push_back(std::move(layer));
        return network_.layers.back();
    }
    // Written out, as standard distributions differ between libraries.
    double uniform(double bound) {
        return bound *
               (2 * static_cast<double>(random_() >> 11) / static_cast<double>(std::uint64_t{1} << 53) - 1);
    }
    void fill(Layer& layer, const Shape& shape) {
        layer.weight_shape = shape;
        const std::int64_t inputs = count(shape) / shape[0];
        const double bound = std::sqrt(3.0 / static_cast<double>(inputs));
        for (std::int64_t k = 0; k < count(shape); ++k) layer.weight.push_back(uniform(bound));
        for (std::int64_t k = 0; k < shape[0]; ++k) layer.bias.push_back(uniform(0.1));
    }

    Network network_;
    std::mt19937_64 random_;
};

// BraggNN (arXiv 2008.08198): a convolution, a non-local block with its residual, two more convolutions, four
// or five linear layers. The published one has 64, 32 and 8 channels; s=1 of arXiv 2302.06751 has 16, 8
// and 2.
Network braggnn(const std::string& name, const std::array<std::int64_t, 3>& channels,
                const std::vector<std::int64_t>& dense, std::uint64_t seed) {
    const std::int64_t wide = channels[0];  // no structured binding: clang 14 cannot capture one
    const std::int64_t middle = channels[1];
    const std::int64_t narrow = channels[2];
    const std::int64_t inner = wide / 2;
    Builder builder(name, {1, 1, 11, 11}, seed);
    const std::uint32_t x = builder.conv("conv1", wide, 1, 3);
    const auto rows = [&](const std::string& part) {  // [1, inner, 81]
        builder.conv("nlb." + part, inner, wide, 1, x);
        return builder.sized(LayerKind::reshape, "nlb." + part + ".rows", {1, inner, 81});
    };
    const std::uint32_t theta_rows = rows("theta");
    const std::uint32_t theta = builder.sized(LayerKind::permute, "nlb.theta.t", {0, 2, 1}, theta_rows);
    const std::uint32_t phi = rows("phi");
    const std::uint32_t g_rows = rows("g");
    const std::uint32_t g = builder.sized(LayerKind::permute, "nlb.g.t", {0, 2, 1}, g_rows);
    builder.simple(LayerKind::matmul, "nlb.attention", {theta, phi});
    const std::uint32_t soft = builder.simple(LayerKind::softmax, "nlb.softmax");
    builder.simple(LayerKind::matmul, "nlb.mix", {soft, g});
    builder.sized(LayerKind::permute, "nlb.mix.t", {0, 2, 1});
    builder.sized(LayerKind::reshape, "nlb.mix.image", {1, inner, 9, 9});
    const std::uint32_t out = builder.conv("nlb.out", wide, inner, 1);
    builder.simple(LayerKind::add, "nlb.residual", {out, x});
    builder.simple(LayerKind::relu, "relu1");
    builder.conv("conv2", middle, wide, 3);
    builder.simple(LayerKind::relu, "relu2");
    // From here on the network is small, and short chains cost few additions.
    builder.conv("conv3", narrow, middle, 3);
    builder.chain(9);
    builder.simple(LayerKind::relu, "relu3");
    builder.sized(LayerKind::reshape, "flatten", {1, -1});
    std::int64_t size = narrow * 25;
    for (std::size_t k = 0; k < dense.size(); ++k) {
        builder.linear("dense" + std::to_string(k + 1), dense[k], size);
        builder.chain(8);
        builder.simple(LayerKind::relu, "relu" + std::to_string(k + 4));
        size = dense[k];
    }
    builder.linear("dense" + std::to_string(dense.size() + 1), 2, size);
    builder.chain(8);
    return std::move(builder).take();
}

// LeNet-5 (LeCun et al. 1998) as it is usual today: ReLU, max pooling, 28x28 pixels.
Network lenet(std::uint64_t seed) {
    Builder builder("lenet", {1, 1, 28, 28}, seed);
    builder.conv("conv1", 6, 1, 5);
    builder.simple(LayerKind::relu, "relu1");
    builder.pool("pool1");
    builder.conv("conv2", 16, 6, 5);
    builder.simple(LayerKind::relu, "relu2");
    builder.pool("pool2");
    builder.sized(LayerKind::reshape, "flatten", {1, -1});
    builder.linear("dense1", 120, 256);
    builder.simple(LayerKind::relu, "relu3");
    builder.linear("dense2", 84, 120);
    builder.simple(LayerKind::relu, "relu4");
    builder.linear("dense3", 10, 84);
    return std::move(builder).take();
}

Network linear(std::uint64_t seed) {
    Builder builder("linear", {1, 11, 11}, seed);
    builder.linear("linear", 11, 11);
    return std::move(builder).take();
}

Network softmax(std::uint64_t seed) {
    Builder builder("softmax", {1, 10}, seed);
    builder.simple(LayerKind::softmax, "softmax");
    return std::move(builder).take();
}

Network batch_norm(std::uint64_t seed) {
    Builder builder("batch_norm", {1, 2, 10, 10}, seed);
    builder.batch_norm("batch_norm", 2);
    return std::move(builder).take();
}

Network conv_network(std::int64_t size, std::int64_t in, std::int64_t out, std::uint64_t seed) {
    Builder builder("conv", {1, in, size, size}, seed);
    builder.conv("conv", out, in, 3);
    return std::move(builder).take();
}

}  // namespace

std::string network_names() {
    return "linear, conv, convN (N pixels wide, one channel), softmax, batch_norm, lenet, braggnn, braggnn64";
}

Result<Network> make_network(std::string_view name, std::uint64_t seed) {
    if (name == "linear") return linear(seed);
    if (name == "conv") return conv_network(16, 1, 3, seed);
    if (name == "softmax") return softmax(seed);
    if (name == "batch_norm") return batch_norm(seed);
    if (name == "lenet") return lenet(seed);
    if (name == "braggnn") return braggnn("braggnn", {16, 8, 2}, {16, 8, 4}, seed);
    if (name == "braggnn64") return braggnn("braggnn64", {64, 32, 8}, {16, 8, 4, 2}, seed);
    if (name.starts_with("conv") && name.size() <= 7 &&
        name.find_first_not_of("0123456789", 4) == std::string_view::npos) {
        const std::int64_t size = std::stoll(std::string(name.substr(4)));
        if (size >= 3) return conv_network(size, 1, 1, seed);
    }
    return Error{"no network is called " + std::string(name) + " (there are " + network_names() + ")"};
}

}  // namespace memo::hls
