// Networks: descriptions in and out, shapes, and what the lowered graphs compute against plain loops.
#include "scientific/hls/compile.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/model/functional.h"
#include "scientific/hls/nets/nets.h"
#include "scientific/hls/samples.h"
#include "scientific/hls/schedule/bounds.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using memo::Result;
using namespace memo::hls;

namespace {

using Values = std::vector<double>;

double at(const Values& image, const Shape& shape, std::int64_t c, std::int64_t y, std::int64_t x,
          double outside) {
    if (y < 0 || x < 0 || y >= shape[2] || x >= shape[3]) return outside;
    return image[static_cast<std::size_t>((c * shape[2] + y) * shape[3] + x)];
}

// The definitions, loop by loop.
Values plain(const Layer& layer, const Shape& in, const Shape& out, const Values& x, const Values& other) {
    Values y(static_cast<std::size_t>(count(out)));
    if (layer.kind == LayerKind::conv2d || layer.kind == LayerKind::max_pool) {
        const bool pool = layer.kind == LayerKind::max_pool;
        const std::int64_t kernel = pool ? layer.kernel : layer.weight_shape[2];
        std::size_t k = 0;
        for (std::int64_t o = 0; o < out[1]; ++o)
            for (std::int64_t r = 0; r < out[2]; ++r)
                for (std::int64_t c = 0; c < out[3]; ++c, ++k) {
                    y[k] = pool ? -1e30 : layer.bias[static_cast<std::size_t>(o)];
                    for (std::int64_t i = 0; i < (pool ? 1 : in[1]); ++i)
                        for (std::int64_t u = 0; u < kernel; ++u)
                            for (std::int64_t v = 0; v < kernel; ++v) {
                                const double pixel =
                                    at(x, in, pool ? o : i, r * layer.stride + u - layer.padding,
                                       c * layer.stride + v - layer.padding, pool ? -1e30 : 0);
                                if (pool)
                                    y[k] = std::max(y[k], pixel);
                                else
                                    y[k] += pixel * layer.weight[static_cast<std::size_t>(
                                                        ((o * in[1] + i) * kernel + u) * kernel + v)];
                            }
                }
        return y;
    }
    if (layer.kind == LayerKind::matmul) {
        const std::int64_t inner = in[2];
        for (std::int64_t r = 0; r < out[1]; ++r)
            for (std::int64_t c = 0; c < out[2]; ++c)
                for (std::int64_t k = 0; k < inner; ++k)
                    y[static_cast<std::size_t>(r * out[2] + c)] +=
                        x[static_cast<std::size_t>(r * inner + k)] *
                        other[static_cast<std::size_t>(k * out[2] + c)];
        return y;
    }
    // softmax over the last dimension
    const auto row = static_cast<std::size_t>(in.back());
    for (std::size_t first = 0; first < x.size(); first += row) {
        double sum = 0;
        for (std::size_t k = first; k < first + row; ++k) sum += std::exp(x[k]);
        for (std::size_t k = first; k < first + row; ++k) y[k] = std::exp(x[k]) / sum;
    }
    return y;
}

Values random_values(std::int64_t many, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Values values;
    for (std::int64_t k = 0; k < many; ++k) values.push_back(static_cast<double>(random() % 2001) / 1000 - 1);
    return values;
}

LowerOptions chains_of(std::size_t longest) {
    LowerOptions options;
    options.longest_chain = longest;
    return options;
}

Layer conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
           std::int64_t padding) {
    Layer layer;
    layer.kind = LayerKind::conv2d;
    layer.name = "conv";
    layer.inputs = {0};
    layer.weight_shape = {out, in, kernel, kernel};
    layer.weight = random_values(count(layer.weight_shape), 1);
    layer.bias = random_values(out, 2);
    layer.stride = stride;
    layer.padding = padding;
    return layer;
}

