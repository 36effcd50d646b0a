// Op tags: labels before operations before call stacks, and the names of operators in function names.
#include "common/op_tags.h"

#include <catch2/catch.hpp>

#include <map>

using namespace memo;

namespace {

class TableLookup final : public SymbolLookup {
  public:
    std::map<std::uint64_t, std::string> functions;  // by the offset that is asked for
    int asked = 0;

    std::optional<std::string> function_at(std::uint32_t /*module*/, std::uint64_t offset) override {
        ++asked;
        const auto found = functions.find(offset);
        return found == functions.end() ? std::nullopt : std::optional(found->second);
    }
};

Trace trace_with(const std::vector<std::vector<Frame>>& sites, std::vector<Context> contexts) {
    Trace trace;
    trace.modules.resize(1);
    for (const std::vector<Frame>& frames : sites) trace.sites.add(frames);
    trace.contexts = std::move(contexts);
    return trace;
}

std::string tag(Trace& trace, SymbolLookup& symbols, std::uint32_t site, std::uint32_t context) {
    const Requester requester{site, context, 0};
    const OpTags tags = resolve_op_tags(trace, {&requester, 1}, symbols);
    return tags.tags()[tags.index_of(site, context)];
}

constexpr auto kLabel = ContextSource::label;
constexpr auto kPlugin = ContextSource::plugin;

}  // namespace

TEST_CASE("operators have a namespace that is none of scopes") {
    for (const char* name : {"aten::conv2d", "mine::torchscript", "onnxruntime::Conv", "nnapi::conv"}) {
        INFO(name);
        CHECK(names_an_operator(name));
    }
    for (const char* name :
         {"torchscript::forward", "nn::features.3", "onnx::Conv_1", "forward", "::x", ""}) {
        INFO(name);
        CHECK_FALSE(names_an_operator(name));
    }
}

TEST_CASE("operators are read off function names") {
    CHECK(operator_of_function("at::_ops::conv2d::call(at::Tensor const&, at::Tensor const&)") ==
          "aten::conv2d");
    CHECK(operator_of_function("at::_ops::add_Tensor::redispatch(c10::DispatchKeySet, int)") == "aten::add");
    CHECK(operator_of_function("at::_ops::add__Tensor::call(at::Tensor&)") == "aten::add_");
    CHECK(operator_of_function("at::_ops::add_out::call(at::Tensor&)") == "aten::add");
    CHECK(operator_of_function("at::_ops::_convolution::call(at::Tensor const&)") == "aten::_convolution");
    CHECK(operator_of_function("at::_ops::mul_Tensor::call(at::Tensor const&) [clone .isra.0]") ==
          "aten::mul");
    CHECK(operator_of_function("at::_ops::conv2d::schema()").empty());
    CHECK(operator_of_function("at::native::mkldnn_convolution(at::Tensor const&)") ==
          "aten::mkldnn_convolution");
    CHECK(operator_of_function("at::native::Kernel::run(int)").empty());
    CHECK(operator_of_function("at::native::cat").empty());
    CHECK(operator_of_function("at::native::").empty());
    CHECK(operator_of_function("void f(at::_ops::conv2d::call(int))").empty());
    CHECK(operator_of_function("at::_ops::").empty());
    CHECK(operator_of_function("").empty());
}

TEST_CASE("kernels of ONNX Runtime and layers of OpenCV are read off symbols and virtual tables") {
    const std::string kernel = "::virtual 2 of onnxruntime::OpKernel";
    CHECK(kernel_of_function("onnxruntime::Conv<float>" + kernel) == "ort::Conv");
    CHECK(kernel_of_function("onnxruntime::contrib::NchwcConv" + kernel) == "ort::NchwcConv");
    CHECK(kernel_of_function("onnxruntime::ElementWiseKernel<onnxruntime::functors::Relu<float> >" +
                             kernel) == "ort::Relu");
    CHECK(kernel_of_function("onnxruntime::Pool<float, onnxruntime::MaxPool<8> >" + kernel) ==
          "ort::MaxPool");
    CHECK(kernel_of_function("onnxruntime::Pool" + kernel) == "ort::Pool");
    CHECK(kernel_of_function("onnxruntime::Sum_8<float>" + kernel) == "ort::Sum");
    CHECK(kernel_of_function("onnxruntime::OneHotOp<long, float, long>" + kernel) == "ort::OneHot");
    CHECK(kernel_of_function("onnxruntime::DeepCpuLstm" + kernel) == "ort::LSTM");
    CHECK(kernel_of_function("onnxruntime::Conv<float>::Compute(onnxruntime::OpKernelContext*) const") ==
          "ort::Conv");
    CHECK(kernel_of_function("onnxruntime::OpKernel::virtual 2").empty());
    CHECK(kernel_of_function("onnxruntime::OpKernelContext::virtual 16").empty());
    CHECK(kernel_of_function("onnxruntime::CPUAllocator::virtual 2 of onnxruntime::IAllocator").empty());
    CHECK(kernel_of_function("other::Conv" + kernel).empty());

    const std::string layer = "::virtual 11 of cv::Algorithm";
    CHECK(kernel_of_function("cv::dnn::ConvolutionLayerImpl" + layer) == "cv::dnn::Convolution");
    CHECK(kernel_of_function("cv::dnn::PoolingLayerInt8Impl" + layer) == "cv::dnn::Pooling");
    CHECK(kernel_of_function("cv::dnn::ElementWiseLayer<cv::dnn::ReLUFunctor>" + layer) == "cv::dnn::ReLU");
    CHECK(kernel_of_function("cv::dnn::ConvolutionLayerImpl::ParallelConv::virtual 2 of cv::ParallelLoopBody")
              .empty());
    CHECK(module_call_of_function("cv::dnn::dnn4_v20220524::Net::forward(cv::String const&)") ==
          "cv::dnn::Net::forward");
    CHECK(module_call_of_function("cv::dnn::dnn4_v20220524::blobFromImage(int)") == "cv::dnn::blobFromImage");
    CHECK(module_call_of_function("cv::dnn::dnn4_v1").empty());
    CHECK(module_call_of_function("cv::Mat::create(int)").empty());
    CHECK(module_call_of_function("OrtApi::Run") == "ort::Run");
}

