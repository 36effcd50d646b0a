// Events by column: what is written comes back, takes the bytes of the specification, and no payload does
// harm.
#include "common/event_columns.h"

#include "common/definition_columns.h"
#include "common/trace_reader.h"
#include "tests/common/trace_bytes.h"

#include <catch2/catch.hpp>
#include <zstd.h>

#include <memory>
#include <random>

using namespace memo;
using namespace memo::test;
using format::EventRecord;

namespace {

TraceBytes written(const std::vector<EventRecord>& events, format::AddressBook& book) {
    static const auto writer = std::make_unique<format::ColumnWriter>();
    TraceBytes bytes(format::ColumnWriter::most_bytes(events.size()));
    const std::uint8_t* end = writer->write(events, events.front().sequence, book, bytes.data());
    bytes.resize(static_cast<std::size_t>(end - bytes.data()));
    return bytes;
}

TraceBytes written(const std::vector<EventRecord>& events) {
    static const auto book = std::make_unique<format::AddressBook>();
    book->begin();
    return written(events, *book);
}

bool reads(const TraceBytes& payload, std::uint64_t first, std::vector<EventRecord>& events,
           std::uint16_t version = format::kVersion) {
    static const auto reader = std::make_unique<format::ColumnReader>();
    return reader->read(payload, first, events, version);
}

bool same(const EventRecord& a, const EventRecord& b) {
    return a.sequence == b.sequence && a.address == b.address && a.size == b.size &&
           a.alignment == b.alignment && a.site == b.site && a.context == b.context && a.kind == b.kind &&
           a.entry == b.entry && a.moved == b.moved;
}

// A program that allocates and frees, sometimes a block that nobody has seen, sometimes one twice.
std::vector<EventRecord> random_events(std::mt19937_64& random, std::size_t count) {
    std::vector<EventRecord> events;
    std::vector<std::uint64_t> live;
    std::uint64_t sequence = random() % 100;
    while (events.size() < count) {
        EventRecord event;
        sequence += random() % 4 == 0 ? 1 + random() % 1000 : 1;
        event.sequence = sequence;
        event.context = random() % 8 == 0 ? static_cast<std::uint32_t>(random() % 5) : kNone;
        if (random() % 2 == 0 && !live.empty()) {
            event.kind = EventKind::free;
            event.entry = EntryPoint::free;
            const std::size_t which = random() % live.size();
            event.address = random() % 20 == 0 ? random() : live[which];
            if (random() % 10 != 0) live[which] = live.back(), live.pop_back();
        } else {
            event.entry = static_cast<EntryPoint>(random() % kEntryPoints);
            event.size = random() % 3 == 0 ? random() % 5000 : 64;
            event.address = random() % 10 == 0 ? random() : 16 * (random() % 4096);
            event.site = random() % 9 == 0 ? kNone : static_cast<std::uint32_t>(random() % 300);
            if (format::has_alignment(event.entry)) event.alignment = 1U << (random() % 20);
            event.moved = !events.empty() && events.back().kind == EventKind::free && random() % 3 == 0;
            live.push_back(event.address);
        }
        events.push_back(event);
    }
    return events;
}

}  // namespace

TEST_CASE("random events come back from columns") {
    std::mt19937_64 random(11);
    for (const std::size_t count :
         {std::size_t{1}, std::size_t{2}, std::size_t{100}, std::size_t{format::kMaxColumnEvents}}) {
        for (int repeat = 0; repeat < 5; ++repeat) {
            const auto events = random_events(random, count);
            std::vector<EventRecord> back(count);
            REQUIRE(reads(written(events), events.front().sequence, back));
            for (std::size_t i = 0; i < count; ++i) REQUIRE(same(events[i], back[i]));
        }
    }
}

TEST_CASE("a loop that allocates and frees the same block takes a few bytes an event, and names no address") {
    std::vector<EventRecord> events;
    for (std::uint64_t i = 0; i < 100; ++i) {
        events.push_back({.sequence = 2 * i + 1, .address = 0x5550, .size = 100, .site = 7});
        events.push_back(
            {.sequence = 2 * i + 2, .address = 0x5550, .kind = EventKind::free, .entry = EntryPoint::free});
    }
    CHECK(written(events).size() < events.size() * 7 / 2);
}

