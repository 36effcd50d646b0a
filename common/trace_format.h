// The bytes of a trace file (docs/trace-format.md is the specification). All integers are little-endian;
// "varint" is common/varint.h, "string" is a varint length and that many bytes.
//
//     +-------------+---------------+-------------+--------+--------+-- - -
//     | file header | process chunk | definitions | events | events |
//     +-------------+---------------+-------------+--------+--------+-- - -
//
// Invariants of a well-formed file:
// - A chunk is complete in itself, or goes on from the one before it of the same kind and thread, in a run of
//   at most kLongestRun chunks. Each has its own checksum, so that losing one loses no more than the rest of
//   its run. Whatever an event refers to is defined in a chunk before it.
// - Sequence numbers are unique in a file and strictly increase within a chunk. A chunk may be written twice
//   (a snapshot at exit, then the whole): the reader keeps each sequence number once.
#pragma once

#include "common/trace.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace memo::format {

// --- File header
// ------------------------------------------------------------------------------------------------
//
//      0        8         10        12       16
//     +--------+---------+---------+--------+
//     | magic  | version | pointer | zero   |
//     | 8 B    | u16     | bytes   |        |
//     +--------+---------+---------+--------+
//
inline constexpr char kFileMagic[8] = {'\x89', 'm', 'e', 'm', 'o', 't', 'r', '\n'};
inline constexpr std::uint16_t kVersion = 5;
inline constexpr std::uint16_t kOldestVersion = 1;  // that is still read
inline constexpr std::size_t kFileHeaderBytes = 16;

// --- Chunk header
// -----------------------------------------------------------------------------------------------
//
//      0        4         6      7       8        12        16                24         32       40 44 48
//     +--------+---------+------+-------+--------+---------+-----------------+----------+--------+---------+-------+----
//     | "mChk" | version | kind | codec | thread | records | first sequence  | begin ns | end ns | payload |
//     crc   | payload | 4 B    | u16     | u8   | u8    | u32    | u32     | u64             | u64      | u64
//     | u32     | u32   |
//     +--------+---------+------+-------+--------+---------+-----------------+----------+--------+---------+-------+----
//
// crc: CRC-32C of header bytes [0, 44) and the payload. Times: CLOCK_MONOTONIC.
inline constexpr char kChunkMagic[4] = {'m', 'C', 'h', 'k'};
inline constexpr std::size_t kChunkHeaderBytes = 48;
inline constexpr std::size_t kChunkCrcOffset = 44;
inline constexpr std::uint32_t kMaxPayload = 512 * 1024;
// The codec says how a payload is written: bits. Zstandard compresses whatever the other bits say, in one
// frame that gives the size of what is in it, at most kMaxPayload.
inline constexpr std::uint8_t kCodecRaw = 0;
inline constexpr std::uint8_t kCodecZstd = 1;
inline constexpr std::uint8_t kCodecColumns = 2;  // events by column (common/event_columns.h)
// Of a run: its compressed payloads are one frame of Zstandard, cut where a chunk ends, which names no size
// and does not end. A chunk that goes on begins with the checksum of the one before it, 4 bytes, as they are.
inline constexpr std::uint8_t kCodecRun = 4;
inline constexpr std::uint8_t kCodecGoesOn = 8;  // and is not the first
inline constexpr std::size_t kRunLinkBytes = 4;
inline constexpr std::uint32_t kLongestRun = 32;
inline constexpr int kRunWindowLog = 18;  // as far back as compression may look

enum class ChunkKind : std::uint8_t {
    process = 1,
    definitions = 2,
    events = 3,
    goodbye = 4,
    blocks = 5,  // these two in compact traces: common/block_columns.h, ...
    stacks = 6,  // ... common/stack_columns.h
};

// No payload of a chunk of this kind is longer, compressed or not.
[[nodiscard]] constexpr std::uint32_t most_payload(std::uint8_t kind) {
    const bool compact = kind == static_cast<std::uint8_t>(ChunkKind::blocks) ||
                         kind == static_cast<std::uint8_t>(ChunkKind::stacks);
    return compact ? 64 * kMaxPayload : kMaxPayload;
}

struct ChunkHeader {
    std::uint16_t version = kVersion;
    std::uint8_t kind = 0;
    std::uint8_t codec = kCodecRaw;
    std::uint32_t thread = 0;
    std::uint32_t records = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t begin_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint32_t payload_bytes = 0;
    std::uint32_t crc = 0;

