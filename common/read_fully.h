// Reading from a descriptor until there are as many bytes as wanted: one read may bring fewer, or be
// interrupted. Thread safety: any, of different descriptors or places.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace memo {

// As many bytes as come before the file's end, up to `count`; -1 with errno on an error. `at` is where to
// read; none: where the descriptor stands, which is all that a pipe offers.
[[nodiscard]] inline ssize_t read_fully(int file, void* into, std::size_t count,
                                        std::optional<std::uint64_t> at = std::nullopt) {
    auto* const bytes = static_cast<std::uint8_t*>(into);
    std::size_t have = 0;
    while (have < count) {
        const ssize_t got = at ? pread(file, bytes + have, count - have, static_cast<off_t>(*at + have))
                               : read(file, bytes + have, count - have);
        if (got == 0) break;
        if (got > 0) {
            have += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return static_cast<ssize_t>(have);
}

}  // namespace memo
