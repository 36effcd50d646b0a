// The program `hls-import`: a TorchScript file as a network description. The only part of `hls` that knows
// LibTorch, and a program of its own, so that `hls` neither needs nor loads it (`hls import` becomes it).
//
// The module is frozen (weights become constants, calls are inlined, Dropout and the like vanish) and its
// graph read in order. Numbers that a trace computes from shapes are computed here, as shapes are known.
#include "scientific/hls/front/network.h"
#include "scientific/hls/front/network_json.h"

#include <torch/script.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_map>

namespace memo::hls {

namespace {

using JitValue = const torch::jit::Value*;

class Importer {
  public:
    explicit Importer(Shape input) { network_.input = std::move(input); }

    Result<Network> run(const std::string& path) {
        torch::jit::Module module = torch::jit::load(path, torch::kCPU);
        module.eval();
        module = torch::jit::freeze(module);
        network_.name = path.substr(path.find_last_of('/') + 1);
        const auto graph = module.get_method("forward").graph();
        if (graph->inputs().size() != 2 || graph->outputs().size() != 1)
            return Error{"its forward has to take one tensor and give one back"};
        values_[graph->inputs()[1]] = 0;
        if (Result<std::vector<Shape>> shapes = shapes_of(network_); !shapes) return Error{shapes.error()};
        for (const torch::jit::Node* node : graph->nodes())
            if (std::string wrong = add(*node); !wrong.empty()) return Error{wrong};
        const auto output = values_.find(graph->outputs()[0]);
        if (output == values_.end()) return Error{"its result is no tensor computed from the input"};
        network_.output = output->second;
        return std::move(network_);
    }

