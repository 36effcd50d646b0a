// A compiled design as hardware: the folder of its SystemVerilog, its simulator, and what both answer. The
// hardware lies in DESIGN/hardware, beside what `hls compile` wrote, or OpenHLS (openhls_design.h), whose RTL
// then takes the place of ours; of its `compiled` and `program` there is only what openhls_design.h says.
// Thread safety: one thread an object; two objects must not share a folder.
#pragma once

#include "common/result.h"
#include "scientific/hls/compile.h"
#include "scientific/hls/model/functional.h"
#include "scientific/hls/rtl/openhls_design.h"
#include "scientific/hls/rtl/program.h"
#include "scientific/hls/rtl/run_program.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace memo::hls {

// One number after the other, `graph.inputs` a sample, or `outputs` a result.
using Numbers = std::vector<double>;

struct SimulatorRun {
    std::vector<Word> results;  // in the order of the network's outputs
    std::uint64_t samples = 0;
    std::uint64_t cycles = 0;  // simulated in all
    std::uint64_t latency =
        0;                // from the cycle after a sample was taken to the one with its result; measured
    double interval = 0;  // between results; measured, 0 for a single sample
    double seconds = 0;   // that the simulation took
};

class HardwareDesign {
  public:
    // Compiles what is in `folder` and makes its program, or reads what OpenHLS wrote; `format` is that of
    // the latter's numbers, empty: as its files say. Nothing is written.
    [[nodiscard]] static Result<HardwareDesign> open(const std::filesystem::path& folder,
                                                     std::string_view format = {});

    // Writes the SystemVerilog and its tables. Empty, or what went wrong.
    [[nodiscard]] std::string write() const;
    // That, and builds the simulator, unless it is there and the program has not changed.
    [[nodiscard]] Result<Ran> build(unsigned jobs, const Progress& progress);
    [[nodiscard]] Result<SimulatorRun> simulate(const std::vector<Word>& samples,
                                                const Progress& progress) const;

    [[nodiscard]] const Compiled& compiled() const { return openhls_ ? openhls_->compiled : *compiled_; }
    // Null: `hls compile` wrote it.
    [[nodiscard]] const OpenHlsDesign* openhls() const { return openhls_.get(); }
    [[nodiscard]] Rules rules() const { return openhls_ ? Rules::openhls : Rules::hls; }
    // Files that simulators need beside those in hardware().
    [[nodiscard]] std::vector<std::string> sources() const;
    [[nodiscard]] const Arithmetic& arithmetic() const { return *arithmetic_; }
    [[nodiscard]] const MachineProgram& program() const { return program_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::filesystem::path hardware() const { return folder_ / "hardware"; }
    // Bits of the instruction table.
    [[nodiscard]] std::uint64_t program_bits() const;

  private:
    HardwareDesign() = default;

    std::filesystem::path folder_;
    std::unique_ptr<Compiled> compiled_;      // programs and models refer to its graph
    std::unique_ptr<OpenHlsDesign> openhls_;  // one of both
    std::unique_ptr<Arithmetic> arithmetic_;
    MachineProgram program_;
};

}  // namespace memo::hls
