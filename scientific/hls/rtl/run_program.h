// Runs other people's programs: simulators and synthesis. Thread safety: calls do not share anything.
#pragma once

#include "common/result.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace memo::hls {

// Called about five times a second with the seconds gone by.
using Progress = std::function<void(double seconds)>;

struct Ran {
    double seconds = 0;      // by the clock
    double cpu_seconds = 0;  // of the program and its children
    double peak_mib = 0;     // the largest resident set of one of these processes
};

// True if the program is found in PATH.
[[nodiscard]] bool has_program(const std::string& name);

// Runs `arguments` in `folder`, with its output in the file `log` (in folder). Errors: the program is missing
// ("… install verilator"), does not end with 0 (names the log and quotes its first error line), or the disk
// is full.
[[nodiscard]] Result<Ran> run_program(const std::filesystem::path& folder,
                                      const std::vector<std::string>& arguments, const std::string& log,
                                      const Progress& progress = {});

}  // namespace memo::hls
