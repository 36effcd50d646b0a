// Finding the sound chunks of a trace file without having all of it in memory (docs/trace-format.md).
//
// A chunk is believed if it is there in full and its checksum is right; what is not is counted as damaged,
// and the search goes on at the next chunk magic. Thread safety: none.
#pragma once

#include "common/result.h"
#include "common/trace_format.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memo {

// The bytes of a file, read where they are asked for. A pipe is read whole, at once.
class FileBytes {
  public:
    [[nodiscard]] static Result<FileBytes> open(const std::string& path);
    // Bytes in memory, which must outlive this.
    explicit FileBytes(std::span<const std::uint8_t> bytes) : memory_(bytes) {}
    FileBytes(FileBytes&& other) noexcept;
    FileBytes& operator=(FileBytes&&) = delete;
    ~FileBytes();

    // `count` bytes from `at` on, fewer where the file ends; good until the next call. Nothing, and errno, if
    // they cannot be read.
    [[nodiscard]] std::optional<std::span<const std::uint8_t>> read(std::uint64_t at, std::size_t count);

  private:
    FileBytes() = default;

    int file_ = -1;
    std::vector<std::uint8_t> window_;  // of a file: what was read last; of a pipe: all
    std::uint64_t window_at_ = 0;
    std::size_t window_bytes_ = 0;
    std::span<const std::uint8_t> memory_;
};

struct Chunk {
    std::uint64_t offset = 0;  // of its header in the file
    format::ChunkHeader header;
    std::span<const std::uint8_t> payload;  // good until the next read
};

struct ScannedChunks {
    std::uint64_t bytes = 0;    // of the file
    std::uint64_t damaged = 0;  // how many chunks
};

// Calls `take` for each sound chunk, in the order of the file, until it returns false. Nothing, and errno, if
// the file cannot be read.
[[nodiscard]] std::optional<ScannedChunks> scan_chunks(FileBytes& file,
                                                       const std::function<bool(const Chunk&)>& take);

// The payload of a chunk that a scan has found sound; nothing if it cannot be read any more.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> read_payload(FileBytes& file, std::uint64_t offset,
                                                                        std::uint32_t payload_bytes);

}  // namespace memo