// Blocks of one size, given back, and then asked for again, the one given back first at first.
std::vector<EventRecord> oldest_first(std::uint64_t blocks) {
    std::vector<EventRecord> events;
    const auto add = [&](std::uint64_t block, bool frees) {
        EventRecord event = {.sequence = events.size() + 1, .address = 0x10000 + 0x110 * block};
        if (frees) {
            event.kind = EventKind::free;
            event.entry = EntryPoint::free;
        } else {
            event.size = 64;
            event.site = 7;
        }
        events.push_back(event);
    };
    for (const bool frees : {false, true, false}) {
        for (std::uint64_t block = 0; block < blocks; ++block) add(block, frees);
    }
    return events;
}

TEST_CASE("a block that comes back after others of its size is named by its place among them, or its age") {
    const auto few = oldest_first(12);
    const auto many = oldest_first(100);
    for (const auto& events : {few, many}) {
        std::vector<EventRecord> back(events.size());
        REQUIRE(reads(written(events), 1, back));
        for (std::size_t i = 0; i < events.size(); ++i) REQUIRE(same(events[i], back[i]));
        std::vector<EventRecord> plain(events.size());
        CHECK_FALSE(reads(written(events), 1, plain, 3));  // version 3 has neither
    }
    std::vector<EventRecord> back(many.size());
    CHECK_FALSE(reads(written(many), 1, back, 4));  // version 4 has no ages
    back.resize(few.size());
    CHECK(reads(written(few), 1, back, 4));
    // Lengths come first: those of columns 7 and 8 are of the places and the addresses, of which only the
    // first 12 blocks need theirs: a byte each, but two for the first.
    const TraceBytes payload = written(few);
    CHECK(payload[7] == 24);
    CHECK(payload[8] == 12 + 1);
}

TEST_CASE("what is known of addresses goes on from chunk to chunk, as far as it is remembered") {
    std::mt19937_64 random(14);
    const auto book = std::make_unique<format::AddressBook>();
    const auto reader = std::make_unique<format::ColumnReader>();
    using Start = format::ColumnReader::Start;
    for (int run = 0; run < 3; ++run) {
        const auto events = random_events(random, std::size_t{8} * format::kMaxColumnEvents);
        book->begin();
        for (std::size_t at = 0; at < events.size();) {
            const std::size_t count =
                std::min<std::size_t>(1 + random() % format::kMaxColumnEvents, events.size() - at);
            const auto begin = events.begin() + static_cast<std::ptrdiff_t>(at);
            const std::vector<EventRecord> chunk(begin, begin + static_cast<std::ptrdiff_t>(count));
            std::vector<EventRecord> back(count);
            const Start start = at == 0 ? Start::afresh : Start::going_on;
            REQUIRE(
                reader->read(written(chunk, *book), chunk.front().sequence, back, format::kVersion, start));
            for (std::size_t i = 0; i < count; ++i) REQUIRE(same(chunk[i], back[i]));
            at += count;
        }
    }
    // A block of the chunk before is freed by its age, one byte, and its place is taken again by a guess.
    book->begin();
    (void)written({{.sequence = 1, .address = 0x1900, .size = 1000, .site = 4}}, *book);
    const TraceBytes golden = {
        2,    0,    0, 2, 0, 1, 1, 1, 0, 1, 0,  // lengths of the columns
        0x5b, 0x40,                             // tags: free, malloc
        0xe9, 0x07,                             // size 1000, plus 1
        1,    10,                               // site 4, plus 1, as a difference
        0,                                      // where a block of its size was released last
        1,                                      // the block allocated last is released
    };
    CHECK(written({{.sequence = 2, .address = 0x1900, .kind = EventKind::free, .entry = EntryPoint::free},
                   {.sequence = 3, .address = 0x1900, .size = 1000, .site = 4}},
                  *book) == golden);
}

TEST_CASE("the bytes of columns are those of the specification") {
    const TraceBytes golden = {
        3,    0,    0,    4,    0, 2, 1, 2, 4, 1, 0,  // lengths of the columns
        0x40, 0x40, 0x5b,                             // tags: malloc, malloc, free
        0xe9, 0x07, 0xd1, 0x0f,                       // sizes 1000 and 2000, plus 1
        1,    2,                                      // a new site, then it again
        10,                                           // site 4, plus 1, as a difference
        3,    3,                                      // no guess at the addresses
        0xa0, 0x06, 0x80, 0x20,                       // 0x1900 and 0x8000, a sixteenth, as differences to 0
        1,                                            // the block allocated last
    };
    CHECK(written({{.sequence = 1, .address = 0x1900, .size = 1000, .site = 4},
                   {.sequence = 2, .address = 0x8000, .size = 2000, .site = 4},
                   {.sequence = 3, .address = 0x8000, .kind = EventKind::free, .entry = EntryPoint::free}}) ==
          golden);
}

