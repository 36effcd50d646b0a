// Describing the process (tracer/process.h, common/trace_format.h).
#include "tracer/process.h"

#include "common/trace_encode.h"
#include "common/version.h"
#include "interpose/next.h"
#include "tracer/definitions.h"
#include "tracer/modules.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace memo::tracer {
namespace {

constexpr std::size_t kArgumentBytes = std::size_t{32} * 1024;  // longer command lines are cut
constexpr std::size_t kPathBytes = 4096;
constinit std::uint8_t chunk[format::kChunkHeaderBytes + kArgumentBytes + 8 * kPathBytes] = {};
constinit char command_line[kArgumentBytes] = {};
constinit char path[kPathBytes] = {};

std::size_t read_command_line() {
    const int fd =
        static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0));
    if (fd < 0) return 0;
    std::size_t used = 0;
    while (used < sizeof command_line) {
        const long got = syscall(SYS_read, fd, command_line + used, sizeof command_line - used);
        if (got <= 0) break;
        used += static_cast<std::size_t>(got);
    }
    syscall(SYS_close, fd);
    return used;
}

std::string_view as_text(const BuildId& id) {
    return {reinterpret_cast<const char*>(id.bytes), id.size};
}

// Each argument ends in a zero byte, and costs at most kMaxVarint - 1 bytes more in the chunk.
std::uint8_t* put_arguments(std::uint8_t* out, const std::uint8_t* end) {
    const std::string_view all(command_line, read_command_line());
    std::uint64_t count = 0;
    std::size_t kept = 0;
    auto room = static_cast<std::size_t>(end - out) - kMaxVarint;
    for (std::size_t at = 0; at < all.size(); ++count) {
        const std::size_t length = std::min(all.find('\0', at), all.size()) - at;
        if (length + kMaxVarint > room) break;
        room -= length + kMaxVarint;
        at += length + 1;
        kept = at;
    }
    out = put_varint(out, count);
    for (std::size_t at = 0; at < kept;) {
        const std::size_t length = std::min(all.find('\0', at), all.size()) - at;
        out = format::put_string(out, {all.data() + at, length});
        at += length + 1;
    }
    return out;
}

}  // namespace

bool write_process_chunk() {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    ModuleView program;
    const bool known = find_module(pointer_to(getauxval(AT_ENTRY)), program);

    std::uint8_t* const payload = chunk + format::kChunkHeaderBytes;
    std::uint8_t* out = put_varint(payload, static_cast<std::uint64_t>(getpid()));
    out = put_varint(out, static_cast<std::uint64_t>(getppid()));
    out = put_varint(out, static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
                              static_cast<std::uint64_t>(now.tv_nsec));
    out = format::put_string(out, path_of({}, path, sizeof path));
    out = format::put_string(out, known ? as_text(build_id_of(program)) : "");
    out = format::put_string(out, kVersion);
    // Not substr(), which would link in libstdc++'s exceptions and their thread-local storage.
    const char* const next = interpose::next_library();
    out = format::put_string(out, {next, strnlen(next, kPathBytes)});
    out = put_arguments(out, chunk + sizeof chunk);

    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::process);
    header.records = 1;
    header.begin_ns = header.end_ns = monotonic_ns();
    header.payload_bytes = static_cast<std::uint32_t>(out - payload);
    format::seal_chunk(chunk, header);
    return output.append(chunk, format::kChunkHeaderBytes + header.payload_bytes);
}

}  // namespace memo::tracer
