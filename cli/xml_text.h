// Text as XML 1.0 takes it. Thread safety: pure function.
#pragma once

#include <string>
#include <string_view>

namespace memo::cli {

// With `<`, `>`, `&` and both quotes as entities, so that it fits between tags and in attributes; bytes that
// are no UTF-8, and characters that XML does not allow, become `?`.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace memo::cli
