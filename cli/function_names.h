// Demangled C++ names made short enough to be read. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memo::cli {

// "f<int>" of "f<int>(char*) const": the name without its parameters and what follows them.
[[nodiscard]] std::string without_parameters(std::string_view name);

// "std::map<int, …>" of "std::map<int, std::vector<std::basic_string<char, ...>>>": template arguments from
// the first one that ends beyond `most` bytes of its list are one "…", and `std::__cxx11` is `std`. Names
// whose brackets do not match stay as they are.
[[nodiscard]] std::string folded(std::string_view name, std::size_t most = 24);

}  // namespace memo::cli