    // Calls `field(offset, member)` for every field of the box above.
    template <class Self, class Visitor>
    static void visit(Self& self, Visitor field) {
        field(4, self.version);
        field(6, self.kind);
        field(7, self.codec);
        field(8, self.thread);
        field(12, self.records);
        field(16, self.first_sequence);
        field(24, self.begin_ns);
        field(32, self.end_ns);
        field(40, self.payload_bytes);
        field(44, self.crc);
    }
    void store(std::uint8_t* out) const {
        std::memcpy(out, kChunkMagic, sizeof kChunkMagic);
        visit(*this, [out](std::size_t offset, const auto& member) {
            std::memcpy(out + offset, &member, sizeof member);
        });
    }
    // `in` holds kChunkHeaderBytes, magic included.
    [[nodiscard]] static ChunkHeader load(const std::uint8_t* in) {
        ChunkHeader header;
        visit(header,
              [in](std::size_t offset, auto& member) { std::memcpy(&member, in + offset, sizeof member); });
        return header;
    }
};

// --- Process chunk: one record
// ----------------------------------------------------------------------------------
//
//     | pid varint | ppid varint | start unix ns varint | program string | build id string (raw bytes)
//     | tool version string | next allocator string | argument count varint | argument strings ...
//
// --- Definitions: tagged records; an unknown tag is skipped by its length
// ----------------------------------------
//
//     | tag u8 | length varint | body
//
enum class Definition : std::uint8_t {
    module = 1,    // | id varint | load bias varint | size varint | path string | build id string (raw bytes)
    site = 2,      // | id varint | flags u8 | inner count varint | inner frames | skip varint | copy varint
                   //   | outer count varint | outer frames; a frame: | module + 1 varint | offset varint
    context = 3,   // | id varint | parent + 1 varint | source u8 | name string
    note = 4,      // | text string
    thread = 5,    // | id varint | system id varint | name string   (again when the name has changed)
    node = 6,      // | id varint | parent + 1 varint | module + 1 varint | offset varint    (version 2)
    cut = 7,       // | id varint                                                            (version 2)
    sampling = 8,  // | mean bytes from sample to sample varint
    frames = 9,    // many at once (common/definition_columns.h), and so are
    nodes = 10,    // these
};
// A site is a node: a frame, and the node of the frames outside of it. Version 2 wrote nodes one by one, with
// a `cut` for the frames that were not kept; version 1 wrote `site`s.
inline constexpr std::uint8_t kSiteTruncated = 1;
// A site's frames are its inner ones, then `copy` frames of the site defined before it in the same chunk,
// from its frame `skip` on, then its outer ones: new stacks differ from the last new one by a few frames at
// one end.
inline constexpr std::uint32_t kMaxFrames = 64;  // a site with more is malformed
inline constexpr std::uint32_t kMaxPath = 1024;  // so is a node with more between it and its root

// --- Events: one record each
// ------------------------------------------------------------------------------------
//
//       7        6          5         4      3 .. 0
//     +--------+----------+---------+------+-------------+
//     | moved  | next in  | context | free | entry point |   tag byte
//     |        | sequence | changed |      |             |
//     +--------+----------+---------+------+-------------+
//
//     | tag | sequence difference varint, unless "next in sequence" (the difference is 1)
//           | context + 1 varint, if "context changed" (none at the start of a chunk)
//           | address: zigzag varint of the difference to the last record's address, both rotated right by 4
//           bits allocations only: | size varint | alignment varint, where the entry point has one | site + 1
//           varint
//
// mmap and munmap are written like allocations, without the bit "free".
// "moved": the old block of this reallocation is the one that the record just before freed.
inline constexpr std::uint8_t kEntryMask = 0x0f;
inline constexpr std::uint8_t kFree = 0x10;
inline constexpr std::uint8_t kContextChanged = 0x20;
inline constexpr std::uint8_t kNextInSequence = 0x40;
inline constexpr std::uint8_t kMoved = 0x80;
inline constexpr std::size_t kMaxEventBytes = 64;

[[nodiscard]] constexpr bool has_alignment(EntryPoint entry) {
    return entry == EntryPoint::memalign || entry == EntryPoint::posix_memalign ||
           entry == EntryPoint::aligned_alloc || entry == EntryPoint::operator_new_aligned;
}

// --- Goodbye: the process ended (or is about to exec); events after it take it back
// --------------------------------
//
//     | dropped events varint | refused sites varint | unbalanced label pops varint
//
}  // namespace memo::format
