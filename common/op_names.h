// The names of operations, read off the names of functions (demangled; those of stripped libraries are
// `CLASS::virtual N of ROOT`, cli/vtable_names.h). Each function gives an empty name where there is none.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace memo {

// PyTorch: `aten::NAME` of `at::_ops::NAME::call`, `at::_ops::NAME::redispatch` and `at::native::NAME`.
//
// In at::_ops, NAME is an operator's name and its overload joined by `_` (add__Tensor is overload Tensor of
// add_). The overload is taken off where it shows: from the first `_` before a capital letter on, and a final
// `_out`. Overloads in small letters cannot be told from names (sum_dim) and stay. A function in at::native
// does an operator's work; it is outermost where TorchScript calls it without the dispatcher.
[[nodiscard]] std::string operator_of_function(std::string_view function);

// Whether what a plug-in reported is an operator: it has a namespace, and not one of scopes: `torchscript`
// (functions and modules), `nn` (modules of eager PyTorch), `onnx` (nodes of a graph).
[[nodiscard]] bool names_an_operator(std::string_view name);

// ONNX Runtime: `ort::CLASS`, of a member function of a kernel; OpenCV: `cv::dnn::CLASS`, less a final Layer,
// LayerImpl or LayerInt8Impl, of a layer. Where a class is a template around what it computes
// (ElementWiseKernel<functors::Relu<float>>, Pool<float, MaxPool<8>>, ElementWiseLayer<ReLUFunctor>), what it
// computes. Versions of an operator have one name (Sum_8), and operators the one that ONNX gives them (LSTM).
[[nodiscard]] std::string kernel_of_function(std::string_view function);

// OpenCV: the name of another function of the dnn module, without its parameters and the module's version.
// ONNX Runtime: of one of its C interface (cli/ort_api.h): `ort::Run`.
[[nodiscard]] std::string module_call_of_function(std::string_view function);

}  // namespace memo
