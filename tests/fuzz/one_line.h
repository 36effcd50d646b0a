// What every fuzzer of a text's reader asks of it: whatever it refuses, it refuses in one line.
#pragma once

#include <cstdlib>
#include <string>

namespace memo::fuzz {

// Aborts if `result` is an error that says nothing, or more than a line.
template <class Result>
void look_at(const Result& result) {
    if (!result && (result.error().empty() || result.error().find('\n') != std::string::npos)) std::abort();
}

}  // namespace memo::fuzz
