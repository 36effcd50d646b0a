// The same hardware under Icarus Verilog, with a testbench in SystemVerilog. Thread safety: calls must not
// share a design's folder.
#pragma once

#include "scientific/hls/rtl/hardware_design.h"

namespace memo::hls {

// Words of the results that are not the model's. The design must have been written (HardwareDesign::write or
// build).
[[nodiscard]] Result<std::uint64_t> count_icarus_differences(const HardwareDesign& design,
                                                             const Numbers& samples,
                                                             const Progress& progress);

}  // namespace memo::hls
