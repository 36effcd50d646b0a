// What files can be read without harm (file_probe.h).
#include "scientific/ligo/strain/file_probe.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace memo::ligo {

namespace {

// What the other process says of a file: this, then the text, which is the detector or the error.
struct Message {
    std::uint32_t ok = 0;
    std::uint32_t length = 0;
    double gps_start = 0;
    double rate = 0;
    std::uint64_t samples = 0;
};

[[nodiscard]] bool send(int to, const void* bytes, std::size_t count) {
    const char* from = static_cast<const char*>(bytes);
    while (count > 0) {
        const ssize_t done = write(to, from, count);
        if (done <= 0) return false;
        from += done;
        count -= static_cast<std::size_t>(done);
    }
    return true;
}

[[nodiscard]] bool receive(int from, void* bytes, std::size_t count) {
    char* to = static_cast<char*>(bytes);
    while (count > 0) {
        const ssize_t got = ::read(from, to, count);
        if (got <= 0) return false;
        to += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

// The other process: all files from the first on.
void tell(int to, const std::vector<std::string>& paths, std::size_t first, ReadHeader read) {
    for (std::size_t i = first; i < paths.size(); ++i) {
        const Result<StrainHeader> header = read(paths[i]);
        const std::string& text = header ? header->detector : header.error();
        Message message;
        message.length = static_cast<std::uint32_t>(text.size());
        if (header) message = {1, message.length, header->gps_start, header->rate, header->samples};
        if (!send(to, &message, sizeof message) || !send(to, text.data(), text.size())) return;
    }
}

[[nodiscard]] std::optional<Result<StrainHeader>> hear(int from) {
    Message message;
    if (!receive(from, &message, sizeof message)) return std::nullopt;
    std::string text(message.length, '\0');
    if (!receive(from, text.data(), text.size())) return std::nullopt;
    if (message.ok == 0) return Result<StrainHeader>(Error{text});
    return Result<StrainHeader>(StrainHeader{text, message.gps_start, message.rate, message.samples});
}

}  // namespace

std::vector<Result<StrainHeader>> probe_strain_files(const std::vector<std::string>& paths, ReadHeader read) {
    std::vector<Result<StrainHeader>> headers;
    while (headers.size() < paths.size()) {
        int ends[2] = {-1, -1};
        const pid_t child = pipe(ends) == 0 ? fork() : -1;
        if (child < 0) {  // no process to spare: in this one, then
            if (ends[0] >= 0) {
                close(ends[0]);
                close(ends[1]);
            }
            headers.push_back(read(paths[headers.size()]));
            continue;
        }
        if (child == 0) {
            close(ends[0]);
            tell(ends[1], paths, headers.size(), read);
            _exit(0);
        }
        close(ends[1]);
        while (auto header = hear(ends[0])) headers.push_back(*std::move(header));
        close(ends[0]);
        waitpid(child, nullptr, 0);
        if (headers.size() < paths.size())
            headers.emplace_back(
                Error{paths[headers.size()] +
                      ": the HDF5 file is damaged: the library that reads it crashes on it"});
    }
    return headers;
}

}  // namespace memo::ligo
