// Runs of chunks, on the reader's side (docs/trace-format.md): chunks of one kind and thread, each of which
// goes on from the one before it, in what its compression and its models remember. A chunk that goes on names
// the checksum of the one before it; where that is lost, so is the rest of the run, and nothing else.
//
// Thread safety: none.
#pragma once

#include "common/trace_format.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

struct ZSTD_DCtx_s;

namespace memo::format {

// Only definitions and events are written in runs, and only since version 5.
[[nodiscard]] inline bool is_of_run(const ChunkHeader& header) {
    constexpr std::uint16_t kFirstWithRuns = 5;
    const auto kind = static_cast<ChunkKind>(header.kind);
    return header.version >= kFirstWithRuns && (header.codec & kCodecRun) != 0 &&
           (kind == ChunkKind::definitions || kind == ChunkKind::events);
}

// Which run each chunk of a file belongs to.
class RunTails {
  public:
    // The run of the next sound chunk of the file that is of one, numbered from 0 on as they begin; nothing
    // where the chunk that it goes on from is not the last one.
    [[nodiscard]] std::optional<std::uint32_t> place(const ChunkHeader& header,
                                                     std::span<const std::uint8_t> payload);
    [[nodiscard]] std::uint32_t runs() const { return runs_; }

  private:
    struct Tail {
        std::uint32_t crc;
        std::uint32_t run;
        std::uint32_t chunks;
    };
    std::unordered_map<std::uint64_t, Tail> tails_;  // by kind and thread
    std::uint32_t runs_ = 0;
};

// Unpacks the payloads of a run, one after the other. Some 500 KiB.
class RunReader {
  public:
    // The payload of the next chunk as it was before it was put into the run; good until the next call.
    // Nothing if it is malformed or the run is spoilt.
    [[nodiscard]] std::optional<std::span<const std::uint8_t>> unpack(const ChunkHeader& header,
                                                                      std::span<const std::uint8_t> payload);
    // What follows in the run cannot be read.
    void spoil() { sound_ = false; }

  private:
    [[nodiscard]] bool inflate(std::span<const std::uint8_t> bytes, std::size_t most);

    struct Free {
        void operator()(ZSTD_DCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_DCtx_s, Free> context_;
    std::vector<std::uint8_t> unpacked_;
    std::size_t held_ = 0;
    bool sound_ = false;
};

}  // namespace memo::format
