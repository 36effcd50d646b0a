// Writing whole files (cli/whole_file.h).
#include "cli/whole_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace memo::cli {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;

[[nodiscard]] Error errno_line(const std::string& path) {
    return {path + ": " + std::strerror(errno)};
}

[[nodiscard]] bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

// The file mode that a new file gets, which mkostemp does not give it.
[[nodiscard]] mode_t default_mode() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

}  // namespace

Result<WholeFile> WholeFile::create(const std::string& path) {
    struct stat status = {};
    const bool exists = stat(path.c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) return Error{path + ": is a directory"};
    if (exists && !S_ISREG(status.st_mode)) {
        WholeFile file(path, open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (file.file_.get() < 0) return errno_line(path);
        return file;
    }
    // A symbolic link stays one: what it points to is replaced.
    std::error_code error;
    const std::filesystem::path target =
        exists ? std::filesystem::canonical(path, error) : std::filesystem::path(path);
    std::string temporary =
        (target.parent_path() / fmt::format(".{}.XXXXXX", target.filename().string())).string();
    WholeFile file(path, mkostemp(temporary.data(), O_CLOEXEC));
    if (file.file_.get() < 0) return errno_line(path);
    file.temporary_ = std::move(temporary);
    file.target_ = target.string();
    file.mode_ = exists ? status.st_mode & 07777 : default_mode();
    return file;
}

WholeFile WholeFile::standard_output() {
    return {"standard output", dup(STDOUT_FILENO)};
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, {})),
      target_(std::move(other.target_)),
      mode_(other.mode_),
      buffer_(std::move(other.buffer_)),
      error_(std::move(other.error_)) {}

WholeFile::~WholeFile() {
    if (!temporary_.empty()) unlink(temporary_.c_str());
}

void WholeFile::flush() {
    if (!error_ && !write_all(file_.get(), buffer_)) error_ = errno_line(path_);
    buffer_.clear();
}

void WholeFile::write(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= kBufferBytes) flush();
}

std::optional<Error> WholeFile::finish() {
    flush();
    if (error_) return error_;
    if (temporary_.empty()) return file_.finish() ? std::nullopt : std::optional(errno_line(path_));
    if (fsync(file_.get()) != 0 || fchmod(file_.get(), mode_) != 0 || !file_.finish() ||
        rename(temporary_.c_str(), target_.c_str()) != 0) {
        return errno_line(path_);
    }
    temporary_.clear();
    return std::nullopt;
}

}  // namespace memo::cli
