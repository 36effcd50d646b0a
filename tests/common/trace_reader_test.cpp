// Reading traces: what a sound file says, and that no damage to it goes unnoticed or does harm.
#include "common/trace_reader.h"

#include "tests/common/trace_bytes.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

using namespace memo;
using namespace memo::test;

namespace {

// The invariants of common/trace.h.
void check_valid(const Trace& trace) {
    const auto in = [](std::uint32_t index, const auto& table) {
        return index == kNone || index < table.size();
    };
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
        const Event& event = trace.events[i];
        if (i > 0) REQUIRE(trace.events[i - 1].sequence < event.sequence);
        REQUIRE(event.thread < trace.threads.size());
        REQUIRE(in(event.site, trace.sites));
        REQUIRE(in(event.context, trace.contexts));
        REQUIRE(static_cast<std::uint8_t>(event.entry) < kEntryPoints);
    }
    for (std::uint32_t site = 0; site < trace.sites.size(); ++site) {
        for (const Frame frame : trace.sites.frames(site)) REQUIRE(in(frame.module, trace.modules));
    }
    for (std::size_t i = 0; i < trace.contexts.size(); ++i) {
        const std::uint32_t parent = trace.contexts[i].parent;
        REQUIRE((parent == kNone || parent < i));
    }
}

Trace parsed(const TraceBytes& bytes) {
    auto trace = parse_trace(bytes, "file");
    if (!trace.ok()) FAIL(trace.error());
    check_valid(*trace);
    return std::move(*trace);
}

}  // namespace

TEST_CASE("a small trace reads back as it was written") {
    const Trace trace = parsed(small_trace());
    CHECK(trace.process_id == 42);
    CHECK(trace.parent_process_id == 41);
    CHECK(trace.start_unix_ns == 1000);
    CHECK(trace.program == "/bin/p");
    CHECK(trace.program_build_id == "12ab");
    CHECK(trace.tool_version == "0.1");
    CHECK(trace.next_allocator == "libc");
    CHECK(trace.arguments == std::vector<std::string>{"p", "-x"});
    CHECK(trace.notes == std::vector<std::string>{"a note"});
    CHECK(trace.complete);
    CHECK(trace.dropped_events == 3);
    CHECK(trace.damaged_chunks == 0);

    REQUIRE(trace.threads.size() == 2);
    CHECK(trace.threads[0].name == "main");
    REQUIRE(trace.modules.size() == 1);
    CHECK(trace.modules[0].build_id == "ff");
    REQUIRE(trace.sites.size() == 2);
    CHECK(trace.sites.stack(0) == std::vector<Frame>{{0, 7}, {0, 9}});
    CHECK(trace.sites.stack(1) == std::vector<Frame>{{kNone, 5}, {0, 9}});  // the second frame is copied
    CHECK(trace.sites.is_truncated(1));
    REQUIRE(trace.contexts.size() == 2);
    CHECK(trace.contexts[1].parent == 0);
    CHECK(trace.contexts[1].source == ContextSource::plugin);

    REQUIRE(trace.events.size() == 5);
    const std::uint64_t sequences[] = {1, 2, 3, 4, 6};
    for (std::size_t i = 0; i < 5; ++i) CHECK(trace.events[i].sequence == sequences[i]);
    CHECK(trace.events[0].address == 0x5000);
    CHECK(trace.events[0].size == 100);
    CHECK(trace.events[0].context == 1);
    CHECK(trace.events[0].site == 0);
    CHECK(trace.events[1].alignment == 64);
    CHECK(trace.events[1].address == 0x9001);
    CHECK(trace.events[1].thread == 1);
    CHECK(trace.events[2].kind == EventKind::free);
    CHECK(trace.events[4].old_address == 0x5000);
    CHECK(trace.events[4].context == kNone);
}

TEST_CASE("the bytes of an event are those of the specification") {
    TraceBytes file;
    add_events(
        file, 3,
        {{.sequence = 10, .address = 0x7f0000001230, .size = 200, .site = 4},
         {.sequence = 12, .address = 0x7f0000001230, .kind = EventKind::free, .entry = EntryPoint::free}});
    const TraceBytes payload(file.begin() + format::kChunkHeaderBytes, file.end());
    const TraceBytes golden = {0x40, 0xc6, 0x84, 0x80, 0x80, 0x80,
                               0xfc, 0x03, 0xc8, 0x01, 0x05,  // malloc, next
                               0x1b, 0x02, 0x00};             // free, two on
    CHECK(payload == golden);
    const TraceBytes start(file.begin(), file.begin() + 24);
    const TraceBytes golden_start = {'m', 'C', 'h', 'k', 5,  0, 3, 0, 3, 0, 0, 0,
                                     2,   0,   0,   0,   10, 0, 0, 0, 0, 0, 0, 0};
    CHECK(start == golden_start);
    const TraceBytes golden_header = {0x89, 'm', 'e', 'm', 'o', 't', 'r', '\n', 5, 0, 8, 0, 0, 0, 0, 0};
    CHECK(file_header() == golden_header);
}

