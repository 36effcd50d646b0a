// How much memory a process has, as the kernel counts it. No malloc, no stdio: for signal handlers too.
// Thread safety: all functions.
#pragma once

#include <cstdint>

namespace memo {

struct MemoryUse {
    std::uint64_t resident = 0;       // bytes; 0 where the kernel does not say
    std::uint64_t resident_peak = 0;  // bytes
};

// `status_file`: "/proc/self/status", or another process's. Keeps errno.
[[nodiscard]] MemoryUse read_memory_use(const char* status_file);

}  // namespace memo
