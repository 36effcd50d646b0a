// The op tag of every allocation: the high-level source operation it belongs to.
//
// In this order (docs/op-tags.md):
// 1. the innermost label of the program's own that was open;
// 2. of the operations that a plug-in reported, the outermost one that names an operator (`aten::conv2d`; a
//    name with a namespace that is none of scopes);
// 3. the outermost frame of the call stack that is an operator of PyTorch;
// 4. the outermost frame that is a kernel of ONNX Runtime or a layer of OpenCV's dnn module; of kernels that
//    run other kernels (If, Loop, Scan), the one that they run;
// 5. the outermost frame that is another function of that module (`cv::dnn::blobFromImage`), or of ONNX
// Runtime's C
//    interface (`ort::Run`);
// 6. the outermost operation that a plug-in reported (`torchscript::forward`, `nn::Net`);
// 7. nothing: the empty tag.
//
// How functions become names: common/op_names.h. Thread safety: pure functions, as far as the SymbolLookup
// is.
#pragma once

#include "common/op_names.h"
#include "common/requesters.h"
#include "common/trace.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
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
    friend class OpTagResolver;
    std::uint32_t intern(const std::string& tag);
    [[nodiscard]] static std::uint64_t origin(std::uint32_t site, std::uint32_t context) {
        return std::uint64_t{site} << 32 | context;
    }

    std::vector<std::string> tags_{""};
    std::map<std::string, std::uint32_t> indices_{{"", 0}};
    std::unordered_map<std::uint64_t, std::uint32_t> by_origin_;  // of allocations: origin(site, context)
};

// The tags of all that asked for memory; `requesters` are of that trace.
[[nodiscard]] OpTags resolve_op_tags(const Trace& trace, std::span<const Requester> requesters,
                                     SymbolLookup& symbols);

}  // namespace memo
