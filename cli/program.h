// Finding the program that a command is to start, and telling beforehand whether a preloaded library will
// reach it.
#pragma once

#include "common/result.h"

#include <cstdint>
#include <string>

namespace memo::cli {

struct Program {
    std::string path;       // what to execute
    std::string unreached;  // empty, or why the loader will not preload into it, as the end of "PROGRAM ..."
};

// Looks `name` up as a shell would: in PATH unless it has a slash. Follows `#!` lines to the interpreter that
// will really run. The error is one line: no such program, a directory, not executable.
//
// A program is unreached if it (or its interpreter) is statically linked, made for another kind of processor,
// or would run with more privileges than its caller's: setuid, setgid or with file capabilities. Those bits
// count whoever asks, so that a script behaves for root as for anybody else.
[[nodiscard]] Result<Program> find_program(const std::string& name);

}  // namespace memo::cli
