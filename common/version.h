// Generated from CMakeLists.txt: the one place that knows the version.
#pragma once

namespace memo {
inline constexpr const char* kVersion = "0.1.0";
}