  private:
    // What is known of a value that is not computed from the input.
    [[nodiscard]] std::optional<c10::IValue> constant(JitValue value) const {
        const auto found = constants_.find(value);
        if (found == constants_.end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] std::int64_t integer(JitValue value) const {
        const auto known = constant(value);
        if (!known) return 0;
        if (known->isTensor()) return known->toTensor().item<std::int64_t>();
        return known->isInt() ? known->toInt() : 0;
    }
    [[nodiscard]] std::vector<std::int64_t> integers(JitValue value) const {
        const auto known = constant(value);
        return known && known->isIntList() ? known->toIntVector() : std::vector<std::int64_t>{};
    }
    // All entries of a list are the same: our kernels, strides and paddings are square.
    [[nodiscard]] std::optional<std::int64_t> square(JitValue value) const {
        const auto list = integers(value);
        for (const std::int64_t entry : list)
            if (entry != list[0]) return std::nullopt;
        return list.empty() ? std::nullopt : std::optional(list[0]);
    }
    [[nodiscard]] std::vector<double> numbers(JitValue value) const {
        const auto known = constant(value);
        if (!known || !known->isTensor()) return {};
        const torch::Tensor tensor = known->toTensor().to(torch::kDouble).contiguous();
        return {tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel()};
    }
    [[nodiscard]] Shape tensor_shape(JitValue value) const {
        const auto known = constant(value);
        return known && known->isTensor() ? known->toTensor().sizes().vec() : Shape{};
    }
    [[nodiscard]] Shape shape(JitValue value) const { return (*shapes_of(network_))[values_.at(value)]; }

    std::string finish(const torch::jit::Node& node, Layer layer) {
        network_.layers.push_back(std::move(layer));
        const Result<std::vector<Shape>> shapes = shapes_of(network_);
        if (!shapes) return shapes.error();
        values_[node.outputs()[0]] = static_cast<std::uint32_t>(network_.layers.size());
        return {};
    }

    // A layer's name: the value's, as the file has it, or its operator and number.
    [[nodiscard]] std::string name_for(const torch::jit::Node& node) const {
        std::string name = node.outputs().empty() ? "" : node.outputs()[0]->debugName();
        if (name.empty() || name.find_first_not_of("0123456789.") == std::string::npos)
            name =
                std::string(node.kind().toUnqualString()) + "_" + std::to_string(network_.layers.size() + 1);
        return name;
    }
    [[nodiscard]] std::string blame(const torch::jit::Node& node, const std::string& what) const {
        std::ostringstream where;
        where << node.sourceRange().str();
        std::string line = where.str();
        line = line.substr(0, line.find('\n'));
        return "layer " + name_for(node) + ": " + what + " " + std::string(node.kind().toQualString()) +
               (line.empty() ? "" : " (" + line + ")");
    }

    std::string add(const torch::jit::Node& node) {
        if (fold(node)) return {};
        const std::string kind = node.kind().toQualString();
        std::vector<std::uint32_t> inputs;
        for (JitValue input : node.inputs())
            if (const auto found = values_.find(input); found != values_.end())
                inputs.push_back(found->second);
        if (inputs.empty()) return blame(node, "unsupported operator");
        for (const char* same :
             {"aten::contiguous", "aten::dropout", "aten::detach", "aten::clone", "aten::to"})
            if (kind == same) return values_[node.outputs()[0]] = inputs[0], "";
        Layer layer;
        layer.name = name_for(node);
        layer.inputs = inputs;
        if (!describe(node, kind, layer)) return blame(node, "unsupported operator or arguments of");
        return finish(node, std::move(layer));
    }

    // Whether the node only makes numbers and lists known here.
    bool fold(const torch::jit::Node& node) {
        const std::string kind = node.kind().toQualString();
        if (node.outputs().size() != 1) return false;
        JitValue output = node.outputs()[0];
        if (kind == "prim::Constant") {
            constants_[output] = torch::jit::toIValue(output).value_or(c10::IValue());
            return true;
        }
        if (kind == "prim::ListConstruct") {
            std::vector<std::int64_t> list;
            for (JitValue input : node.inputs()) {
                if (!constants_.contains(input)) return false;
                list.push_back(integer(input));
            }
            constants_[output] = list;
            return true;
        }
        if (kind == "aten::size" && node.inputs().size() == 2 && values_.contains(node.inputs()[0])) {
            const Shape of = shape(node.inputs()[0]);
            std::int64_t dimension = integer(node.inputs()[1]);
            if (dimension < 0) dimension += static_cast<std::int64_t>(of.size());
            if (dimension < 0 || dimension >= static_cast<std::int64_t>(of.size())) return false;
            constants_[output] = of[static_cast<std::size_t>(dimension)];
            return true;
        }
        if (kind == "prim::NumToTensor" || kind == "aten::Int") {
            constants_[output] = integer(node.inputs()[0]);
            return true;
        }
        return false;
    }

    bool describe(const torch::jit::Node& node, const std::string& kind, Layer& layer) {
        const auto in = node.inputs();
        if (kind == "aten::relu" || kind == "aten::relu_") return layer.kind = LayerKind::relu, true;
        if (kind == "aten::conv2d") return convolution(in, 6, layer) && all_one(in[5]);
        if (kind == "aten::_convolution")
            return convolution(in, 8, layer) && all_one(in[5]) && !constant(in[6])->toBool();
        if (kind == "aten::linear") {
            layer.kind = LayerKind::linear;
            return weights(in[1], in[2], layer);
        }
        if (kind == "aten::batch_norm") return batch_norm(in, layer);
        if (kind == "aten::leaky_relu" || kind == "aten::leaky_relu_") {
            layer.kind = LayerKind::leaky_relu;
            layer.slope = constant(in[1]) ? constant(in[1])->toDouble() : -1;
            return true;
        }
        if (kind == "aten::softmax") {
            layer.kind = LayerKind::softmax;
            layer.dimension = integer(in[1]);
            return true;
        }
        if (kind == "aten::matmul" || kind == "aten::bmm")
            return layer.kind = LayerKind::matmul, layer.inputs.size() == 2;
        if (kind == "aten::add" || kind == "aten::add_")
            return layer.kind = LayerKind::add, layer.inputs.size() == 2 && integer(in[2]) == 1;
        if (kind == "aten::mul" || kind == "aten::mul_")
            return layer.kind = LayerKind::multiply, layer.inputs.size() == 2;
        if (kind == "aten::max_pool2d") return max_pool(in, layer);
        if (kind == "aten::permute") {
            layer.kind = LayerKind::permute;
            layer.sizes = integers(in[1]);
            return true;
        }
        if (kind == "aten::transpose") return transpose(in, layer);
        if (kind == "aten::flatten") return flatten(in, layer);
        if (kind == "aten::view" || kind == "aten::reshape") {
            layer.kind = LayerKind::reshape;
            layer.sizes = integers(in[1]);
            return true;
        }
        return false;
    }

    [[nodiscard]] bool all_one(JitValue value) const { return square(value) == 1; }

    bool weights(JitValue weight, JitValue bias, Layer& layer) const {
        layer.weight = numbers(weight);
        layer.weight_shape = tensor_shape(weight);
        layer.bias = numbers(bias);
        return !layer.weight.empty();
    }

    bool convolution(at::ArrayRef<JitValue> in, std::size_t groups, Layer& layer) const {
        layer.kind = LayerKind::conv2d;
        const auto stride = square(in[3]);
        const auto padding = square(in[4]);
        layer.stride = stride.value_or(0);
        layer.padding = padding.value_or(0);
        return stride && padding && integer(in[groups]) == 1 && weights(in[1], in[2], layer);
    }

    bool batch_norm(at::ArrayRef<JitValue> in, Layer& layer) const {
        layer.kind = LayerKind::batch_norm;
        const auto mean = numbers(in[3]);
        const auto variance = numbers(in[4]);
        const double epsilon = constant(in[7]) ? constant(in[7])->toDouble() : 1e-5;
        layer.weight = numbers(in[1]);
        layer.bias = numbers(in[2]);
        layer.weight.resize(mean.size(), 1);
        layer.bias.resize(mean.size(), 0);
        for (std::size_t k = 0; k < mean.size(); ++k) {
            layer.weight[k] /= std::sqrt(variance[k] + epsilon);
            layer.bias[k] -= mean[k] * layer.weight[k];
        }
        return !mean.empty() && variance.size() == mean.size();
    }

    bool max_pool(at::ArrayRef<JitValue> in, Layer& layer) const {
        layer.kind = LayerKind::max_pool;
        const auto kernel = square(in[1]);
        layer.kernel = kernel.value_or(0);
        layer.stride = integers(in[2]).empty() ? layer.kernel : square(in[2]).value_or(0);
        layer.padding = square(in[3]).value_or(-1);
        return kernel && layer.stride > 0 && all_one(in[4]) && !constant(in[5])->toBool();
    }

    bool transpose(at::ArrayRef<JitValue> in, Layer& layer) const {
        layer.kind = LayerKind::permute;
        const auto rank = static_cast<std::int64_t>(shape(in[0]).size());
        const auto wrapped = [&](std::int64_t k) { return k < 0 ? k + rank : k; };
        for (std::int64_t k = 0; k < rank; ++k) layer.sizes.push_back(k);
        const std::int64_t a = wrapped(integer(in[1]));
        const std::int64_t b = wrapped(integer(in[2]));
        if (a < 0 || b < 0 || a >= rank || b >= rank) return false;
        std::swap(layer.sizes[static_cast<std::size_t>(a)], layer.sizes[static_cast<std::size_t>(b)]);
        return true;
    }

    bool flatten(at::ArrayRef<JitValue> in, Layer& layer) const {
        layer.kind = LayerKind::reshape;
        const Shape of = shape(in[0]);
        const auto rank = static_cast<std::int64_t>(of.size());
        const std::int64_t from = integer(in[1]) < 0 ? integer(in[1]) + rank : integer(in[1]);
        const std::int64_t to = integer(in[2]) < 0 ? integer(in[2]) + rank : integer(in[2]);
        if (from < 0 || to < from || to >= rank) return false;
        std::int64_t together = 1;
        for (std::int64_t k = 0; k < rank; ++k) {
            if (k >= from && k <= to) together *= of[static_cast<std::size_t>(k)];
            if (k == to) layer.sizes.push_back(together);
            if (k < from || k > to) layer.sizes.push_back(of[static_cast<std::size_t>(k)]);
        }
        return true;
    }

    Network network_;
    std::unordered_map<JitValue, std::uint32_t> values_;
    std::unordered_map<JitValue, c10::IValue> constants_;
};

int refuse(const std::string& line) {
    std::fputs(("hls: " + line + "\n").c_str(), stderr);
    return 2;
}

int run(int count, char** arguments) {
    if (count != 3) return refuse("usage: hls-import FILE.pt SHAPE (hls import calls it)");
    Shape shape;
    std::istringstream stream(arguments[2]);
    for (std::string part; std::getline(stream, part, 'x');) shape.push_back(std::stoll(part));
    const std::string path = arguments[1];
    try {
        const Result<Network> network = Importer(shape).run(path);
        if (!network) return refuse(path + ": " + network.error());
        return std::fputs(format_network(*network).c_str(), stdout) < 0 || std::fflush(stdout) != 0
                   ? (refuse("the network cannot be written"), 1)
                   : 0;
    } catch (const std::exception& error) {  // LibTorch's, of many lines
        const std::string what = error.what();
        return refuse(path +
                      ": no TorchScript file that LibTorch can read: " + what.substr(0, what.find('\n')));
    }
}

}  // namespace

}  // namespace memo::hls

int main(int count, char** arguments) {
    return memo::hls::run(count, arguments);
}
