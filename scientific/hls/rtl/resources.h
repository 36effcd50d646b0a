// What blocks cost in logic, by yosys and nextpnr. Thread safety: calls must not share a folder.
#pragma once

#include "common/result.h"
#include "scientific/hls/rtl/run_program.h"

#include <filesystem>
#include <map>
#include <string>

namespace memo::hls {

using CellCounts = std::map<std::string, std::uint64_t>;  // by the family's name of the cell

struct BlockResources {
    std::string module;
    CellCounts ice40;       // iCE40: SB_LUT4, SB_CARRY, SB_DFF…
    CellCounts ultrascale;  // Xilinx UltraScale+: LUT1…LUT6, FDRE, DSP48E2, CARRY8…
    bool placed = false;    // it fits an iCE40 HX8K, with its pins
    double megahertz = 0;   // there, by nextpnr; 0: not placed, or no path from register to register
};

// Sums over cells whose name begins with one of the family's names for look-up tables and for flip-flops.
[[nodiscard]] std::uint64_t count_luts(const CellCounts& cells);
[[nodiscard]] std::uint64_t count_flip_flops(const CellCounts& cells);

// `folder` has the SystemVerilog (write_sources), `sources` says which of it; `parameters` as "NAME VALUE
// NAME VALUE…" of the module.
[[nodiscard]] Result<BlockResources> synthesise(const std::filesystem::path& folder,
                                                const std::string& sources, const std::string& module,
                                                const std::map<std::string, std::string>& parameters,
                                                const Progress& progress);

}  // namespace memo::hls
