// Writing from inside malloc: one line on stderr, formatted in place, written with one system call, errno
// kept; and all of a buffer to a file.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace memo {

// "memomalloc: " + the text + newline; longer lines are cut. `format` as for printf, integers and strings
// only (those need no memory).
template <class... Arguments>
void say(const char* format, Arguments... arguments) {
    const int saved_errno = errno;
    char line[512] = "memomalloc: ";
    const std::size_t prefix = std::strlen(line);
    const std::size_t room = sizeof line - prefix - 1;
    int length = 0;
    if constexpr (sizeof...(arguments) == 0) {
        length = std::snprintf(line + prefix, room, "%s", format);
    } else {
        length = std::snprintf(line + prefix, room, format,
                               arguments...);  // NOLINT(clang-diagnostic-format-security)
    }
    std::size_t end = prefix + (length < 0 ? 0 : static_cast<std::size_t>(length));
    if (end > sizeof line - 2) end = sizeof line - 2;
    line[end] = '\n';
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, end + 1);
    errno = saved_errno;
}

// False if not all could be written; errno says why.
inline bool write_all(int file, const char* bytes, std::size_t count) {
    while (count != 0) {
        const ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
    return true;
}

}  // namespace memo
