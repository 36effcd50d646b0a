// Reading ranges and finding chunks (common/trace_chunks.h).
#include "common/trace_chunks.h"

#include "common/crc32c.h"
#include "common/read_fully.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

namespace memo {
namespace {

using format::ChunkHeader;
using Octets = std::span<const std::uint8_t>;

constexpr std::size_t kWindow = std::size_t{64} * 1024;

bool is_magic(Octets bytes) {
    return bytes.size() >= sizeof format::kChunkMagic &&
           std::memcmp(bytes.data(), format::kChunkMagic, sizeof format::kChunkMagic) == 0;
}

// The position of the next chunk magic at or after `at`, or the end of the file.
std::optional<std::uint64_t> find_magic(FileBytes& file, std::uint64_t at) {
    for (;;) {
        const auto bytes = file.read(at, kWindow);
        if (!bytes) return std::nullopt;
        const auto found = std::search(bytes->begin(), bytes->end(), std::begin(format::kChunkMagic),
                                       std::end(format::kChunkMagic));
        const auto before = static_cast<std::uint64_t>(found - bytes->begin());
        if (found != bytes->end() || bytes->size() < kWindow) return at + before;
        at += bytes->size() - (sizeof format::kChunkMagic - 1);
    }
}

// The chunk at `at`, if it is sound; `failed` if the file cannot be read.
std::optional<Chunk> sound_chunk(FileBytes& file, std::uint64_t at, bool& failed) {
    const auto start = file.read(at, format::kChunkHeaderBytes);
    failed = !start;
    if (!start || !is_magic(*start) || start->size() < format::kChunkHeaderBytes) return std::nullopt;
    const ChunkHeader header = ChunkHeader::load(start->data());
    if (header.payload_bytes > format::most_payload(header.kind)) return std::nullopt;
    const auto whole = file.read(at, format::kChunkHeaderBytes + header.payload_bytes);
    failed = !whole;
    if (!whole || whole->size() < format::kChunkHeaderBytes + header.payload_bytes) return std::nullopt;
    const Octets payload = whole->subspan(format::kChunkHeaderBytes);
    if (header.crc != crc32c(payload.data(), payload.size(), crc32c(whole->data(), format::kChunkCrcOffset)))
        return std::nullopt;
    return Chunk{at, header, payload};
}

}  // namespace

Result<FileBytes> FileBytes::open(const std::string& path) {
    FileBytes bytes;
    bytes.file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (bytes.file_ < 0 || fstat(bytes.file_, &status) != 0) return Error{path + ": " + std::strerror(errno)};
    if (S_ISREG(status.st_mode)) return bytes;
    constexpr std::size_t kStep = std::size_t{1} << 20U;
    ssize_t got = 1;
    while (got > 0) {
        const std::size_t held = bytes.window_bytes_;
        bytes.window_.resize(held + kStep);
        got = read_fully(bytes.file_, bytes.window_.data() + held, kStep);
        if (got > 0) bytes.window_bytes_ += static_cast<std::size_t>(got);
    }
    if (got < 0) return Error{path + ": " + std::strerror(errno)};
    close(std::exchange(bytes.file_, -1));
    bytes.memory_ = {bytes.window_.data(), bytes.window_bytes_};
    return bytes;
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      window_(std::move(other.window_)),
      window_at_(other.window_at_),
      window_bytes_(std::exchange(other.window_bytes_, 0)),
      memory_(other.memory_) {}

FileBytes::~FileBytes() {
    if (file_ >= 0) close(file_);
}

std::optional<Octets> FileBytes::read(std::uint64_t at, std::size_t count) {
    if (file_ < 0) {
        if (at >= memory_.size()) return Octets();
        return memory_.subspan(at, std::min<std::size_t>(count, memory_.size() - at));
    }
    if (at < window_at_ || at + count > window_at_ + window_bytes_) {
        window_.resize(std::max({window_.size(), count, kWindow}));
        const ssize_t got = read_fully(file_, window_.data(), std::max(count, kWindow), at);
        window_at_ = at;
        window_bytes_ = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        if (got < 0) return std::nullopt;
    }
    const auto before = static_cast<std::size_t>(at - window_at_);
    if (before >= window_bytes_) return Octets();
    return Octets(window_.data() + before, std::min(count, window_bytes_ - before));
}

std::optional<ScannedChunks> scan_chunks(FileBytes& file, const std::function<bool(const Chunk&)>& take) {
    ScannedChunks scanned;
    std::uint64_t at = format::kFileHeaderBytes;
    for (;;) {
        const auto rest = file.read(at, 1);
        if (!rest) return std::nullopt;
        if (rest->empty()) break;
        bool failed = false;
        const auto chunk = sound_chunk(file, at, failed);
        if (failed) return std::nullopt;
        if (!chunk) {
            ++scanned.damaged;
            const auto next = find_magic(file, at + 1);
            if (!next) return std::nullopt;
            at = *next;
            continue;
        }
        if (!take(*chunk)) break;
        at += format::kChunkHeaderBytes + chunk->header.payload_bytes;
    }
    scanned.bytes = at;
    return scanned;
}

std::optional<Octets> read_payload(FileBytes& file, std::uint64_t offset, std::uint32_t payload_bytes) {
    const auto payload = file.read(offset + format::kChunkHeaderBytes, payload_bytes);
    if (!payload || payload->size() != payload_bytes) return std::nullopt;
    return payload;
}

}  // namespace memo
