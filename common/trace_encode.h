// Writing the records of common/trace_format.h into memory: what the tracer does on its hot path, and what
// tests use to make traces. Nothing here allocates, locks or checks for room: the caller guarantees it.
//
// Invariants: an EventEncoder and the reader's decoder hold the same state after the same record.
// Thread safety: none; one encoder belongs to one thread.
#pragma once

#include "common/crc32c.h"
#include "common/trace_format.h"
#include "common/varint.h"

#include <bit>
#include <cstring>
#include <string_view>

namespace memo::format {

// One event as the encoder takes it. `site` and `context` are ids or kNone.
struct EventRecord {
    std::uint64_t sequence = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint32_t alignment = 0;
    std::uint32_t site = kNone;
    std::uint32_t context = kNone;
    EventKind kind = EventKind::allocate;
    EntryPoint entry = EntryPoint::malloc;
    bool moved = false;
};

class EventEncoder {
  public:
    // Starts a chunk whose first record has this sequence number.
    void begin(std::uint64_t first_sequence) {
        last_sequence_ = first_sequence - 1;
        last_address_ = 0;
        last_context_ = kNone;
    }
    [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }

    // Writes `record` at `out` (room for kMaxEventBytes); returns the end. Its sequence is above the last
    // one's.
    [[nodiscard]] std::uint8_t* put(std::uint8_t* out, const EventRecord& record) {
        std::uint8_t* const tag_at = out++;
        auto tag = static_cast<std::uint8_t>(record.entry);
        const std::uint64_t difference = record.sequence - last_sequence_;
        if (difference == 1) {
            tag |= kNextInSequence;
        } else {
            out = put_varint(out, difference);
        }
        if (record.context != last_context_) {
            tag |= kContextChanged;
            out = put_varint(out, id_plus_one(record.context));
        }
        const std::uint64_t address = std::rotr(record.address, 4);
        out = put_varint(out, zigzag(address - last_address_));
        if (record.kind == EventKind::free) {
            tag |= kFree;
        } else {
            if (record.moved) tag |= kMoved;
            out = put_varint(out, record.size);
            if (has_alignment(record.entry)) out = put_varint(out, record.alignment);
            out = put_varint(out, id_plus_one(record.site));
        }
        *tag_at = tag;
        last_sequence_ = record.sequence;
        last_address_ = address;
        last_context_ = record.context;
        return out;
    }

    [[nodiscard]] static std::uint64_t id_plus_one(std::uint32_t id) {
        return id == kNone ? 0 : std::uint64_t{id} + 1;
    }

  private:
    std::uint64_t last_sequence_ = 0;
    std::uint64_t last_address_ = 0;
    std::uint32_t last_context_ = kNone;
};

[[nodiscard]] inline std::uint8_t* put_string(std::uint8_t* out, std::string_view text) {
    out = put_varint(out, text.size());
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// Fills in the file header's kFileHeaderBytes.
inline void put_file_header(std::uint8_t* out) {
    std::memset(out, 0, kFileHeaderBytes);
    std::memcpy(out, kFileMagic, sizeof kFileMagic);
    std::memcpy(out + 8, &kVersion, sizeof kVersion);
    out[10] = sizeof(void*);
}

// Seals a chunk: `chunk` has room for a header, and header.payload_bytes of payload behind it.
inline void seal_chunk(std::uint8_t* chunk, ChunkHeader header) {
    header.crc = 0;
    header.store(chunk);
    header.crc = crc32c(chunk + kChunkHeaderBytes, header.payload_bytes, crc32c(chunk, kChunkCrcOffset));
    std::memcpy(chunk + kChunkCrcOffset, &header.crc, sizeof header.crc);
}

}  // namespace memo::format
