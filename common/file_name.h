// The last part of a path, without allocating: how modules are named in plans.
#pragma once

#include <cstring>

namespace memo {

// Points into `path`.
[[nodiscard]] inline const char* file_name(const char* path) {
    const char* slash = std::strrchr(path, '/');
    return slash == nullptr ? path : slash + 1;
}

}  // namespace memo