TEST_CASE("payloads that are no columns are refused") {
    std::mt19937_64 random(12);
    const auto events = random_events(random, 50);
    const TraceBytes sound = written(events);
    std::vector<EventRecord> back(events.size());
    for (std::size_t length = 0; length < sound.size(); ++length) {
        REQUIRE_FALSE(reads({sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(length)}, 1, back));
    }
    for (int i = 0; i < 20'000; ++i) {  // whatever comes of these, it is no crash
        TraceBytes broken = sound;
        for (int k = 0; k < 3; ++k) broken[random() % broken.size()] = static_cast<std::uint8_t>(random());
        (void)reads(broken, events.front().sequence, back);
    }
    std::vector<EventRecord> fewer(events.size() - 1);
    CHECK_FALSE(reads(sound, events.front().sequence, fewer));
    std::vector<EventRecord> too_many(format::kMaxColumnEvents + 1);
    CHECK_FALSE(reads(sound, events.front().sequence, too_many));
}

TEST_CASE("a chunk may be compressed, and says so") {
    std::mt19937_64 random(13);
    const auto events = random_events(random, 1000);
    const TraceBytes columns = written(events);
    TraceBytes compressed(ZSTD_compressBound(columns.size()));
    compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), columns.data(), columns.size(), 1));
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecColumns | format::kCodecZstd;
    header.records = 1000;
    header.first_sequence = events.front().sequence;

    TraceBytes file = file_header();
    add_chunk(file, header, compressed);
    const auto trace = parse_trace(file, "file");
    REQUIRE(trace.ok());
    CHECK(trace->events.size() == 1000);

    SECTION("a bad frame is a damaged chunk, not a broken file") {
        compressed[compressed.size() / 2] ^= 0x55U;
        compressed.resize(compressed.size() - 3);
        add_chunk(file, header, compressed);
        const auto damaged = parse_trace(file, "file");
        REQUIRE(damaged.ok());
        CHECK(damaged->damaged_chunks == 1);
        CHECK(damaged->events.size() == 1000);
    }
    SECTION("a frame that claims to be huge is not unpacked") {
        TraceBytes bomb(ZSTD_compressBound(format::kMaxPayload + 1));
        const TraceBytes zeros(format::kMaxPayload + 1);
        bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 1));
        add_chunk(file, header, bomb);
        const auto damaged = parse_trace(file, "file");
        REQUIRE(damaged.ok());
        CHECK(damaged->damaged_chunks == 1);
    }
}

