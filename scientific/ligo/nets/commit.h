// Which commit the program was built from. Thread safety: a pure function.
#pragma once

#include <string>

namespace memo::ligo {

// As git describes it; "unknown" where the source is in no repository.
[[nodiscard]] std::string source_commit();

}  // namespace memo::ligo
