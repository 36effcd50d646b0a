// Sealing and compressing chunks (tracer/chunks.h). Zstandard works in pages of ours and allocates nothing.
#include "tracer/chunks.h"

#include "common/trace_encode.h"
#include "tracer/definitions.h"
#include "tracer/memory.h"
#include "tracer/own_stack.h"

#define ZSTD_STATIC_LINKING_ONLY  // NOLINT: a context in memory of ours is part of the static library only
#include <zstd.h>

#include <algorithm>
#include <array>

namespace memo::tracer::chunks {
namespace {

constexpr std::size_t kPayloadBytes = format::ColumnWriter::most_bytes(kMaxEvents);
constexpr std::size_t kCompressedBytes = ZSTD_COMPRESSBOUND(kPayloadBytes);
static_assert(kPayloadBytes <= format::kMaxPayload);

// Mapped when first needed, touched as far as used.
struct Workshop {
    format::ColumnWriter columns;
    std::uint8_t payload[kPayloadBytes];
    std::uint8_t chunk[format::kChunkHeaderBytes + format::kRunLinkBytes + kCompressedBytes];
};
constinit Workshop* workshop = nullptr;

// Chunks that go on from each other. Mapped when first needed, and given to one thread after the other.
struct Run {
    format::AddressBook book;
    ZSTD_CCtx* compressor;      // nullptr without memory, and in the child of a fork
    std::size_t context_bytes;  // behind this
    std::uint64_t last_use;
    ZSTD_compressionParameters parameters;
    std::uint32_t thread;
    std::uint32_t chunks;  // so far; 0: the next one begins a new run
    std::uint32_t last_crc;
};
constexpr std::size_t kRuns = 16;
constinit std::array<Run*, kRuns> runs_of_events = {};
constinit Run* run_of_definitions = nullptr;
constinit std::uint64_t uses = 0;

// Of definitions there are few to each event, and they repeat each other more: they are worth a better level,
// with tables that are as small as those of events.
ZSTD_compressionParameters parameters_for(format::ChunkKind kind) {
    const bool events = kind == format::ChunkKind::events;
    ZSTD_compressionParameters parameters = ZSTD_getCParams(events ? 1 : 3, 0, 0);
    parameters.windowLog = format::kRunWindowLog;
    if (!events) {
        parameters.hashLog = parameters.chainLog = 13;
        parameters.minMatch = 4;
    }
    return parameters;
}

std::size_t rounded(std::size_t bytes) {
    return (bytes + alignof(Run) - 1) / alignof(Run) * alignof(Run);
}

// A run's pages hold it and, behind it, its context.
Run* make_run(format::ChunkKind kind) {
    const ZSTD_compressionParameters parameters = parameters_for(kind);
    const std::size_t context_bytes = ZSTD_estimateCStreamSize_usingCParams(parameters);
    auto* const run = static_cast<Run*>(map_pages(rounded(sizeof(Run)) + context_bytes));
    if (run == nullptr) return nullptr;
    run->parameters = parameters;
    run->context_bytes = context_bytes;
    return run;
}

bool prepare_compressor(Run& run) {
    if (run.compressor == nullptr) {
        char* const behind = reinterpret_cast<char*>(&run) + rounded(sizeof(Run));
        run.compressor = ZSTD_initStaticCCtx(behind, run.context_bytes);
        if (run.compressor == nullptr) return false;
        const ZSTD_compressionParameters& wanted = run.parameters;
        const auto set = [&](ZSTD_cParameter parameter, unsigned value) {
            ZSTD_CCtx_setParameter(run.compressor, parameter, static_cast<int>(value));
        };
        set(ZSTD_c_windowLog, wanted.windowLog);
        set(ZSTD_c_hashLog, wanted.hashLog);
        set(ZSTD_c_chainLog, wanted.chainLog);
        set(ZSTD_c_minMatch, wanted.minMatch);
        set(ZSTD_c_strategy, wanted.strategy);
    }
    if (run.chunks == 0) ZSTD_CCtx_reset(run.compressor, ZSTD_reset_session_only);
    return true;
}

// The run of a thread, which may begin with the next chunk; nullptr without memory.
Run* run_of_thread(std::uint32_t thread) {
    const auto of_thread = [&](const Run* run) { return run != nullptr && run->thread == thread; };
    const auto last_use = [](const Run* run) { return run == nullptr ? 0 : run->last_use; };
    auto at = std::find_if(runs_of_events.begin(), runs_of_events.end(), of_thread);
    if (at == runs_of_events.end()) {
        at = std::ranges::min_element(runs_of_events, {}, last_use);
        if (*at == nullptr) *at = make_run(format::ChunkKind::events);
        if (*at == nullptr) return nullptr;
        (*at)->thread = thread;
        (*at)->chunks = 0;
    }
    (*at)->last_use = ++uses;
    return *at;
}

void end_all_runs() {
    for (Run* const run : runs_of_events) {
        if (run != nullptr) run->chunks = 0;
    }
    if (run_of_definitions != nullptr) run_of_definitions->chunks = 0;
}

bool prepare() {
    if (workshop == nullptr) workshop = static_cast<Workshop*>(map_pages(sizeof(Workshop)));
    return workshop != nullptr;
}

// A payload in two parts, each of which is compressed by what is frequent in it.
struct Payload {
    std::span<const std::uint8_t> whole;
    std::size_t first_part;
};

// Compresses into a run; 0 where that fails.
std::size_t compress(Run& run, const Payload& payload, std::span<std::uint8_t> room) {
    if (!prepare_compressor(run)) return 0;
    ZSTD_outBuffer to = {room.data(), room.size(), 0};
    for (const auto part :
         {payload.whole.first(payload.first_part), payload.whole.subspan(payload.first_part)}) {
        ZSTD_inBuffer from = {part.data(), part.size(), 0};
        if (!part.empty() && ZSTD_compressStream2(run.compressor, &to, &from, ZSTD_e_flush) != 0) return 0;
    }
    return to.pos;
}

bool append_payload(format::ChunkHeader header, const Payload& payload, Run* run) {
    std::uint8_t* out = workshop->chunk + format::kChunkHeaderBytes;
    std::uint8_t* const end = std::end(workshop->chunk);
    std::size_t bytes = 0;
    if (run != nullptr) {
        header.codec |= format::kCodecZstd | format::kCodecRun;
        if (run->chunks > 0) {
            header.codec |= format::kCodecGoesOn;
            std::memcpy(out, &run->last_crc, format::kRunLinkBytes);
            out += format::kRunLinkBytes;
        }
        bytes = compress(*run, payload, {out, end});
    }
    if (bytes == 0) {
        // What goes on from something cannot be written otherwise: the events are gone, and so is the run.
        if (run != nullptr && run->chunks > 0) return end_all_runs(), false;
        header.codec &= ~(format::kCodecZstd | format::kCodecRun);
        bytes = payload.whole.size();
        std::memcpy(out, payload.whole.data(), bytes);
    }
    header.payload_bytes =
        static_cast<std::uint32_t>(out + bytes - workshop->chunk - format::kChunkHeaderBytes);
    header.end_ns = monotonic_ns();
    format::seal_chunk(workshop->chunk, header);
    const bool appended = output.append(workshop->chunk, format::kChunkHeaderBytes + header.payload_bytes);
    if (!appended) return end_all_runs(), false;
    if (run != nullptr) {
        std::memcpy(&run->last_crc, workshop->chunk + format::kChunkCrcOffset, sizeof run->last_crc);
        const bool goes_on = (header.codec & format::kCodecRun) != 0 && run->chunks + 1 < format::kLongestRun;
        run->chunks = goes_on ? run->chunks + 1 : 0;
    }
    return true;
}

}  // namespace

bool append_events(std::uint32_t thread, std::span<const format::EventRecord> events,
                   std::uint64_t begin_ns) {
    if (!prepare()) return false;
    Run* const run = run_of_thread(thread);
    if (run == nullptr) return false;
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecColumns;
    header.thread = thread;
    header.records = static_cast<std::uint32_t>(events.size());
    header.first_sequence = events.front().sequence;
    header.begin_ns = begin_ns;
    bool appended = false;
    auto work = [&] {
        if (run->chunks == 0) run->book.begin();
        const std::uint8_t* const end =
            workshop->columns.write(events, header.first_sequence, run->book, workshop->payload);
        appended = append_payload(
            header, {{workshop->payload, end}, workshop->columns.bytes_before_addresses()}, run);
    };
    on_own_stack(work);
    return appended;
}

bool append(format::ChunkKind kind, std::uint32_t records, std::span<const std::uint8_t> payload,
            std::uint64_t begin_ns) {
    if (!prepare()) return false;
    const bool in_runs = kind == format::ChunkKind::definitions;
    if (in_runs && run_of_definitions == nullptr) run_of_definitions = make_run(kind);
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(kind);
    header.records = records;
    header.begin_ns = begin_ns;
    bool appended = false;
    auto work = [&] {
        appended = append_payload(header, {payload, 0}, in_runs ? run_of_definitions : nullptr);
    };
    on_own_stack(work);
    return appended;
}

void after_fork() {
    end_all_runs();
    // Another thread may have been at work in one of them.
    for (Run* const run : runs_of_events) {
        if (run != nullptr) run->compressor = nullptr;
    }
    if (run_of_definitions != nullptr) run_of_definitions->compressor = nullptr;
}

}  // namespace memo::tracer::chunks
