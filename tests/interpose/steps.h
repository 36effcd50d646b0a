// Stepping through a program's operations, instruction by instruction: what the allocator executes for each
// is counted exactly, the same on every run and every machine, where times are not.
//
// The program marks each operation by a breakpoint (int3) before it and one after.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace memo::test {

struct Operation {
    long instructions = 0;  // executed in the library
    long calls = 0;         // of them, calls; and so on
    long locks = 0;         // lock prefixes, and exchanges with memory, which lock by themselves
    long divisions = 0;
};

// Runs `command` as `run` does (child.h) and steps through its operations; `library`: path of the one whose
// instructions count. Nothing if this process may not trace another.
[[nodiscard]] std::optional<std::vector<Operation>> step(const std::vector<std::string>& command,
                                                         const std::vector<std::string>& environment,
                                                         const std::string& library);

}  // namespace memo::test
