// Reading and writing whole files (cli/files.h).
#include "cli/files.h"

#include "cli/descriptor.h"
#include "cli/whole_file.h"
#include "common/plan_format.h"
#include "common/read_fully.h"
#include "common/trace_format.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace memo::cli {

namespace {

// Plans are mapped whole by the allocator; nothing sensible is larger.
constexpr std::uint64_t kMostPlanBytes = std::uint64_t{1} << 30;

[[nodiscard]] Error errno_line(const std::string& path) {
    return {path + ": " + std::strerror(errno)};
}

[[nodiscard]] const char* wrong_with(const void* block, std::uint64_t size) {
    std::vector<std::uint64_t> scratch(plan_check_scratch_words(block, size));
    return check_plan(block, size, scratch);
}

}  // namespace

Result<FileKind> kind_of(const std::string& path) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return errno_line(path);
    std::array<char, 8> magic = {};
    const ssize_t length = read_fully(file.get(), magic.data(), magic.size());
    if (length < 0) return errno_line(path);
    if (length == 0) return Error{path + ": the file is empty"};
    if (std::memcmp(magic.data(), format::kFileMagic, magic.size()) == 0) return FileKind::trace;
    if (std::memcmp(magic.data(), kPlanMagic, magic.size()) == 0) return FileKind::plan;
    return FileKind::text;
}

Result<TraceFile> open_trace(const std::string& path) {
    auto kind = kind_of(path);
    if (!kind) return Error{kind.error()};
    if (*kind == FileKind::plan) return Error{path + ": is a plan, where a trace is wanted"};
    return TraceFile::open(path);
}

Result<PlanFile> read_plan(const std::string& path) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status = {};
    if (file.get() < 0 || fstat(file.get(), &status) != 0) return errno_line(path);
    if (S_ISDIR(status.st_mode)) return Error{path + ": is a directory, not a plan"};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || size > kMostPlanBytes) return Error{path + ": is not a MemoMalloc plan"};
    std::vector<std::uint64_t> words((size + 7) / 8);
    const ssize_t length = read_fully(file.get(), words.data(), size);
    if (length < 0) return errno_line(path);
    if (std::memcmp(words.data(), format::kFileMagic,
                    std::min<std::size_t>(sizeof format::kFileMagic, size)) == 0 &&
        size > 0) {
        return Error{path + ": is a trace, where a plan is wanted: make one with `memo plan`"};
    }
    if (const char* wrong = wrong_with(words.data(), static_cast<std::uint64_t>(length))) {
        return Error{path + ": " + wrong};
    }
    return PlanFile(std::move(words));
}

Result<std::vector<char>> checked_plan(const planner::PlanContents& contents) {
    std::vector<char> bytes = planner::build_plan(contents);
    if (const char* wrong = wrong_with(bytes.data(), bytes.size())) {
        return Error{std::string("the plan breaks a limit of plan files: ") + wrong};
    }
    return bytes;
}

std::optional<Error> write_whole(const std::string& path, std::span<const char> bytes) {
    auto file = WholeFile::create(path);
    if (!file) return Error{file.error()};
    file->write({bytes.data(), bytes.size()});
    return file->finish();
}

std::string with_extension(const std::string& path, const std::string& extension) {
    return std::filesystem::path(path).replace_extension(extension).string();
}

std::uint64_t file_size(const std::string& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    return error ? 0 : bytes;
}

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);
    return error ? path : absolute.string();
}

}  // namespace memo::cli
