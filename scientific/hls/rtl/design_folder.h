// The folder of a design: its SystemVerilog, its tables, a testbench, and network.json, which says what it
// is.
#pragma once

#include "common/result.h"
#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/rtl/program.h"

#include <filesystem>
#include <string>
#include <vector>

namespace memo::hls {

// Operators, machine, drivers and the exponential's table. Makes the folder. Empty, or what went wrong.
[[nodiscard]] std::string write_sources(const std::filesystem::path& folder, const Arithmetic& arithmetic);

// That, and network.sv, program.hex and testbench.sv. The top module is `network`: the machine with its
// parameters.
[[nodiscard]] std::string write_design(const std::filesystem::path& folder, const MachineProgram& program,
                                       const Arithmetic& arithmetic);

}  // namespace memo::hls
