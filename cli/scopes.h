// What was open around an allocation, in words: labels, modules and nodes of a graph (docs/op-tags.md).
// Thread safety: pure functions.
#pragma once

#include "common/trace.h"

#include <cstdint>
#include <string>

namespace memo::cli {

// The names of the open contexts up to the first operator, from the outside in: "nn::Net > nn::features.3". A
// module that the next one is part of is left out. Empty where nothing was open but an operator.
[[nodiscard]] std::string scope_text(const Trace& trace, std::uint32_t context);

// The same and the outermost operator: "nn::Net > nn::features.3 > aten::conv2d".
[[nodiscard]] std::string scope_and_operator(const Trace& trace, std::uint32_t context);

}  // namespace memo::cli
