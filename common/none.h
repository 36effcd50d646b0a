// The index of nothing, in every table of a trace.
#pragma once

#include <cstdint>

namespace memo {

inline constexpr std::uint32_t kNone = 0xffffffff;

}  // namespace memo
