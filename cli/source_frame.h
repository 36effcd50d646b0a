// A place in the source: a function, and where in it. Thread safety: a plain value.
#pragma once

#include <cstdint>
#include <string>

namespace memo {

struct SourceFrame {
    std::string function;    // demangled, with its parameters; empty if nobody knows it
    std::string file;        // as the compiler was given it; empty without debug information
    std::uint32_t line = 0;  // 0 if unknown

    bool operator==(const SourceFrame&) const = default;
};

}  // namespace memo
