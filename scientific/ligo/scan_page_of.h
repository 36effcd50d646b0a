// The page of a scan (strain/page/). Thread safety: that of the scanner.
#pragma once

#include "scientific/ligo/scanner.h"

#include <string>
#include <vector>

namespace memo::ligo {

// Scans the pairs that it shows once more: those with the highest candidates, or else the first. `problems`
// are told among the notes.
[[nodiscard]] std::string page_of(const std::vector<ScanRow>& rows, const std::vector<std::string>& problems,
                                  Scanner& scanner);

}  // namespace memo::ligo
