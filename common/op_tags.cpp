// Resolving op tags (common/op_tags.h).
#include "common/op_tags.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace memo {
namespace {

bool names_an_operator(std::string_view name) {
    const std::size_t colons = name.find("::");
    return colons != std::string_view::npos && colons > 0 && name.substr(0, colons) != "torchscript";
}

// Rules 1 and 2: what the context says, or nothing. Walks from the innermost node out.
std::string tag_of_context(const Trace& trace, std::uint32_t context) {
    std::string_view outermost;
    std::string_view outermost_operator;
    for (std::uint32_t at = context; at != kNone; at = trace.contexts[at].parent) {
        const Context& node = trace.contexts[at];
        if (node.source == ContextSource::label) return node.name;
        outermost = node.name;
        if (names_an_operator(node.name)) outermost_operator = node.name;
    }
    return std::string(outermost_operator.empty() ? outermost : outermost_operator);
}

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

// Kernels that run others, as part of their own work.
bool runs_kernels(std::string_view tag) {
    constexpr std::array<std::string_view, 7> kNames = {"ort::If",
                                                        "ort::Loop",
                                                        "ort::Scan",
                                                        "ort::BeamSearch",
                                                        "ort::GreedySearch",
                                                        "ort::Sampling",
                                                        "ort::WhisperBeamSearch"};
    return std::ranges::find(kNames, tag) != kNames.end();
}

// Rules 3 to 5 for one frame.
struct FrameTag {
    enum class Kind : std::uint8_t { operation, kernel, call };
    std::uint32_t tag = 0;
    Kind kind = Kind::operation;
};

// A return address lies behind its call, which may be the last of the function.
std::optional<std::string> function_of(const Frame& frame, SymbolLookup& symbols) {
    if (frame.module == kNone || frame.offset == 0) return std::nullopt;
    return symbols.function_at(frame.module, frame.offset - 1);
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
    constexpr std::string_view kModule = "cv::dnn::";
    if (!function.starts_with(kModule) || function.find("::virtual ") != std::string_view::npos) return {};
    std::string_view name = function.substr(kModule.size(), function.find('(') - kModule.size());
    if (name.starts_with("dnn4_v")) name = name.substr(std::min(name.find("::"), name.size() - 2) + 2);
    const bool is_plain = name.find('<') == std::string_view::npos && !name.empty();
    return is_plain ? std::string(kModule) + std::string(name) : std::string();
}

std::string operator_of_function(std::string_view function) {
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

std::uint32_t OpTags::index_of(std::uint32_t site, std::uint32_t context) const {
    const auto found = by_origin_.find(origin(site, context));
    return found == by_origin_.end() ? 0 : found->second;
}

std::uint32_t OpTags::intern(const std::string& tag) {
    const auto [at, fresh] = indices_.try_emplace(tag, static_cast<std::uint32_t>(tags_.size()));
    if (fresh) tags_.push_back(tag);
    return at->second;
}

OpTags resolve_op_tags(const Trace& trace, SymbolLookup& symbols) {
    OpTags result;
    // Stacks share frames: each distinct frame is looked up once, each distinct site resolved once.
    std::map<std::pair<std::uint32_t, std::uint64_t>, FrameTag> by_frame;
    std::map<std::uint32_t, std::uint32_t> by_site;
    std::map<std::uint32_t, std::uint32_t> by_context;
    const auto tag_of_frame = [&](const Frame& frame) -> FrameTag {
        const auto [at, fresh] = by_frame.try_emplace({frame.module, frame.offset});
        if (!fresh) return at->second;
        const auto function = function_of(frame, symbols);
        if (!function) return {};
        at->second.tag = result.intern(operator_of_function(*function));
        if (at->second.tag != 0) return at->second;
        at->second = {result.intern(kernel_of_function(*function)), FrameTag::Kind::kernel};
        if (at->second.tag != 0) return at->second;
        return at->second = {result.intern(module_call_of_function(*function)), FrameTag::Kind::call};
    };
    const auto tag_of_site = [&](std::uint32_t site) -> std::uint32_t {
        if (site == kNone) return 0;
        std::uint32_t kernel = 0;
        std::uint32_t call = 0;
        const auto& frames = trace.sites[site].frames;
        for (std::size_t i = frames.size(); i-- > 0;) {  // outermost first
            const FrameTag frame = tag_of_frame(frames[i]);
            if (frame.tag == 0) continue;
            if (frame.kind == FrameTag::Kind::operation) return frame.tag;
            std::uint32_t& found = frame.kind == FrameTag::Kind::kernel ? kernel : call;
            if (found == 0 || runs_kernels(result.tags_[found])) found = frame.tag;
        }
        return kernel != 0 ? kernel : call;
    };
    for (const Event& event : trace.events) {
        if (event.kind != EventKind::allocate) continue;
        const auto [origin, fresh] =
            result.by_origin_.try_emplace(OpTags::origin(event.site, event.context), 0);
        if (!fresh) continue;
        const auto [context, fresh_context] = by_context.try_emplace(event.context, 0);
        if (fresh_context) context->second = result.intern(tag_of_context(trace, event.context));
        origin->second = context->second;
        if (origin->second != 0) continue;
        const auto [site, fresh_site] = by_site.try_emplace(event.site, 0);
        if (fresh_site) site->second = tag_of_site(event.site);
        origin->second = site->second;
    }
    return result;
}

}  // namespace memo
