// A trace file as a source: definitions in memory, events read chunk by chunk in each walk
// (common/trace_format.h, docs/trace-format.md).
//
// A file is believed only as far as its checksums go. A chunk that is cut short, flipped or malformed is
// skipped and counted in `Trace::damaged_chunks`, and so is what goes on from it; reading goes on at the next
// chunk that does not. Chunks and definitions
// of unknown kind are skipped. What is an error, one line that names the file: it cannot be read, it is
// empty, it is not a trace, or it is of a version this reader does not know.
//
// Memory: the tables; 24 bytes a chunk, and 4 a run of them; and during a walk one chunk of each thread that
// runs at the moment, and some 600 KiB for each run that is open.
// A reference to something whose definition was lost is kNone. Thread safety: none.
#pragma once

#include "common/result.h"
#include "common/trace_chunks.h"
#include "common/trace_decode.h"
#include "common/trace_source.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo {

class TraceFile final : public TraceSource {
  public:
    // Reads the file once, for its definitions and where its chunks of events are.
    [[nodiscard]] static Result<TraceFile> open(const std::string& path);
    // The same for bytes in memory, which must outlive it; `name` stands for the file in error lines.
    [[nodiscard]] static Result<TraceFile> parse(std::span<const std::uint8_t> bytes, std::string_view name);

    [[nodiscard]] const Trace& trace() const override { return decoder_->so_far(); }
    void for_each(const Visit& events, const Visit& mappings) override;
    using TraceSource::for_each;

    // The tables; the file is spent afterwards.
    [[nodiscard]] Trace take_trace() { return decoder_->take_trace(); }

  private:
    struct EventChunk {
        std::uint64_t first_sequence = 0;  // or that of one behind it in its run, if that is lower
        std::uint64_t offset = 0;
        std::uint32_t payload_bytes = 0;
        std::uint32_t run = kNone;  // kNone: it stands alone
    };

    explicit TraceFile(FileBytes bytes);
    [[nodiscard]] static Result<TraceFile> scan(FileBytes bytes, const std::string& name);
    [[nodiscard]] std::uint64_t walk_blocks(const Visit& events);
    friend class EventMerge;

    FileBytes bytes_;
    std::unique_ptr<TraceDecoder> decoder_;
    void put_in_order();
    std::vector<EventChunk> chunks_;   // by first sequence number; of equals, the one in front first
    std::vector<std::uint32_t> runs_;  // how many chunks of events each has
    std::vector<EventChunk> blocks_;   // of a compact trace, in the order of the file
    std::uint64_t damaged_ = 0;        // chunks, found by the scan
};

}  // namespace memo
