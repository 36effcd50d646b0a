// Writing whole files. Thread safety: pure function but for the file system.
#pragma once

#include "common/result.h"

#include <optional>
#include <span>
#include <string>

namespace memo::imaging {

// Under another name in the same folder, renamed at the end: a full disk leaves the old file, or none. What
// is not a regular file (a pipe, /dev/stdout) is written to as it is. The error begins with the path.
[[nodiscard]] std::optional<Error> write_file(const std::string& path, std::span<const char> bytes);

}  // namespace memo::imaging