void check_layer(const Layer& layer, const Shape& in, const LowerOptions& options) {
    const Network network{"one", in, {layer}, 1};
    const auto shapes = shapes_of(network);
    REQUIRE(shapes);
    const Result<Graph> graph = lower(network, options);
    REQUIRE(graph);
    REQUIRE(check(*graph).empty());
    const Values x = random_values(count(in), 3);
    const Values wanted = plain(layer, in, (*shapes)[1], x, {});
    RealModel model(*graph);
    const auto result = model.run(x);
    REQUIRE(result.size() == wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) CHECK(result[k] == Approx(wanted[k]).margin(1e-12));
}

}  // namespace

TEST_CASE("layers compute what their definitions say, however long the chains are") {
    for (const std::size_t longest : {1U, 4U, 1000U}) {
        check_layer(conv(2, 3, 3, 1, 0), {1, 2, 6, 7}, chains_of(longest));
        check_layer(conv(1, 2, 3, 2, 1), {1, 1, 7, 7}, chains_of(longest));
        check_layer(conv(4, 2, 1, 1, 0), {1, 4, 3, 3}, chains_of(longest));
    }
    Layer pool;
    pool.kind = LayerKind::max_pool;
    pool.name = "pool";
    pool.inputs = {0};
    pool.kernel = 3;
    pool.stride = 2;
    pool.padding = 1;
    check_layer(pool, {1, 2, 7, 6}, {});
    Layer softmax;
    softmax.kind = LayerKind::softmax;
    softmax.name = "softmax";
    softmax.inputs = {0};
    check_layer(softmax, {1, 5, 4}, {});
}

TEST_CASE("quick sums compute the same, and no chain is done earlier") {
    for (const std::size_t elements : {1U, 20U, 10000U}) {
        LowerOptions quick;
        quick.quick_elements = elements;
        for (const Layer& layer : {conv(2, 3, 3, 1, 0), conv(1, 2, 3, 2, 1), conv(1, 2, 1, 1, 0)}) {
            const Shape in{1, layer.weight_shape[1], 7, 6};
            check_layer(layer, in, quick);
            const Network network{"one", in, {layer}, 1};
            if (elements < 10000) continue;
            for (const std::size_t longest : {1U, 2U, 3U, 1000U})
                CHECK(critical_path(*lower(network, quick), quick.latencies) <=
                      critical_path(*lower(network, chains_of(longest)), quick.latencies));
        }
    }
}

TEST_CASE("a layer's own chains are as short as it says") {
    Layer layer = conv(1, 1, 4, 1, 0);
    layer.chain = 4;
    const Network network{"one", {1, 1, 4, 4}, {layer}, 1};
    CHECK(count_kinds(*lower(network))[static_cast<std::size_t>(Kind::add)] == 3);
    CHECK(parse_network(format_network(network))->layers[0].chain == 4);
    layer.chain = -1;
    CHECK_FALSE(parse_network(format_network({"one", {1, 1, 4, 4}, {layer}, 1})));
}

TEST_CASE("a softmax that a matmul uses is divided out after it") {
    Layer softmax;
    softmax.kind = LayerKind::softmax;
    softmax.name = "softmax";
    softmax.inputs = {0};
    Layer matmul;
    matmul.kind = LayerKind::matmul;
    matmul.name = "mix";
    matmul.inputs = {1, 0};
    const Shape square{1, 5, 5};
    const Result<Graph> graph = lower({"attention", square, {softmax, matmul}, 2}, {});
    REQUIRE(graph);
    const Values x = random_values(25, 4);
    const Values wanted = plain(matmul, square, square, plain(softmax, square, square, x, {}), x);
    RealModel model(*graph);
    const auto result = model.run(x);
    for (std::size_t k = 0; k < wanted.size(); ++k) CHECK(result[k] == Approx(wanted[k]).margin(1e-12));
    CHECK(count_kinds(*graph)[static_cast<std::size_t>(Kind::divide)] == 25);
}

