// A running process with the tracer in it, seen from outside: what its environment asked of the tracer, and
// the signal that switches recording. Nothing of the process is touched, and no right to debug it is needed.
// Thread safety: none.
#pragma once

#include "common/result.h"

#include <sys/types.h>

#include <string>

namespace memo::cli {

class TracedProcess {
  public:
    // The error is one line: there is no such process, it has ended, it is not ours to look at, it has no
    // tracer, its tracer listens to no signal, or it is of another version.
    [[nodiscard]] static Result<TracedProcess> find(pid_t process);

    // Has recording switched on or off; false if the process has ended. Nothing happens if it is so already.
    [[nodiscard]] bool switch_recording(bool on) const;
    [[nodiscard]] bool is_running() const;

    // Its trace if it has one, else an empty path.
    [[nodiscard]] std::string trace() const;
    // Where it was told to write; other processes of the same run append their ids.
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    TracedProcess(pid_t process, int signal, std::string file)
        : process_(process), signal_(signal), file_(std::move(file)) {}

    pid_t process_;
    int signal_;
    std::string file_;
};

}  // namespace memo::cli
