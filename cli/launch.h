// Starting a program as `env` would, with a library preloaded, and waiting for it as a shell would.
//
// Signals: what the terminal sends (Ctrl-C) reaches the program by itself, and memo waits on; what is sent to
// memo alone is passed on to the program. Either way memo ends after the program, with its exit code. Thread
// safety: none; one program at a time.
#pragma once

#include "common/result.h"

#include <sys/resource.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace memo::cli {

struct Launch {
    std::string path;                    // what to execute
    std::vector<std::string> arguments;  // argv, the program's own name first
    std::string preload;                 // goes in front of what LD_PRELOAD holds already; empty: nothing
    // Variables to set, or to unset where there is no value.
    std::vector<std::pair<std::string, std::optional<std::string>>> environment;
    bool mark_root =
        false;  // MEMO_ROOT_PID: the program is the process the user started, its children are not
    bool discard_output = false;  // stdout goes to /dev/null
};

// How it went. Times in milliseconds; `usage` is the program's and its waited-for children's.
struct Ended {
    int status = 0;  // as wait(2) gives it
    double wall_ms = 0;
    rusage usage = {};

    [[nodiscard]] int exit_code() const;  // 128 + N where signal N killed it
    [[nodiscard]] double cpu_ms() const;
    [[nodiscard]] std::uint64_t faults() const;
};

// The error is one line: the program could not be started.
[[nodiscard]] Result<Ended> launch(const Launch& what);

// How an exit code reads: "exit code 3", "signal 11 (Segmentation fault)".
[[nodiscard]] std::string describe_end(const Ended& ended);

}  // namespace memo::cli