TEST_CASE("the networks have the multiplications of the papers") {
    for (const auto& [name, macs] :
         {std::pair{"braggnn", 219'128}, std::pair{"linear", 1331}, std::pair{"braggnn64", 2'094'252}}) {
        const Result<Network> network = make_network(name);
        REQUIRE(network);
        CHECK(count_macs(*network, *shapes_of(*network)) == macs);
    }
    const Result<Graph> graph = lower(*make_network("braggnn"), {});
    REQUIRE(graph);
    CHECK(work_of(*graph).products == 219'128);
}

TEST_CASE("descriptions come back as they were") {
    for (const char* name : {"linear", "conv", "softmax", "batch_norm", "braggnn"}) {
        const std::string text = format_network(*make_network(name));
        const Result<Network> read = parse_network(text);
        REQUIRE(read);
        CHECK(format_network(*read) == text);
    }
}

TEST_CASE("a batch normalisation is folded into what it follows") {
    Layer norm;
    norm.kind = LayerKind::batch_norm;
    norm.name = "norm";
    norm.inputs = {1};
    norm.weight = {2, -1};
    norm.bias = {0.5, 1};
    const Network network{"folded", {1, 1, 5, 5}, {conv(1, 2, 3, 1, 0), norm}, 2};
    const Network folded = fold_batch_norms(network);
    CHECK(folded.layers.size() == 1);
    const Values x = random_values(25, 5);
    const Result<Graph> a = lower(network, {});
    const Result<Graph> b = lower(folded, {});
    REQUIRE(a);
    REQUIRE(b);
    RealModel plain_model(*a);
    RealModel folded_model(*b);
    const auto wanted = plain_model.run(x);
    const auto result = folded_model.run(x);
    for (std::size_t k = 0; k < wanted.size(); ++k) CHECK(result[k] == Approx(wanted[k]).margin(1e-12));
    CHECK(count_operations(*b) < count_operations(*a));
}

TEST_CASE("what does not fit is one line that names the layer") {
    Network network{"wrong", {1, 3, 5, 5}, {conv(2, 2, 3, 1, 0)}, 1};
    CHECK(lower(network, {}).error() ==
          "layer conv (conv2d): weights for 2 channels, but its input 1x3x5x5 has 3");
    network.input = {1, 2, 2, 2};
    CHECK(lower(network, {}).error() == "layer conv (conv2d): a kernel of 3x3 does not fit 1x2x2x2");
    CHECK(
        parse_network(
            R"({"input": [1, 4], "output": "a", "layers": [{"name": "a", "op": "gelu", "inputs": ["input"]}]})")
            .error()
            .find("layer a: unsupported operator gelu (there are conv2d, ") == 0);
    CHECK(parse_network(
              R"({"input": [1, 4], "output": "a", "layers": [{"name": "a", "op": "relu", "inputs": ["b"]}]})")
              .error() == "layer a: its input b comes after it or nowhere");
    for (const char* text :
         {"", "{", "[]", "{\"input\": 3}", R"({"input": [1], "layers": [{"name": 3}], "output": "a"})",
          R"({"input": [-1], "layers": [], "output": "input"})"})
        CHECK_FALSE(parse_network(text));
}

TEST_CASE("a design compiled again from its folder's files is the same") {
    CompileOptions options;
    options.schedule.elements = 20;
    const Result<CompileOptions> again = parse_options(format_options(options));
    REQUIRE(again);
    const Result<Compiled> a = compile(*make_network("conv"), options);
    const Result<Compiled> b = compile(*parse_network(format_network(*make_network("conv"))), *again);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->schedule == b->schedule);
    CHECK_FALSE(parse_options("{}"));
}

TEST_CASE("simulated peaks have their light where they say") {
    const Samples peaks = simulate_peaks(200, 1, 1e6, 0);
    for (std::size_t k = 0; k < peaks.count(); ++k) {
        const auto row = peaks.row(k);
        std::size_t brightest = 0;
        for (std::size_t pixel = 0; pixel < 121; ++pixel)
            if (row[pixel] > row[brightest]) brightest = pixel;
        const std::size_t line = brightest / 11;
        CHECK(std::abs(static_cast<double>(brightest % 11) - 5 - 11.0 * row[121]) < 0.6);
        CHECK(std::abs(static_cast<double>(line) - 5 - 11.0 * row[122]) < 0.6);
    }
}