TEST_CASE("random events come back from any chunks, in order") {
    std::mt19937_64 random(3);
    std::vector<std::vector<format::EventRecord>> threads(3);
    std::vector<format::EventRecord> all;
    for (std::uint64_t sequence = 5; sequence < 5000; sequence += 1 + random() % 3) {
        format::EventRecord record;
        record.sequence = sequence;
        record.address = random() >> (random() % 64);
        record.kind = random() % 2 == 0 ? EventKind::free : EventKind::allocate;
        record.entry = static_cast<EntryPoint>(random() % kEntryPoints);
        if (record.kind == EventKind::allocate) {
            record.size = random() >> (random() % 64);
            if (format::has_alignment(record.entry)) record.alignment = 1U << (random() % 31);
        }
        all.push_back(record);
        threads[random() % 3].push_back(record);
    }
    TraceBytes file = file_header();
    for (std::uint32_t thread = 0; thread < 3; ++thread) {
        auto& records = threads[thread];
        for (std::size_t at = 0; at < records.size();) {
            const std::size_t count = std::min<std::size_t>(1 + random() % 200, records.size() - at);
            const auto begin = records.begin() + static_cast<std::ptrdiff_t>(at);
            add_events(file, thread, {begin, begin + static_cast<std::ptrdiff_t>(count)});
            at += count;
        }
    }
    const Trace trace = parsed(file);
    REQUIRE(trace.events.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Event& event = trace.events[i];
        REQUIRE(event.sequence == all[i].sequence);
        REQUIRE(event.address == all[i].address);
        REQUIRE(event.kind == all[i].kind);
        REQUIRE(event.entry == all[i].entry);
        REQUIRE(event.size == all[i].size);
        REQUIRE(event.alignment == all[i].alignment);
    }
    CHECK_FALSE(trace.complete);
}

TEST_CASE("events that were written twice count once, and events take a goodbye back") {
    TraceBytes file = small_trace();
    const format::EventRecord again{.sequence = 2, .address = 0x9001, .size = 5};
    const format::EventRecord more{.sequence = 9, .address = 0x9001, .size = 6};
    add_events(file, 7, {again, more});
    const Trace trace = parsed(file);
    CHECK(trace.events.size() == 6);
    CHECK_FALSE(trace.complete);
}

TEST_CASE("a trace cut anywhere is an error or a valid trace") {
    const TraceBytes whole = small_trace();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const TraceBytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const auto trace = parse_trace(cut, "cut");
        REQUIRE(trace.ok() == (length >= format::kFileHeaderBytes));
        if (!trace.ok()) continue;
        check_valid(*trace);
        REQUIRE_FALSE(trace->complete);
        REQUIRE(trace->damaged_chunks <= 1);
    }
}

TEST_CASE("no single flipped bit goes unnoticed or does harm") {
    const TraceBytes whole = small_trace();
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        TraceBytes flipped = whole;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        const auto trace = parse_trace(flipped, "flipped");
        if (bit < std::size_t{8} * 10) {
            REQUIRE_FALSE(trace.ok());  // magic or version
            continue;
        }
        REQUIRE(trace.ok());
        check_valid(*trace);
        // Bytes 10 to 15 of the file header say nothing that we need.
        if (bit >= 8 * format::kFileHeaderBytes) REQUIRE(trace->damaged_chunks >= 1);
    }
}

TEST_CASE("damage in the middle loses that chunk alone") {
    TraceBytes file = file_header();
    for (std::uint64_t i = 1; i <= 3; ++i) add_events(file, 0, {{.sequence = i, .address = i, .size = i}});
    const std::size_t chunk = (file.size() - format::kFileHeaderBytes) / 3;
    file.erase(file.begin() + format::kFileHeaderBytes + static_cast<std::ptrdiff_t>(chunk) + 50);
    const Trace trace = parsed(file);
    CHECK(trace.damaged_chunks == 1);
    REQUIRE(trace.events.size() == 2);
    CHECK(trace.events[1].sequence == 3);
}

