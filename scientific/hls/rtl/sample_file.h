// Samples, or results, as text: one a line, its numbers separated by spaces, tabs or commas. Empty lines and
// lines that begin with # are skipped. Thread safety: pure function.
#pragma once

#include "common/result.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace memo::hls {

// Every line must have `numbers` numbers, all finite. The error says which line has not.
[[nodiscard]] Result<std::vector<double>> parse_samples(std::string_view text, std::size_t numbers);

}  // namespace memo::hls
