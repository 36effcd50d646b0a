// The page: HTML, style and scripts of cli/report/page/, built into the program, with the data between them.
// Thread safety: pure function, but for the file written.
#pragma once

#include "cli/json.h"
#include "cli/whole_file.h"

#include <string>

namespace memo::cli {

void write_page(const std::string& title, const Json& data, WholeFile& out);

}  // namespace memo::cli
