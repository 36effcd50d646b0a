// The statistics of a running process under libmemomalloc.so, read out of its memory by way of the symbol
// memo_live (allocator/live.h). The process takes no part in it and may change everything meanwhile: what is
// read is at most old, or not whole, and every number and address in it is checked before it is used.
#pragma once

#include "allocator/live.h"
#include "allocator/statistics.h"
#include "cli/process_memory.h"
#include "common/result.h"

#include <string>

namespace memo::cli {

class LiveReader {
  public:
    // The error is one line that says what to do: no such process, not under our library, under that of
    // another version, or not to be read.
    [[nodiscard]] static Result<LiveReader> open(pid_t process);

    // What the process has done so far; nothing if it has ended. Its texts live until the next call.
    [[nodiscard]] const Statistics* read();

  private:
    LiveReader(pid_t process, const LiveRoot& root) : process_(process), memory_(process), root_(root) {}

    [[nodiscard]] PlanStatistics read_plan(const LivePlan& plan) const;

    pid_t process_;
    ProcessMemory memory_;
    LiveRoot root_;
    Statistics statistics_;
    std::string plan_;
    std::string state_;
    std::string next_;
};

}  // namespace memo::cli
