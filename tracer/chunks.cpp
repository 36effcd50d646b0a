// Sealing and compressing chunks (tracer/chunks.h). Zstandard works in pages of ours and allocates nothing.
#include "tracer/chunks.h"

#include "common/trace_encode.h"
#include "tracer/definitions.h"
#include "tracer/memory.h"
#include "tracer/own_stack.h"

#define ZSTD_STATIC_LINKING_ONLY  // NOLINT: a context in memory of ours is part of the static library only
#include <zstd.h>

namespace memo::tracer::chunks {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kPayloadBytes = format::ColumnWriter::most_bytes(kMaxEvents);
constexpr std::size_t kCompressedBytes = ZSTD_COMPRESSBOUND(kPayloadBytes);
static_assert(kPayloadBytes <= format::kMaxPayload);

// Mapped when first needed, touched as far as used.
struct Workshop {
    format::ColumnWriter columns;
    std::uint8_t payload[kPayloadBytes];
    std::uint8_t chunk[format::kChunkHeaderBytes + kCompressedBytes];
};
constinit Workshop* workshop = nullptr;
constinit ZSTD_CCtx* compressor = nullptr;

bool prepare() {
    if (workshop != nullptr) return true;
    workshop = static_cast<Workshop*>(map_pages(sizeof(Workshop)));
    if (workshop == nullptr) return false;
    const std::size_t bytes = ZSTD_estimateCCtxSize(kLevel);
    void* pages = map_pages(bytes);
    if (pages != nullptr) compressor = ZSTD_initStaticCCtx(pages, bytes);
    return true;
}

bool append_payload(format::ChunkHeader header, std::span<const std::uint8_t> payload) {
    std::uint8_t* const out = workshop->chunk + format::kChunkHeaderBytes;
    std::size_t bytes = 0;
    if (compressor != nullptr) {
        const std::size_t made =
            ZSTD_compressCCtx(compressor, out, kCompressedBytes, payload.data(), payload.size(), kLevel);
        if (ZSTD_isError(made) == 0 && made < payload.size()) bytes = made;
    }
    if (bytes > 0) {
        header.codec |= format::kCodecZstd;
    } else {
        bytes = payload.size();
        std::memcpy(out, payload.data(), bytes);
    }
    header.payload_bytes = static_cast<std::uint32_t>(bytes);
    header.end_ns = monotonic_ns();
    format::seal_chunk(workshop->chunk, header);
    return output.append(workshop->chunk, format::kChunkHeaderBytes + bytes);
}

}  // namespace

bool append_events(std::uint32_t thread, std::span<const format::EventRecord> events,
                   std::uint64_t begin_ns) {
    if (!prepare()) return false;
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecColumns;
    header.thread = thread;
    header.records = static_cast<std::uint32_t>(events.size());
    header.first_sequence = events.front().sequence;
    header.begin_ns = begin_ns;
    bool appended = false;
    auto work = [&] {
        const std::uint8_t* const end =
            workshop->columns.write(events, header.first_sequence, workshop->payload);
        appended = append_payload(header, {workshop->payload, end});
    };
    on_own_stack(work);
    return appended;
}

bool append(format::ChunkKind kind, std::uint32_t records, std::span<const std::uint8_t> payload,
            std::uint64_t begin_ns) {
    if (!prepare()) return false;
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(kind);
    header.records = records;
    header.begin_ns = begin_ns;
    bool appended = false;
    auto work = [&] { appended = append_payload(header, payload); };
    on_own_stack(work);
    return appended;
}

}  // namespace memo::tracer::chunks
