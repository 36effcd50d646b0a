// Where the two preloaded libraries lie: found relative to the running `memo`, so that a build folder and an
// installed prefix both work wherever they are moved to.
#pragma once

#include "common/result.h"

#include <string>

namespace memo::cli {

inline constexpr const char* kTracerLibrary = "libmemotrace.so";
inline constexpr const char* kAllocatorLibrary = "libmemomalloc.so";

// The absolute path of `memo` itself.
[[nodiscard]] std::string own_path();

// The absolute path of a library. Looked for in ../lib, ../lib/<multiarch triplet> and the configured library
// folder. The error names where it was looked for, or says that the loader could not take the path (a space
// or a colon in it).
[[nodiscard]] Result<std::string> find_library(const std::string& name);

}  // namespace memo::cli
