// Reading the memory of another process that goes on running meanwhile: nothing is stopped, and nothing that
// is read can be trusted to be whole, or to be there a moment later. Thread safety: none.
#pragma once

#include "common/result.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace memo::cli {

class ProcessMemory {
  public:
    explicit ProcessMemory(pid_t process) : process_(process) {}

    // All of the bytes, or false: not mapped, ended, or not allowed.
    [[nodiscard]] bool read(std::uint64_t address, void* into, std::size_t bytes) const;

    template <class T>
    [[nodiscard]] std::optional<T> read(std::uint64_t address) const {
        T value;
        if (!read(address, &value, sizeof value)) return std::nullopt;
        return value;
    }

    // The zero-terminated text at `address`, at most `most` bytes of it; empty if it cannot be read.
    [[nodiscard]] std::string text(std::uint64_t address, std::size_t most) const;

    // The address of the exported symbol of that name in whichever module of the process has it; 0: none has.
    // The modules are looked through in memory, so it matters neither what their files are called now nor
    // whether they are still there. The error is one line: there is no such process, it has ended, or it may
    // not be read.
    [[nodiscard]] Result<std::uint64_t> find_symbol(const std::string& name) const;

    // Whether the process is still there (and not just waited for).
    [[nodiscard]] bool is_running() const;

  private:
    [[nodiscard]] std::uint64_t symbol_of_module(std::uint64_t base, const std::string& name) const;

    pid_t process_;
};

}  // namespace memo::cli