TEST_CASE("frames and nodes by column read back as call stacks, innermost frame first") {
    format::DefinitionColumns<8> frames;
    frames.add(0, 1, 100);
    frames.add(1, 1, 200);
    frames.add(2, 0, 0x5555);
    format::DefinitionColumns<8> nodes;
    const auto node = [&](std::uint32_t id, std::uint32_t parent, std::uint32_t frame) {
        REQUIRE(nodes.takes(id));
        nodes.add(id, format::parent_code(id, parent), format::EventEncoder::id_plus_one(frame));
    };
    node(10, kNone, 0);
    node(11, 10, 1);
    node(12, 11, 2);
    node(13, kNone, kNone);  // cut
    node(14, 13, 2);
    node(15, 10, 2);
    CHECK_FALSE(nodes.takes(17));
    const auto body = [](const auto& columns) {
        TraceBytes bytes(std::decay_t<decltype(columns)>::kMostBytes);
        bytes.resize(static_cast<std::size_t>(columns.write(bytes.data()) - bytes.data()));
        return bytes;
    };
    const TraceBytes golden = {10, 6, 6, 1, 0, 0, 1, 0, 5, 1, 2, 3, 0, 3, 3};
    CHECK(body(nodes) == golden);
    const auto as_fields = [](const TraceBytes& bytes) {
        Fields fields;
        fields.bytes = bytes;
        return fields;
    };
    using format::Definition;
    const auto file_with = [&](const TraceBytes& of_nodes) {
        TraceBytes file = file_header();
        add_chunk(file, format::ChunkKind::definitions,
                  Fields()
                      .definition(Definition::module,
                                  Fields().number(0).number(0x1000).number(64).string("/bin/p").string(""))
                      .definition(Definition::frames, as_fields(body(frames)))
                      .definition(Definition::nodes, as_fields(of_nodes)));
        add_events(file, 0,
                   {{.sequence = 1, .address = 16, .size = 1, .site = 12},
                    {.sequence = 2, .address = 32, .size = 1, .site = 14},
                    {.sequence = 3, .address = 48, .size = 1, .site = 15}});
        return file;
    };
    const auto trace = parse_trace(file_with(golden), "file");
    REQUIRE(trace.ok());
    CHECK(trace->damaged_chunks == 0);
    REQUIRE(trace->sites.size() == 3);
    const std::uint32_t deep = trace->events[0].site;
    CHECK(trace->sites.stack(deep) == std::vector<Frame>{{kNone, 0x5555}, {0, 200}, {0, 100}});
    CHECK_FALSE(trace->sites.is_truncated(deep));
    const std::uint32_t cut = trace->events[1].site;
    CHECK(trace->sites.stack(cut) == std::vector<Frame>{{kNone, 0x5555}});
    CHECK(trace->sites.is_truncated(cut));
    CHECK(trace->sites.stack(trace->events[2].site) == std::vector<Frame>{{kNone, 0x5555}, {0, 100}});

    SECTION("what is not of that form is damage") {
        const TraceBytes wrong[] = {
            {10, 6, 6, 1, 0, 0, 1, 0, 5, 1, 2, 3, 0, 3},      // a frame is missing
            {10, 6, 5, 1, 0, 0, 1, 0, 1, 2, 3, 0, 3, 3},      // a parent is
            {10, 5, 6, 1, 0, 0, 1, 0, 5, 1, 2, 3, 0, 3, 3},   // there is more than was counted
            {10, 6, 6, 12, 0, 0, 1, 0, 5, 1, 2, 3, 0, 3, 3},  // further back than there are ids
            {0, 1, 1, 0, 1},                                  // the node before the first
            {10, 0xff, 0xff, 0xff, 0x7f, 6, 1, 0, 0, 1, 0, 5, 1, 2, 3, 0, 3, 3},  // many by its own account
        };
        for (const TraceBytes& bytes : wrong) {
            const auto damaged = parse_trace(file_with(bytes), "file");
            REQUIRE(damaged.ok());
            CHECK(damaged->damaged_chunks == 1);
        }
    }
}

TEST_CASE("nodes of version 2 read back as call stacks") {
    using format::Definition;
    const auto node = [](std::uint64_t id, std::uint64_t parent, std::uint64_t offset) {
        return Fields().number(id).number(parent).number(0).number(offset);
    };
    TraceBytes file = file_header();
    add_chunk(file, format::ChunkKind::definitions,
              Fields()
                  .definition(Definition::node, node(0, 0, 100))
                  .definition(Definition::node, node(1, 1, 200))
                  .definition(Definition::node, node(2, 2, 300))
                  .definition(Definition::cut, Fields().number(3))
                  .definition(Definition::node, node(4, 4, 400)));
    add_events(file, 0,
               {{.sequence = 1, .address = 16, .size = 1, .site = 2},
                {.sequence = 2, .address = 32, .size = 1, .site = 4},
                {.sequence = 3, .address = 48, .size = 1, .site = 1}});
    const auto trace = parse_trace(file, "file");
    REQUIRE(trace.ok());
    CHECK(trace->damaged_chunks == 0);
    REQUIRE(trace->sites.size() == 3);
    const auto& deep = trace->events[0].site;
    CHECK(trace->sites.stack(deep) == std::vector<Frame>{{kNone, 300}, {kNone, 200}, {kNone, 100}});
    CHECK_FALSE(trace->sites.is_truncated(deep));
    const auto& cut = trace->events[1].site;
    CHECK(trace->sites.stack(cut) == std::vector<Frame>{{kNone, 400}});
    CHECK(trace->sites.is_truncated(cut));
    CHECK(trace->sites.stack(trace->events[2].site).size() == 2);
}

TEST_CASE("files of version 1 are still read") {
    TraceBytes file = file_header();
    file[8] = 1;
    format::ChunkHeader header;
    header.version = 1;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::definitions);
    add_chunk(file, header,
              Fields()
                  .definition(
                      format::Definition::site,
                      Fields().number(0).byte(0).number(1).number(0).number(5).number(0).number(0).number(0))
                  .bytes);
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.records = 1;
    header.first_sequence = 1;
    add_chunk(file, header, {0x40, 0x20, 9, 1});  // malloc of 9 bytes at 0x100, site 0
    const auto trace = parse_trace(file, "old");
    REQUIRE(trace.ok());
    REQUIRE(trace->events.size() == 1);
    CHECK(trace->events[0].address == 0x100);
    CHECK(trace->sites.stack(0) == std::vector<Frame>{{kNone, 5}});
}
