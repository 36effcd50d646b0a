// Do hardware, model and network agree? The hardware must give the model's words bit for bit; the model is
// beside real numbers as close as its format allows, which the caller judges. Thread safety: pure functions.
#pragma once

#include "scientific/hls/rtl/hardware_design.h"

#include <cstdint>
#include <string>

namespace memo::hls {

struct Agreement {
    std::string vectors;  // what the samples were
    std::uint64_t samples = 0;
    std::uint64_t words = 0;      // results compared
    std::uint64_t different = 0;  // hardware against model
    std::string first_difference;
    double error_rms =
        0;  // of the model against real numbers, relative to their root mean square; NaN counts as 1
    double error_most = 0;  // largest, absolute
    SimulatorRun run;
};

// Uniform in [-1, 1), the same for the same seed.
[[nodiscard]] Numbers random_samples(std::size_t numbers, std::uint64_t seed);

// `expected`: what another program, such as LibTorch, computed; empty: the graph in double precision.
[[nodiscard]] Result<Agreement> compare(const HardwareDesign& design, const Numbers& samples,
                                        const Numbers& expected, const Progress& progress);

}  // namespace memo::hls
