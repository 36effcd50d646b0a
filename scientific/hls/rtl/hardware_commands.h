// The commands of `hls` that make hardware and judge it: build, check, bench and operators.
#pragma once

#include <CLI/CLI.hpp>

namespace memo::hls {

// Adds them to `app`. A chosen one runs while the command line is parsed and leaves its exit code in
// `status`: 0 done, 1 hardware and model differ or an error is larger than the tolerance, 2 what was asked
// for cannot be done.
void add_hardware_commands(CLI::App& app, int& status);

}  // namespace memo::hls
