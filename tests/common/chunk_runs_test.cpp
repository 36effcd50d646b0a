// Runs of chunks: they read back in any mixture of threads, and what is lost of one is the rest of it alone.
#include "common/chunk_runs.h"

#include "common/trace_reader.h"
#include "tests/common/run_bytes.h"

#include <catch2/catch.hpp>

#include <array>
#include <random>

using namespace memo;
using namespace memo::test;
using format::EventRecord;

namespace {

constexpr std::size_t kThreads = 3;
constexpr std::size_t kChunks = 20;
constexpr std::size_t kPerChunk = 50;

// Every thread allocates and frees; its chunks of kPerChunk events are all of one run.
struct File {
    TraceBytes bytes = file_header();
    std::array<RunBytes, kThreads> runs;
    std::vector<EventRecord> events;        // all, in order
    std::vector<std::size_t> chunk_begins;  // where each begins in `bytes`
    std::vector<std::size_t> chunk_threads;

    File() {
        std::mt19937_64 random(5);
        std::array<std::vector<EventRecord>, kThreads> buffers;
        std::array<std::vector<std::uint64_t>, kThreads> live;
        for (std::uint64_t sequence = 1; chunk_begins.size() < kThreads * kChunks; ++sequence) {
            const std::size_t thread = random() % kThreads;
            EventRecord event{.sequence = sequence};
            if (live[thread].size() > 20 && random() % 2 == 0) {
                std::swap(live[thread][random() % live[thread].size()], live[thread].back());
                event.address = live[thread].back();
                event.kind = EventKind::free;
                event.entry = EntryPoint::free;
                live[thread].pop_back();
            } else {
                event.address = 0x100000 * (thread + 1) + 16 * (random() % 512);
                event.size = random() % 300;
                live[thread].push_back(event.address);
            }
            events.push_back(event);
            buffers[thread].push_back(event);
            if (buffers[thread].size() == kPerChunk) write(thread, buffers[thread]);
        }
        for (std::size_t thread = 0; thread < kThreads; ++thread) {
            if (!buffers[thread].empty()) write(thread, buffers[thread]);
        }
    }
    void write(std::size_t thread, std::vector<EventRecord>& buffer) {
        chunk_begins.push_back(bytes.size());
        chunk_threads.push_back(thread);
        runs[thread].add_events(bytes, static_cast<std::uint32_t>(thread), buffer);
        buffer.clear();
    }
    // Chunks of the same thread from this one on.
    [[nodiscard]] std::size_t left_in_run(std::size_t chunk) const {
        const auto from = chunk_threads.begin() + static_cast<std::ptrdiff_t>(chunk);
        return static_cast<std::size_t>(std::count(from, chunk_threads.end(), *from));
    }
};

Trace parsed(const TraceBytes& bytes) {
    auto trace = parse_trace(bytes, "file");
    if (!trace.ok()) FAIL(trace.error());
    return std::move(*trace);
}

void add_plain_run_chunk(TraceBytes& file, std::uint8_t codec, const TraceBytes& payload) {
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::definitions);
    header.codec = codec;
    add_chunk(file, header, payload);
}

}  // namespace

TEST_CASE("runs of several threads read back", "[trace]") {
    const File file;
    const Trace trace = parsed(file.bytes);
    CHECK(trace.damaged_chunks == 0);
    REQUIRE(trace.events.size() == file.events.size());
    for (std::size_t i = 0; i < file.events.size(); ++i) {
        REQUIRE(trace.events[i].sequence == file.events[i].sequence);
        REQUIRE(trace.events[i].address == file.events[i].address);
        REQUIRE(trace.events[i].size == file.events[i].size);
        REQUIRE(trace.events[i].kind == file.events[i].kind);
    }
}

TEST_CASE("a chunk that is lost takes the rest of its run along, and nothing else", "[trace]") {
    const File file;
    for (std::size_t chunk = 0; chunk < file.chunk_begins.size(); chunk += 7) {
        TraceBytes flipped = file.bytes;
        flipped[file.chunk_begins[chunk] + format::kChunkHeaderBytes + 9] ^= 1U;
        const Trace trace = parsed(flipped);
        const std::size_t lost = file.left_in_run(chunk);
        CHECK(trace.damaged_chunks == lost);
        CHECK_FALSE(trace.complete);
        for (const Event& event : trace.events) {
            REQUIRE(event.address == file.events[event.sequence - 1].address);
        }
        const std::size_t held = file.events.size() - trace.events.size();
        CHECK(held > (lost - 1) * kPerChunk);
        CHECK(held <= lost * kPerChunk);
    }
}