TEST_CASE("unknown chunks and definitions are skipped, unknown versions are an error") {
    TraceBytes file = small_trace();
    add_chunk(file, static_cast<format::ChunkKind>(99), Fields().string("from the future"));
    add_chunk(file, format::ChunkKind::definitions,
              Fields()
                  .definition(static_cast<format::Definition>(77), Fields().number(1))
                  .definition(format::Definition::note, Fields().string("after it")));
    const Trace trace = parsed(file);
    CHECK(trace.damaged_chunks == 0);
    CHECK(trace.notes.back() == "after it");

    format::ChunkHeader header;
    header.version = format::kVersion + 1;
    add_chunk(file, header, {});
    const auto newer = parse_trace(file, "newer");
    REQUIRE_FALSE(newer.ok());
    CHECK_THAT(newer.error(), Catch::StartsWith("newer: trace format version 6"));
}

TEST_CASE("checksummed nonsense is refused chunk by chunk") {
    using format::ChunkKind;
    using format::Definition;
    const Fields huge = Fields().number(~std::uint64_t{0});
    const std::vector<std::pair<ChunkKind, Fields>> all = {
        {ChunkKind::process, Fields().number(1)},
        {ChunkKind::process,
         Fields().number(1).number(1).number(1).string("").string("").string("").string("").number(
             1'000'000'000)},
        {ChunkKind::definitions, Fields().byte(1).number(1000)},
        {ChunkKind::definitions,
         Fields().definition(Definition::site, Fields().number(0).byte(0).number(1'000'000'000))},
        {ChunkKind::definitions,
         Fields().definition(Definition::site,
                             Fields().number(0).byte(0).number(0).number(0).number(1).number(0))},
        {ChunkKind::definitions, Fields().definition(Definition::module, huge)},
        {ChunkKind::definitions,
         Fields().definition(Definition::context, Fields().number(0).number(0).byte(9).string("x"))},
        {ChunkKind::goodbye, Fields()},
    };
    for (const auto& [kind, payload] : all) {
        TraceBytes file = file_header();
        add_chunk(file, kind, payload);
        CHECK(parsed(file).damaged_chunks == 1);
    }
    // Events: more records promised than there are; bytes left over; a sequence that stands still; a wrong
    // entry point.
    const std::vector<std::pair<std::uint32_t, TraceBytes>> events = {
        {1000, {0x4b, 0x00}}, {0, {0x4b, 0x00}}, {1, {0x1b, 0x00, 0x00}}, {1, {0x5f, 0x00}}};
    for (const auto& [records, payload] : events) {
        TraceBytes file = file_header();
        format::ChunkHeader header;
        header.kind = static_cast<std::uint8_t>(ChunkKind::events);
        header.records = records;
        add_chunk(file, header, payload);
        const Trace trace = parsed(file);
        CHECK(trace.damaged_chunks == 1);
        CHECK(trace.events.empty());
        CHECK(trace.threads.empty());
    }
}

TEST_CASE("a context that claims to be its own ancestor has no such parent") {
    TraceBytes file = file_header();
    add_chunk(
        file, format::ChunkKind::definitions,
        Fields()
            .definition(format::Definition::context, Fields().number(0).number(2).byte(0).string("a"))
            .definition(format::Definition::context, Fields().number(1).number(1).byte(0).string("b"))
            .definition(format::Definition::context, Fields().number(0).number(2).byte(0).string("a again")));
    const Trace trace = parsed(file);
    REQUIRE(trace.contexts.size() == 2);
    CHECK(trace.contexts[0].parent == kNone);
    CHECK(trace.contexts[1].parent == 0);
}

TEST_CASE("files that are no traces give one clear line that names them") {
    const std::string path =
        std::filesystem::temp_directory_path() / ("memo-no-trace-" + std::to_string(getpid()));
    const auto error_of = [&](std::string_view content) {
        std::ofstream(path, std::ios::binary) << content;
        const auto trace = read_trace(path);
        REQUIRE_FALSE(trace.ok());
        CHECK_THAT(trace.error(), Catch::StartsWith(path + ": "));
        CHECK(trace.error().find('\n') == std::string::npos);
        return trace.error();
    };
    CHECK_THAT(error_of(""), Catch::Contains("empty"));
    CHECK_THAT(error_of("#!/bin/sh\nexit 0 and some more\n"), Catch::Contains("not a memo trace"));
    std::filesystem::remove(path);
    CHECK_THAT(read_trace(path).error(), Catch::Contains("No such file"));
    CHECK_THAT(read_trace("/").error(), Catch::Contains("directory"));
}

TEST_CASE("a trace of many chunks reads from a file as from memory") {
    const std::string path =
        std::filesystem::temp_directory_path() / ("memo-trace-" + std::to_string(getpid()));
    const TraceBytes bytes = small_trace();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    const auto trace = read_trace(path);
    std::filesystem::remove(path);
    REQUIRE(trace.ok());
    CHECK(trace->events.size() == 5);
}