TEST_CASE("the innermost label wins over everything") {
    TableLookup none;
    Trace trace = trace_with({}, {{kNone, kPlugin, "aten::conv2d"},
                                  {0, kLabel, "outer"},
                                  {1, kLabel, "inner"},
                                  {2, kPlugin, "aten::add"}});
    CHECK(tag(trace, none, kNone, 3) == "inner");
    CHECK(tag(trace, none, kNone, 0) == "aten::conv2d");
}

TEST_CASE("of operations the outermost operator wins, TorchScript's functions are none") {
    TableLookup none;
    Trace trace = trace_with({}, {{kNone, kPlugin, "torchscript::forward"},
                                  {0, kPlugin, "block"},
                                  {1, kPlugin, "aten::conv2d"},
                                  {2, kPlugin, "aten::empty"}});
    CHECK(tag(trace, none, kNone, 3) == "aten::conv2d");
    CHECK(tag(trace, none, kNone, 1) == "torchscript::forward");
    CHECK(tag(trace, none, kNone, kNone).empty());
}

TEST_CASE("the call stack speaks where no context does, its outermost operator first") {
    TableLookup symbols;
    symbols.functions = {
        {9, "at::_ops::empty_memory_format::call(int)"}, {19, "at::_ops::conv2d::call(int)"}, {29, "main"}};
    Trace trace =
        trace_with({{{0, 10}, {0, 20}, {0, 30}}, {{0, 30}, {kNone, 20}}}, {{kNone, kPlugin, "aten::add"}});
    CHECK(tag(trace, symbols, 0, kNone) == "aten::conv2d");
    CHECK(tag(trace, symbols, 1, kNone).empty());
    symbols.asked = 0;
    CHECK(tag(trace, symbols, 0, 0) == "aten::add");
    CHECK(symbols.asked == 0);  // symbols are looked up only where nothing else speaks
}

TEST_CASE("shared frames are looked up once, and unknown pairs have no tag") {
    TableLookup symbols;
    Trace trace = trace_with({{{0, 10}, {0, 30}}, {{0, 20}, {0, 30}}}, {});
    const std::vector<Requester> requesters = {{0, kNone, 0}, {1, kNone, 0}, {0, kNone, 1}};
    const OpTags tags = resolve_op_tags(trace, requesters, symbols);
    CHECK(symbols.asked == 3);
    CHECK(tags.index_of(77, 78) == 0);
    CHECK(tags.tags().size() == 1);
}

TEST_CASE("of kernels the outermost counts, but for those that run others") {
    TableLookup symbols;
    symbols.functions = {{9, "onnxruntime::Upsample<float>::virtual 2 of onnxruntime::OpKernel"},
                         {19, "onnxruntime::Resize<float>::virtual 2 of onnxruntime::OpKernel"},
                         {29, "onnxruntime::If::virtual 2 of onnxruntime::OpKernel"},
                         {39, "cv::dnn::dnn4_v20220524::Net::forward(cv::String const&)"}};
    Trace trace = trace_with({{{0, 10}, {0, 20}, {0, 30}, {0, 40}}, {{0, 30}}, {{0, 40}}}, {});
    CHECK(tag(trace, symbols, 0, kNone) == "ort::Resize");
    CHECK(tag(trace, symbols, 1, kNone) == "ort::If");
    CHECK(tag(trace, symbols, 2, kNone) == "cv::dnn::Net::forward");
}

TEST_CASE("a TorchScript function is the tag only where the call stack knows no operator") {
    TableLookup symbols;
    symbols.functions = {{9, "at::native::mkldnn_convolution(at::Tensor const&)"}};
    Trace trace = trace_with({{{0, 10}}, {{0, 20}}}, {{kNone, kPlugin, "torchscript::forward"}});
    CHECK(tag(trace, symbols, 0, 0) == "aten::mkldnn_convolution");
    CHECK(tag(trace, symbols, 1, 0) == "torchscript::forward");
}
