// Finding the sound chunks of a file (common/trace_reader.h); their payloads are TraceDecoder's.
#include "common/trace_reader.h"

#include "common/crc32c.h"
#include "common/trace_decode.h"
#include "common/trace_format.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

namespace memo {
namespace {

using format::ChunkHeader;
using Octets = std::span<const std::uint8_t>;

bool is_magic_at(Octets bytes, std::size_t at) {
    return bytes.size() - at >= sizeof format::kChunkMagic &&
           std::memcmp(bytes.data() + at, format::kChunkMagic, sizeof format::kChunkMagic) == 0;
}

// The position of the next chunk magic at or after `at`, or the end.
std::size_t find_magic(Octets bytes, std::size_t at) {
    const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(),
                                   std::begin(format::kChunkMagic), std::end(format::kChunkMagic));
    return static_cast<std::size_t>(found - bytes.begin());
}

// The payload of the chunk at `at`, if the chunk is there in full and its checksum is right.
bool sound_chunk(Octets bytes, std::size_t at, ChunkHeader& header, Octets& payload) {
    if (!is_magic_at(bytes, at) || bytes.size() - at < format::kChunkHeaderBytes) return false;
    const std::uint8_t* const start = bytes.data() + at;
    header = ChunkHeader::load(start);
    const std::size_t room = bytes.size() - at - format::kChunkHeaderBytes;
    if (header.payload_bytes > room || header.payload_bytes > format::kMaxPayload) return false;
    payload = bytes.subspan(at + format::kChunkHeaderBytes, header.payload_bytes);
    return header.crc == crc32c(payload.data(), payload.size(), crc32c(start, format::kChunkCrcOffset));
}

bool is_known(unsigned version) {
    return version >= format::kOldestVersion && version <= format::kVersion;
}

Error unknown_version(std::string_view name, unsigned version) {
    return {std::string(name) + ": trace format version " + std::to_string(version) +
            " is not one this memo reads (it reads versions " + std::to_string(format::kOldestVersion) +
            " to " + std::to_string(format::kVersion) + ")"};
}

}  // namespace

Result<Trace> parse_trace(std::span<const std::uint8_t> bytes, std::string_view name) {
    if (bytes.empty()) return Error{std::string(name) + ": the file is empty, not a trace"};
    if (bytes.size() < format::kFileHeaderBytes ||
        std::memcmp(bytes.data(), format::kFileMagic, sizeof format::kFileMagic) != 0) {
        return Error{std::string(name) + ": not a memo trace"};
    }
    std::uint16_t version = 0;
    std::memcpy(&version, bytes.data() + 8, sizeof version);
    if (!is_known(version)) return unknown_version(name, version);

    TraceDecoder decoder;
    std::uint64_t damaged = 0;
    std::size_t at = format::kFileHeaderBytes;
    while (at < bytes.size()) {
        ChunkHeader header;
        Octets payload;
        if (!sound_chunk(bytes, at, header, payload)) {
            ++damaged;
            at = find_magic(bytes, at + 1);
            continue;
        }
        if (!is_known(header.version)) return unknown_version(name, header.version);
        if (!decoder.take(header, payload)) ++damaged;
        at += format::kChunkHeaderBytes + payload.size();
    }
    Trace trace = decoder.finish();
    trace.damaged_chunks = damaged;
    if (damaged > 0) trace.complete = false;
    return trace;
}

Result<Trace> read_trace(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return Error{path + ": " + std::strerror(errno)};
    constexpr std::size_t kStep = std::size_t{1} << 20;
    std::vector<std::uint8_t> bytes;
    ssize_t got = 1;
    while (got > 0) {
        const std::size_t held = bytes.size();
        bytes.resize(held + kStep);
        do got = read(file, bytes.data() + held, kStep);
        while (got < 0 && errno == EINTR);
        bytes.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    const int error = errno;
    close(file);
    if (got < 0) return Error{path + ": " + std::strerror(error)};
    return parse_trace(bytes, path);
}

std::string_view entry_point_name(EntryPoint entry) {
    static constexpr std::string_view kNames[kAllEntryPoints] = {"malloc",
                                                                 "calloc",
                                                                 "realloc",
                                                                 "reallocarray",
                                                                 "memalign",
                                                                 "posix_memalign",
                                                                 "aligned_alloc",
                                                                 "valloc",
                                                                 "pvalloc",
                                                                 "operator new",
                                                                 "operator new (aligned)",
                                                                 "free",
                                                                 "operator delete",
                                                                 "mmap",
                                                                 "munmap"};
    const auto index = static_cast<std::size_t>(entry);
    return index < kAllEntryPoints ? kNames[index] : "unknown";
}

}  // namespace memo
