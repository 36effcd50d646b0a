// Hardware under Verilator: building a simulator from a folder of SystemVerilog, and feeding it words.
#pragma once

#include "common/result.h"
#include "scientific/hls/arithmetic/format.h"
#include "scientific/hls/rtl/run_program.h"

#include <filesystem>
#include <string>
#include <vector>

namespace memo::hls {

struct BuildOptions {
    std::string top;                      // module and file; the simulator is build/V<prefix>
    std::string prefix;                   // the class is V<prefix>
    std::string driver;                   // the .cc file that has `main`
    std::vector<std::string> parameters;  // NAME=VALUE of the top module
    std::vector<std::string> sources;  // other files, for modules that do not lie in `folder` by their name
    bool optimise = true;  // false: compiles a large design in minutes that it would otherwise take hours for
    unsigned jobs = 1;
};

// Builds folder/build/V<prefix>; the log is folder/build.log.
[[nodiscard]] Result<Ran> build_simulator(const std::filesystem::path& folder, const BuildOptions& options,
                                          const Progress& progress = {});

// Whole files of 64-bit words. Errors name the file: missing, not a multiple of 8 bytes, disk full.
[[nodiscard]] Result<std::vector<Word>> read_words(const std::filesystem::path& file);
[[nodiscard]] std::string write_words(const std::filesystem::path& file, const std::vector<Word>& words);
// Text likewise; empty, or what went wrong.
[[nodiscard]] std::string write_text(const std::filesystem::path& file, std::string_view text);

}  // namespace memo::hls
