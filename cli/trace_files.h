// The files that traced processes write: which belong to one `memo trace`, and how they are listed.
#pragma once

#include "cli/command.h"
#include "common/result.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo::cli {

struct WrittenTrace {
    std::string path;
    std::uint64_t bytes = 0;
};

// The traces of one `memo trace`: FILE, and FILE.<pid> of its other processes, largest first. Files that only
// happen to have such a name are no traces, and are left alone.
[[nodiscard]] std::vector<WrittenTrace> trace_files(const std::string& path);

// The process that a trace is of, from its first bytes; nothing if it does not say.
[[nodiscard]] std::optional<pid_t> process_of_trace(const std::string& path);

// Removes the traces of an earlier run and makes sure that a new one can be written.
[[nodiscard]] std::optional<Error> make_room(const std::string& path);

// A path as the user would write it: relative where the file lies below the working directory.
[[nodiscard]] std::string shown_path(const std::string& path, const std::string& asked_for);

// Says which traces there are, for a person or as JSON.
void list_traces(const std::vector<WrittenTrace>& files, const std::string& asked_for, const Style& style,
                 int exit_code);

}  // namespace memo::cli
