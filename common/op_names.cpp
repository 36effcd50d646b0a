// Reading operations off function names (common/op_names.h).
#include "common/op_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace memo {
namespace {

constexpr std::string_view kIdentifier = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

// Of a qualified name, the last component, without template arguments: `Conv` of `onnxruntime::Conv<float>`.
std::string_view last_component(std::string_view name) {
    name = name.substr(0, name.find('<'));
    const std::size_t colons = name.rfind("::");
    return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

// The argument of that number of the last template of a name; empty if there is none.
std::string_view template_argument(std::string_view name, std::size_t number) {
    const std::size_t open = name.find('<');
    if (open == std::string_view::npos) return {};
    std::size_t begin = open + 1;
    int depth = 0;
    for (std::size_t i = begin; i < name.size(); ++i) {
        if (depth == 0 && (name[i] == ',' || name[i] == '>')) {
            if (number-- == 0) return name.substr(begin, i - begin);
            begin = i + 1 + (name.substr(i).starts_with(", ") ? 1 : 0);
        }
        depth += name[i] == '<' ? 1 : name[i] == '>' ? -1 : 0;
        if (depth < 0) break;
    }
    return {};
}

// The class that `function` is a member function of, where it is one by a name that ends in `::METHOD`, or a
// virtual one of a class that derives from `root`.
std::string_view class_of_method(std::string_view function, std::string_view method, std::string_view root) {
    const std::size_t slot = function.find("::virtual ");
    if (slot != std::string_view::npos) {
        const std::size_t of = function.find(" of ", slot);
        const bool derives = of != std::string_view::npos && function.substr(of + 4) == root;
        return derives ? function.substr(0, slot) : std::string_view();
    }
    const std::size_t at = function.find(method);
    return at == std::string_view::npos ? std::string_view() : function.substr(0, at);
}

// The name of a kernel of ONNX Runtime: its class's, or of the one that a template is filled with
// (ElementWiseKernel<functors::Relu<float>>, Pool<float, MaxPool<8>>), less what tells versions of an
// operator apart (Sum_8).
std::string name_of_kernel(std::string_view kernel) {
    std::string_view name = last_component(kernel);
    if (name == "ElementWiseKernel") name = last_component(template_argument(kernel, 0));
    if (name == "Pool" || name == "PoolBase") name = last_component(template_argument(kernel, 1));
    if (name.empty()) name = last_component(kernel);
    const std::size_t letters = name.find_last_not_of("0123456789");
    if (letters + 1 < name.size() && name[letters] == '_') name = name.substr(0, letters);
    if (name.size() > 2 && name.ends_with("Op")) name.remove_suffix(2);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOtherwise = {
        {{"DeepCpuLstm", "LSTM"},
         {"DeepCpuGru", "GRU"},
         {"Slice1", "Slice"},
         {"Slice10", "Slice"},
         {"BatchNorm", "BatchNormalization"},
         {"InstanceNorm", "InstanceNormalization"},
         {"LayerNorm", "LayerNormalization"},
         {"SkipLayerNorm", "SkipLayerNormalization"}}};
    for (const auto& [own, standard] : kOtherwise) {
        if (name == own) name = standard;
    }
    return "ort::" + std::string(name);
}

// The name of a layer of OpenCV's: of ConvolutionLayerImpl, ElementWiseLayer<ReLUFunctor>.
std::string name_of_layer(std::string_view layer) {
    std::string_view name = last_component(layer);
    if (name.starts_with("ElementWise")) name = last_component(template_argument(layer, 0));
    if (name.empty()) name = last_component(layer);
    for (const std::string_view ending : {"Functor", "Impl", "Int8", "Layer"}) {
        if (name.size() > ending.size() && name.ends_with(ending)) name.remove_suffix(ending.size());
    }
    return "cv::dnn::" + std::string(name);
}

}  // namespace

bool names_an_operator(std::string_view name) {
    constexpr std::array<std::string_view, 3> kScopes = {"torchscript", "nn", "onnx"};
    const std::size_t colons = name.find("::");
    return colons != std::string_view::npos && colons > 0 &&
           std::ranges::find(kScopes, name.substr(0, colons)) == kScopes.end();
}

std::string kernel_of_function(std::string_view function) {
    if (function.starts_with("onnxruntime::")) {
        const auto kernel =
            class_of_method(function, "::Compute(onnxruntime::OpKernelContext*)", "onnxruntime::OpKernel");
        return kernel.empty() || kernel == "onnxruntime::OpKernel" ? std::string() : name_of_kernel(kernel);
    }
    if (function.starts_with("cv::dnn::")) {
        const auto layer = class_of_method(function, "::forward(cv::_InputArray const&", "cv::Algorithm");
        return layer.empty() || last_component(layer) == "Layer" ? std::string() : name_of_layer(layer);
    }
    return {};
}

std::string module_call_of_function(std::string_view function) {
    constexpr std::string_view kInterface = "OrtApi::";
    if (function.starts_with(kInterface)) return "ort::" + std::string(function.substr(kInterface.size()));
    constexpr std::string_view kModule = "cv::dnn::";
    if (!function.starts_with(kModule) || function.find("::virtual ") != std::string_view::npos) return {};
    std::string_view name = function.substr(kModule.size(), function.find('(') - kModule.size());
    if (name.starts_with("dnn4_v")) name = name.substr(std::min(name.find("::"), name.size() - 2) + 2);
    const bool is_plain = name.find('<') == std::string_view::npos && !name.empty();
    return is_plain ? std::string(kModule) + std::string(name) : std::string();
}

std::string operator_of_function(std::string_view function) {
    constexpr std::string_view kNative = "at::native::";
    if (function.starts_with(kNative)) {
        const std::string_view name = function.substr(kNative.size());
        const std::size_t end = name.find_first_not_of(kIdentifier);
        const bool is_function = end != std::string_view::npos && end > 0 && name[end] == '(';
        return is_function ? "aten::" + std::string(name.substr(0, end)) : std::string();
    }
    constexpr std::string_view kNamespace = "at::_ops::";
    const std::size_t start = function.find(kNamespace);
    // A result type may stand in front, but not another function's arguments.
    if (start == std::string_view::npos || function.substr(0, start).find('(') != std::string_view::npos)
        return {};
    std::string_view name = function.substr(start + kNamespace.size());
    const std::size_t end = name.find("::");
    if (end == std::string_view::npos || end == 0) return {};
    const std::string_view entry = name.substr(end + 2);
    if (!entry.starts_with("call(") && !entry.starts_with("redispatch(")) return {};
    name = name.substr(0, end);
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        if (name[i] == '_' && std::isupper(static_cast<unsigned char>(name[i + 1])) != 0)
            name = name.substr(0, i);
    }
    if (name.ends_with("_out")) name.remove_suffix(4);
    return "aten::" + std::string(name);
}

}  // namespace memo
