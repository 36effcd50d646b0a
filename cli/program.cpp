// Reading enough of an executable to know what the loader will do with it (cli/program.h).
#include "cli/program.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

namespace memo::cli {

namespace {

// Scripts whose interpreter is a script, and so on: as deep as Linux follows them.
constexpr int kMostInterpreters = 5;

#if defined(__x86_64__)
constexpr Elf64_Half kOwnMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kOwnMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half kOwnMachine = EM_RISCV;
#else
#error "name this processor's ELF machine number"
#endif

class File {
  public:
    explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~File() {
        if (fd_ >= 0) close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    // How many bytes came.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, void* into, std::size_t bytes) const {
        const ssize_t got = pread(fd_, into, bytes, static_cast<off_t>(offset));
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    [[nodiscard]] bool has_capabilities() const {
        return fgetxattr(fd_, "security.capability", nullptr, 0) > 0;
    }

  private:
    int fd_;
};

[[nodiscard]] bool names_loader(const File& file, const Elf64_Ehdr& header) {
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const std::uint64_t at = header.e_phoff + std::uint64_t{i} * header.e_phentsize;
        if (file.read_at(at, &segment, sizeof segment) != sizeof segment) return false;
        if (segment.p_type == PT_INTERP) return true;
    }
    return false;
}

[[nodiscard]] const char* why_elf_unreached(const File& file, const Elf64_Ehdr& header) {
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kOwnMachine) {
        return "is made for another kind of processor: our libraries cannot be loaded into it";
    }
    if (!names_loader(file, header)) return "is statically linked: no library can be preloaded into it";
    return nullptr;
}

[[nodiscard]] const char* why_privileged(const File& file, const struct stat& status) {
    const bool setgid = (status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0;
    if ((status.st_mode & S_ISUID) != 0) return "is setuid: the loader preloads nothing into it";
    if (setgid) return "is setgid: the loader preloads nothing into it";
    if (file.has_capabilities()) return "has file capabilities: the loader preloads nothing into it";
    return nullptr;
}

// The interpreter of a `#!` line; nothing if there is none. What is neither a script nor ELF is run by the
// shell.
[[nodiscard]] std::optional<std::string> interpreter(std::string_view begin) {
    if (begin.starts_with("\x7f"
                          "ELF"))
        return std::nullopt;
    if (!begin.starts_with("#!")) return "/bin/sh";
    begin.remove_prefix(2);
    begin = begin.substr(0, begin.find('\n'));
    const std::size_t first = begin.find_first_not_of(" \t");
    if (first == std::string_view::npos) return "/bin/sh";
    begin.remove_prefix(first);
    return std::string(begin.substr(0, begin.find_first_of(" \t\r")));
}

[[nodiscard]] std::string why_unreached(std::string path) {
    std::string by;  // "is run by /bin/x, which "
    for (int depth = 0; depth < kMostInterpreters; ++depth) {
        const File file(path);
        struct stat status = {};
        // An unreadable program can still be executed; then we learn nothing, and claim nothing.
        if (!file.is_open() || stat(path.c_str(), &status) != 0) return {};
        std::array<char, 256> begin = {};
        const std::size_t length = file.read_at(0, begin.data(), begin.size());
        const auto script = interpreter({begin.data(), length});
        if (!script) {
            Elf64_Ehdr header = {};
            if (length < sizeof header) return {};
            std::memcpy(&header, begin.data(), sizeof header);
            const char* why = why_privileged(file, status);
            if (why == nullptr) why = why_elf_unreached(file, header);
            return why == nullptr ? std::string() : by + why;
        }
        path = *script;
        by = "is run by " + path + ", which ";
    }
    return {};
}

[[nodiscard]] bool is_directory(const std::string& path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

[[nodiscard]] Result<std::string> locate(const std::string& name) {
    if (name.empty()) return Error{"the program's name is empty"};
    if (name.find('/') != std::string::npos) {
        if (access(name.c_str(), F_OK) != 0) return Error{name + ": " + std::strerror(errno)};
        if (is_directory(name)) return Error{name + ": is a directory, not a program"};
        if (access(name.c_str(), X_OK) != 0) return Error{name + ": is not executable"};
        return name;
    }
    const char* path = std::getenv("PATH");
    std::string_view folders = path == nullptr ? "/bin:/usr/bin" : path;
    for (bool more = true; more;) {
        const std::size_t colon = folders.find(':');
        more = colon != std::string_view::npos;
        const std::string_view folder = folders.substr(0, colon);
        const std::string candidate = (folder.empty() ? "." : std::string(folder)) + "/" + name;
        if (access(candidate.c_str(), X_OK) == 0 && !is_directory(candidate)) return candidate;
        if (more) folders.remove_prefix(colon + 1);
    }
    return Error{name + ": there is no such program in PATH"};
}

}  // namespace

Result<Program> find_program(const std::string& name) {
    auto path = locate(name);
    if (!path) return Error{path.error()};
    std::string unreached = why_unreached(*path);
    return Program{std::move(*path), std::move(unreached)};
}

}  // namespace memo::cli