TEST_CASE("a file that ends in a run reads up to there", "[trace]") {
    const File file;
    const std::size_t chunk = file.chunk_begins.size() / 2;
    const TraceBytes cut(file.bytes.begin(),
                         file.bytes.begin() + static_cast<std::ptrdiff_t>(file.chunk_begins[chunk] + 60));
    const Trace trace = parsed(cut);
    CHECK(trace.damaged_chunks == 1);
    CHECK(trace.events.size() == chunk * kPerChunk);
}

TEST_CASE("a run may be written again, and its numbers may step back", "[trace]") {
    const auto block = [](std::uint64_t sequence) {
        return EventRecord{.sequence = sequence, .address = 0x1000 + 64 * sequence, .size = sequence};
    };
    TraceBytes file = file_header();
    RunBytes run;
    run.add_events(file, 0, {block(5), block(6), block(7)});
    run.add_events(file, 0, {block(5), block(6), block(7), block(8)});  // a snapshot, then the whole
    run.add_events(file, 0, {block(10), block(11)});
    run.add_events(file, 0, {block(9), block(12)});  // a signal's handler came between
    run.end();
    run.add_events(file, 0, {block(13)});
    run.add_events(file, 0, {block(14)});
    const Trace trace = parsed(file);
    CHECK(trace.damaged_chunks == 0);
    REQUIRE(trace.events.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(trace.events[i].sequence == 5 + i);
        CHECK(trace.events[i].address == 0x1000 + 64 * (5 + i));
    }
}

TEST_CASE("definitions come in runs too", "[trace]") {
    const auto note = [](std::string_view text) {
        return Fields().definition(format::Definition::note, Fields().string(text)).bytes;
    };
    TraceBytes file = file_header();
    RunBytes run;
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::definitions);
    for (const char* text : {"one", "two", "three"}) run.add(file, header, note(text));
    const Trace trace = parsed(file);
    CHECK(trace.damaged_chunks == 0);
    CHECK(trace.notes == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("what goes on from nothing, from something else or for too long is damage", "[trace]") {
    constexpr std::uint8_t kRun = format::kCodecRun;
    constexpr std::uint8_t kNext = format::kCodecRun | format::kCodecGoesOn;
    SECTION("nothing") {
        TraceBytes file = file_header();
        add_plain_run_chunk(file, kNext, {0, 0, 0, 0});
        add_plain_run_chunk(file, kNext, {});
        CHECK(parsed(file).damaged_chunks == 2);
    }
    SECTION("something else") {
        TraceBytes file = file_header();
        add_plain_run_chunk(file, kRun, {});
        add_plain_run_chunk(file, kNext, {1, 2, 3, 4});
        CHECK(parsed(file).damaged_chunks == 1);
    }
    SECTION("too long") {
        TraceBytes file = file_header();
        RunBytes run;
        for (std::uint32_t i = 0; i < format::kLongestRun + 2; ++i)
            run.add_events(file, 0, {{.sequence = i + 1, .address = 16, .size = 1}});
        const Trace trace = parsed(file);
        CHECK(trace.damaged_chunks == 2);
        CHECK(trace.events.size() == format::kLongestRun);
    }
    SECTION("bits that version 4 does not have") {
        TraceBytes file = file_header();
        file[8] = 4;
        format::ChunkHeader header;
        header.version = 4;
        header.kind = static_cast<std::uint8_t>(format::ChunkKind::definitions);
        header.codec = kRun;
        add_chunk(file, header, {});
        CHECK(parsed(file).damaged_chunks == 1);
    }
}

TEST_CASE("a run unpacks to no more than a payload may be, and its frame does not end", "[trace]") {
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecRun | format::kCodecZstd;
    format::RunReader reader;
    const auto packed = [](std::size_t zeros, ZSTD_EndDirective directive) {
        const TraceBytes plain(zeros);
        TraceBytes bytes(ZSTD_compressBound(zeros) + 64);
        ZSTD_CCtx* const context = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, format::kRunWindowLog);
        ZSTD_inBuffer from = {plain.data(), plain.size(), 0};
        ZSTD_outBuffer to = {bytes.data(), bytes.size(), 0};
        // Begun before its size is known.
        ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
        if (directive == ZSTD_e_end) ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
        ZSTD_freeCCtx(context);
        bytes.resize(to.pos);
        return bytes;
    };
    REQUIRE(reader.unpack(header, packed(format::kMaxPayload, ZSTD_e_flush)));
    CHECK(reader.unpack(header, packed(format::kMaxPayload, ZSTD_e_flush))->size() == format::kMaxPayload);
    CHECK_FALSE(reader.unpack(header, packed(format::kMaxPayload + 1, ZSTD_e_flush)));
    CHECK_FALSE(reader.unpack(header, packed(100, ZSTD_e_end)));
    CHECK_FALSE(reader.unpack(header, TraceBytes{1, 2, 3}));
}
