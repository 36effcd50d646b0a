// Writing the trace file (tracer/output.h). Raw system calls: the C library's write is a cancellation point,
// and a program may have its own.
#include "tracer/output.h"

#include "common/trace_encode.h"
#include "tracer/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace memo::tracer {
namespace {

constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC;
constexpr int kMode = 0644;
constexpr int kHighNumber = 1000;

int raw_open(const char* path, int flags) {
    const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, kMode));
    if (fd < 0) return fd;
    // Away from the small numbers, which another thread may be counting on or closing in bulk.
    const int high = fcntl(fd, F_DUPFD_CLOEXEC, kHighNumber);
    if (high < 0) return fd;
    syscall(SYS_close, fd);
    return high;
}

// The trace file while it is open. Keeps errno as it was when the block was left.
struct File {
    explicit File(int number) : fd(number) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        const int error = errno;
        if (fd >= 0) syscall(SYS_close, fd);
        errno = error;
    }
    const int fd;
};

// A refused write beyond RLIMIT_FSIZE leaves SIGXFSZ pending for this thread, which has it blocked: take it
// back.
void take_back_size_signal() {
    const std::uint64_t set = std::uint64_t{1} << (SIGXFSZ - 1);
    const timespec now = {};
    syscall(SYS_rt_sigtimedwait, &set, nullptr, &now, sizeof set);
}

// Writes all bytes; 0, or the errno of the failure.
int write_all(int fd, const std::uint8_t* bytes, std::size_t left) {
    while (left > 0) {
        const long written = syscall(SYS_write, fd, bytes, left);
        if (written > 0) {
            bytes += written;
            left -= static_cast<std::size_t>(written);
        } else if (written == 0) {
            return ENOSPC;
        } else if (errno != EINTR) {
            const int error = errno;
            if (error == EFBIG) take_back_size_signal();
            return error;
        }
    }
    return 0;
}

}  // namespace

bool Output::open(bool forked) {
    const char* wanted = settings.file;
    if (!forked && create(wanted)) return true;
    if (!forked && errno != EEXIST) return fail(errno);
    // From here on we are somebody's child, whose stderr is read by programs: a child that may not write (it
    // gave up its privileges, or its directory is gone) is not traced, and says nothing.
    told_ = true;
    char numbered[sizeof path_ + 32];
    for (int attempt = 1; attempt < 1000; ++attempt) {
        const int pid = getpid();
        if (attempt == 1) {
            std::snprintf(numbered, sizeof numbered, "%s.%d", wanted, pid);
        } else {
            std::snprintf(numbered, sizeof numbered, "%s.%d-%d", wanted, pid, attempt);
        }
        if (create(numbered)) return told_ = false, true;
        if (errno != EEXIST) break;
    }
    return fail(errno);
}

bool Output::create(const char* path) {
    const File file(raw_open(path, kFlags | O_CREAT | O_EXCL));
    struct stat status = {};
    if (file.fd < 0 || !make_absolute(path) || fstat(file.fd, &status) != 0) return false;
    device_ = status.st_dev;
    inode_ = status.st_ino;
    std::uint8_t header[format::kFileHeaderBytes];
    format::put_file_header(header);
    append(header,
           sizeof header);  // says so itself if it fails; the file exists, no other name is to be tried
    return true;
}

bool Output::make_absolute(const char* path) {
    std::size_t used = 0;
    if (path[0] != '/' && syscall(SYS_getcwd, path_, sizeof path_) > 0) {
        used = std::strlen(path_);
        if (used + 1 < sizeof path_) path_[used++] = '/';
    }
    const std::size_t length = std::strlen(path);
    if (used + length >= sizeof path_) return errno = ENAMETOOLONG, false;
    std::memcpy(path_ + used, path, length + 1);
    return true;
}

bool Output::append(const std::uint8_t* chunk, std::size_t bytes) {
    if (failed()) return false;
    const File file(raw_open(path_, kFlags));
    struct stat status = {};
    if (file.fd < 0 || fstat(file.fd, &status) != 0) return fail(errno);
    if (status.st_dev != device_ || status.st_ino != inode_) return fail(ESTALE);
    const int error = write_all(file.fd, chunk, bytes);
    // Leave no half a chunk behind; its room may do for the drop counts at the end.
    [[maybe_unused]] const int cut = error == 0 ? 0 : ftruncate(file.fd, status.st_size);
    return error == 0 || fail(error);
}

bool Output::fail(int error) {
    failed_.store(true, std::memory_order_relaxed);
    if (told_) return false;
    told_ = true;
    char line[sizeof path_ + 200];
    const char* reason = strerrordesc_np(error);
    const int length =
        std::snprintf(line, sizeof line, "memotrace: %s: %s; recording stopped, the program goes on\n",
                      path_[0] != '\0' ? path_ : settings.file, reason != nullptr ? reason : "unknown error");
    if (length > 0) {
        write_all(STDERR_FILENO, reinterpret_cast<const std::uint8_t*>(line),
                  std::min(static_cast<std::size_t>(length), sizeof line - 1));
    }
    return false;
}

void Output::forget() {
    path_[0] = '\0';
    told_ = false;
    failed_.store(false, std::memory_order_relaxed);
}

}  // namespace memo::tracer
