// Writing whole files (write_file.h).
#include "scientific/imaging/write_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace memo::imaging {

std::optional<Error> write_file(const std::string& path, std::span<const char> bytes) {
    std::error_code ignored;
    const bool in_place =
        std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored);
    const std::string name = in_place ? path : path + ".part" + std::to_string(getpid());
    const auto failed = [&]() -> std::optional<Error> {
        const std::string reason = std::strerror(errno);
        if (!in_place) static_cast<void>(std::remove(name.c_str()));
        return Error{path + ": " + reason};
    };
    FILE* const file = std::fopen(name.c_str(), "wbe");
    if (file == nullptr) return failed();
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    const int write_error = errno;
    if (std::fclose(file) != 0 || !written) {
        if (!written) errno = write_error;
        return failed();
    }
    if (!in_place && std::rename(name.c_str(), path.c_str()) != 0) return failed();
    return std::nullopt;
}

}  // namespace memo::imaging
