// What build, check and bench found, as a table and as JSON. Thread safety: pure functions.
#pragma once

#include "scientific/hls/rtl/agreement.h"
#include "scientific/hls/rtl/hardware_design.h"
#include "scientific/hls/rtl/resources.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace memo::hls {

struct DesignReport {
    Ran build;  // all 0: the simulator was there
    std::vector<Agreement> agreements;
    double tolerance = 0;
    std::vector<BlockResources> blocks;  // one a kind of element; none without synthesis
    std::string picture;
};

// A rule of thumb, stated in every table: 4 units in the last place of a number near 1, at least 1 %. Sums of
// many products of mixed signs round more than that at 3 or 4 fraction bits; networks that do say so by
// --tolerance.
[[nodiscard]] double default_tolerance(const Format& format);

// Synthesises each kind of element that the design has.
[[nodiscard]] Result<std::vector<BlockResources>> synthesise_blocks(const HardwareDesign& design,
                                                                    const Progress& progress);

[[nodiscard]] std::string table_of(const HardwareDesign& design, const DesignReport& report);
[[nodiscard]] nlohmann::json json_of(const HardwareDesign& design, const DesignReport& report);
[[nodiscard]] nlohmann::json json_of(const HardwareDesign& design, const Ran& build);

}  // namespace memo::hls
