// Reading /proc/PID/status (allocator/memory_use.h). Its lines may be of any length (a user in thousands of
// groups), so it is read byte by byte out of a small buffer, and only the beginning of a line is kept.
#include "allocator/memory_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace memo {

namespace {

// The bytes that a line "NAME:   123 kB" says; `otherwise` if it is another line.
[[nodiscard]] std::uint64_t value_of(const char* line, const char* name, std::uint64_t otherwise) {
    const std::size_t length = std::strlen(name);
    if (std::strncmp(line, name, length) != 0) return otherwise;
    std::uint64_t kilobytes = 0;
    for (const char* at = line + length; *at != '\0'; ++at) {
        if (*at >= '0' && *at <= '9') kilobytes = kilobytes * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    return kilobytes * 1024;
}

}  // namespace

MemoryUse read_memory_use(const char* status_file) {
    const int saved_errno = errno;
    MemoryUse use;
    const int file = open(status_file, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno = saved_errno, use;
    char line[64] = {};
    std::size_t length = 0;
    char chunk[256];
    while (true) {
        const ssize_t got = read(file, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (ssize_t k = 0; k < got; ++k) {
            if (chunk[k] != '\n') {
                if (length < sizeof line - 1) line[length++] = chunk[k];
                continue;
            }
            line[length] = '\0';
            length = 0;
            use.resident = value_of(line, "VmRSS:", use.resident);
            use.resident_peak = value_of(line, "VmHWM:", use.resident_peak);
        }
    }
    close(file);
    errno = saved_errno;
    return use;
}

}  // namespace memo
