// The op tag of every allocation: the high-level source operation it belongs to.
//
// In this order:
// 1. the innermost label of the program's own that was open;
// 2. of the operations that a plug-in reported, the outermost one that names an operator (`aten::conv2d`; a
//    name with a namespace other than `torchscript`), else the outermost one;
// 3. the outermost frame of the call stack whose function is `at::_ops::NAME::call` or `::redispatch`:
//    `aten::NAME`;
// 4. the outermost frame that is a kernel of ONNX Runtime (`ort::Conv`) or a layer of OpenCV's dnn module
//    (`cv::dnn::Convolution`); of kernels that run other kernels (If, Loop, Scan), the one that they run;
// 5. the outermost frame that is another function of that module (`cv::dnn::blobFromImage`);
// 6. nothing: the empty tag.
//
// NAME is an operator's name and its overload joined by `_` (add__Tensor is overload Tensor of add_). The
// overload is taken off where it shows: from the first `_` before a capital letter on, and a final `_out`.
// Overloads in small letters cannot be told from names (sum_dim) and stay. Thread safety: pure functions, as
// far as the SymbolLookup is.
#pragma once

#include "common/trace.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace memo {

// The demangled name of the function at `offset` (from the load bias) of trace.modules[module]; nothing if
// unknown.
class SymbolLookup {
  public:
    virtual ~SymbolLookup() = default;
    [[nodiscard]] virtual std::optional<std::string> function_at(std::uint32_t module,
                                                                 std::uint64_t offset) = 0;
};

// The tags of a trace: a table of distinct ones, and for each event an index into it.
class OpTags {
  public:
    // `tags()[0]` is the empty tag.
    [[nodiscard]] const std::vector<std::string>& tags() const { return tags_; }
    // The index of the tag of an event at `site` in `context` (either may be kNone). 0 for pairs the trace
    // has not.
    [[nodiscard]] std::uint32_t index_of(std::uint32_t site, std::uint32_t context) const;
    [[nodiscard]] const std::string& tag_of(const Event& event) const {
        return tags_[index_of(event.site, event.context)];
    }

  private:
    friend OpTags resolve_op_tags(const Trace& trace, SymbolLookup& symbols);
    std::uint32_t intern(const std::string& tag);
    [[nodiscard]] static std::uint64_t origin(std::uint32_t site, std::uint32_t context) {
        return std::uint64_t{site} << 32 | context;
    }

    std::vector<std::string> tags_{""};
    std::map<std::string, std::uint32_t> indices_{{"", 0}};
    std::unordered_map<std::uint64_t, std::uint32_t> by_origin_;  // of allocations: origin(site, context)
};

[[nodiscard]] OpTags resolve_op_tags(const Trace& trace, SymbolLookup& symbols);

// `aten::NAME` if `function` (demangled) is an operator's entry, else empty.
[[nodiscard]] std::string operator_of_function(std::string_view function);

// `ort::CLASS` if `function` is a member function of a kernel of ONNX Runtime, `cv::dnn::CLASS` (less a final
// Layer, LayerImpl or LayerInt8Impl) of a layer of OpenCV, else empty. Named by symbols (`CLASS::Compute`,
// `CLASS::forward`) or, where a library is stripped, by its virtual tables (`CLASS::virtual N of ROOT`,
// cli/vtable_names.h).
[[nodiscard]] std::string kernel_of_function(std::string_view function);

// `function` without its parameters and OpenCV's version if it is one of OpenCV's dnn module, else empty.
[[nodiscard]] std::string module_call_of_function(std::string_view function);

}  // namespace memo
