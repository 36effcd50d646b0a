// memo trace --attach: records a stretch of a process that is already running.
#pragma once

#include "cli/command.h"

#include <cstdint>
#include <string>

namespace memo::cli {

struct Attachment {
    std::uint32_t process = 0;
    double seconds = 0;  // 0: until Ctrl-C
    std::string output;  // where to copy the trace to; empty: it stays where the process writes it
};

// Switches recording on, waits, switches it off again and says where the trace is; an exit code.
[[nodiscard]] int attach(const Attachment& what, const Style& style);

}  // namespace memo::cli
