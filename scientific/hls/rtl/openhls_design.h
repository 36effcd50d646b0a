// A directory that OpenHLS wrote, as a design of the harness. Followed is the layout of its commit 04ddcda
// (March 2024): NAME.rewritten.sched.mlir (or NAME.sched.mlir), NAME.sv, the cores flopoco_*.sv, and
// clock.xdc. Its top module has a port a number and no handshake: a wrapper, network.sv, makes a network of
// the harness of it, which takes a sample and gives a result every pass of the state machine. Cores that are
// not there as SystemVerilog are replaced by operators of our own with the same ports and cycles.
//
// Its numbers: weights are either inputs like any others, or registers with a value, which the schedule has
// as arguments; these become constants here. Thread safety: calls must not share a folder.
#pragma once

#include "common/result.h"
#include "scientific/hls/compile.h"
#include "scientific/hls/graph/openhls.h"
#include "scientific/hls/graph/openhls_module.h"
#include "scientific/hls/rtl/program.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace memo::hls {

struct OpenHlsCore {
    std::string name;          // fadd, fmul, …
    std::size_t count = 0;     // instances; 0: a part of another core
    std::uint32_t cycles = 0;  // with the register in front of it
    std::string file;          // in the design's folder; empty: our own
};

struct OpenHlsDesign {
    OpenHlsModule module;
    std::filesystem::path source;    // NAME.sv
    std::filesystem::path schedule;  // NAME.rewritten.sched.mlir
    std::vector<std::string>
        inputs;  // ports, in the order of a sample: arrays by name, their numbers by index
    std::vector<OpenHlsCore> cores;
    std::vector<std::string> rows;  // of the picture: "fadd (0, 1)", by Schedule::elements
    std::size_t elements = 0;       // its processing elements
    std::size_t constants = 0;      // weights in registers
    std::string fault;              // of the schedule; empty: none
    Compiled compiled;              // what the harness needs of it: network.name, options, graph, schedule
    MachineShape shape;             // likewise: format, interval, latency, elements, inputs, outputs
    std::vector<std::uint32_t> result_of;  // by position in Graph::outputs: number of the port
};

// Whether a folder has a schedule of OpenHLS and none of our designs.
[[nodiscard]] bool is_openhls_folder(const std::filesystem::path& folder);

// `format`: empty: as the names of the cores' files say. The error names the file that is missing or wrong.
[[nodiscard]] Result<OpenHlsDesign> open_openhls(const std::filesystem::path& folder,
                                                 std::string_view format);

// Sources, wrapper and our cores, into folder/hardware. Empty, or what went wrong.
[[nodiscard]] std::string write_openhls(const OpenHlsDesign& design, const std::filesystem::path& hardware);

// The files beside network.sv that simulators compile, as seen from folder/hardware.
[[nodiscard]] std::vector<std::string> sources_of(const OpenHlsDesign& design);

// All that a simulator is made of, so that it is known when it is old.
[[nodiscard]] Result<std::string> fingerprint_of(const OpenHlsDesign& design);

}  // namespace memo::hls
