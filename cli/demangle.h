// C++ names as they are written in the source. Thread safety: pure functions.
#pragma once

#include <string>

namespace memo {

// Without the version that a symbol table may have behind it ("memcpy@@GLIBC_2.14"). Of C++, a mangled name
// of a function or a type; any other name stays as it is.
[[nodiscard]] std::string demangled(std::string name);

}  // namespace memo
