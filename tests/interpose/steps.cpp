// Stepping by ptrace, and as much of x86-64's encoding as tells what must not be on a planned path
// (tests/interpose/steps.h).
#include "steps.h"

#include "child.h"

#include <catch2/catch.hpp>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace memo::test {

namespace {

constexpr std::uint8_t kBreakpoint = 0xcc;
constexpr int kMayNotTrace = 117;  // exit code of the child then

struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

// Where the library's code lies in the process.
[[nodiscard]] Range code_of(pid_t process, const std::string& library) {
    const std::string wanted = std::filesystem::canonical(library);
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        Range range;
        char dash = 0;
        std::string rights, offset, device, inode, path;
        words >> std::hex >> range.begin >> dash >> range.end >> rights >> offset >> device >> inode >> path;
        if (path == wanted && rights.find('x') != std::string::npos) return range;
    }
    return {};
}

// Eight bytes of an instruction are all that has to be looked at.
[[nodiscard]] std::uint64_t bytes_at(pid_t process, std::uint64_t address) {
    return static_cast<std::uint64_t>(ptrace(PTRACE_PEEKTEXT, process, address, nullptr));
}

void count(std::uint64_t bytes, Operation& operation) {
    ++operation.instructions;
    std::uint8_t byte[8];
    std::memcpy(byte, &bytes, sizeof byte);
    unsigned at = 0;
    bool locked = false;
    const auto is_prefix = [](std::uint8_t b) {
        return b == 0xf0 || b == 0xf2 || b == 0xf3 || b == 0x66 || b == 0x67 || b == 0x2e || b == 0x36 ||
               b == 0x3e || b == 0x26 || b == 0x64 || b == 0x65;
    };
    for (; at < 4 && is_prefix(byte[at]); ++at) locked = locked || byte[at] == 0xf0;
    if ((byte[at] & 0xf0) == 0x40) ++at;  // REX
    const std::uint8_t code = byte[at];
    const unsigned extension = byte[at + 1] >> 3 & 7;  // the middle of the ModRM byte
    const bool in_memory = byte[at + 1] >> 6 != 3;
    const bool exchange = (code == 0x86 || code == 0x87) && in_memory;
    operation.locks += locked || exchange ? 1 : 0;
    operation.calls += code == 0xe8 || (code == 0xff && (extension == 2 || extension == 3)) ? 1 : 0;
    operation.divisions += (code == 0xf6 || code == 0xf7) && extension >= 6 ? 1 : 0;
}

// Whether the process stopped at a trap of its own or ours; everything else goes on to it or has ended it.
[[nodiscard]] bool stopped(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) == process && WIFSTOPPED(status)) {
        if (WSTOPSIG(status) == SIGTRAP) return true;
        ptrace(PTRACE_CONT, process, nullptr, WSTOPSIG(status));
    }
    CHECK(WIFEXITED(status));
    return false;
}

[[nodiscard]] std::uint64_t instruction_pointer(pid_t process) {
    user_regs_struct registers{};
    REQUIRE(ptrace(PTRACE_GETREGS, process, nullptr, &registers) == 0);
    return registers.rip;
}

// From behind one breakpoint to the next, which is left to be met.
[[nodiscard]] Operation step_through(pid_t process, const Range& code) {
    Operation operation;
    while (true) {
        const std::uint64_t at = instruction_pointer(process);
        const std::uint64_t bytes = bytes_at(process, at);
        if ((bytes & 0xff) == kBreakpoint) return operation;
        if (at >= code.begin && at < code.end) count(bytes, operation);
        REQUIRE(ptrace(PTRACE_SINGLESTEP, process, nullptr, nullptr) == 0);
        REQUIRE(stopped(process));
    }
}

}  // namespace

std::optional<std::vector<Operation>> step(const std::vector<std::string>& command,
                                           const std::vector<std::string>& environment,
                                           const std::string& library) {
    const std::vector<std::string> variables = full_environment(environment);
    const std::vector<char*> arguments = pointers(command);
    const std::vector<char*> entries = pointers(variables);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(kSecondsToRun);
        if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kMayNotTrace);
        execve(arguments[0], arguments.data(), entries.data());
        _exit(127);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
        REQUIRE(WEXITSTATUS(status) == kMayNotTrace);
        return std::nullopt;
    }
    ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL);
    std::vector<Operation> operations;
    Range code;
    for (bool inside = false;; inside = !inside) {
        ptrace(PTRACE_CONT, child, nullptr, nullptr);
        if (!stopped(child)) return operations;
        if (inside) continue;
        if (code.end == 0) code = code_of(child, library);
        operations.push_back(step_through(child, code));
    }
}

}  // namespace memo::test
