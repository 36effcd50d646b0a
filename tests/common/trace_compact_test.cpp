// Compact traces: what every reader sees in them is what it saw in the trace before, and no damage does harm.
#include "common/trace_compact.h"

#include "common/block_replay.h"
#include "common/trace_reader.h"
#include "tests/common/trace_bytes.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

using namespace memo;

namespace {

test::TraceBytes compacted(const Trace& trace, bool keep_addresses) {
    TraceInMemory source(trace);
    test::TraceBytes bytes;
    const CompactCounts counts = write_compact(
        source, {.keep_addresses = keep_addresses, .level = 3},
        [&](std::span<const std::uint8_t> some) { bytes.insert(bytes.end(), some.begin(), some.end()); });
    CHECK(counts.bytes == bytes.size());
    CHECK(counts.events == trace.events.size());
    return bytes;
}

Trace read_back(const test::TraceBytes& bytes) {
    auto trace = parse_trace(bytes, "compact");
    if (!trace.ok()) FAIL(trace.error());
    return std::move(*trace);
}

// All that a walk says of a trace's blocks. Kept ones come in no order, so all are sorted.
using Happened = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t, bool>;
std::vector<Happened> blocks_of(const Trace& trace) {
    struct Collect final : BlockVisitor {
        std::vector<Happened> all;
        void allocated(const Allocation& a) override {
            all.emplace_back(a.index, UINT64_MAX, a.event.size, a.requester, a.makes_block);
        }
        void ended(const Block& b, std::uint64_t end, bool temporary) override {
            all.emplace_back(b.birth, end, b.size, b.requester, temporary);
        }
        void kept(const Block& b) override { all.emplace_back(b.birth, 0, b.size, b.requester, false); }
    };
    TraceInMemory source(trace);
    Requesters requesters;
    Collect collect;
    replay(source, requesters, {&collect});
    std::sort(collect.all.begin(), collect.all.end());
    return collect.all;
}

// A program of three threads that does all that a trace can hold: cross-thread frees, reallocations, frees of
// unknown blocks, frees that were lost, requests that failed, gaps in the sequence, mappings.
class Program {
  public:
    explicit Program(unsigned seed) : random_(seed) {
        trace_.threads.resize(3);
        trace_.modules.resize(2);
        trace_.contexts = {{kNone, ContextSource::label, "outer"}, {0, ContextSource::plugin, "aten::add"}};
        for (std::uint64_t i = 0; i < 20; ++i) {
            std::vector<Frame> frames;
            for (std::uint64_t depth = 0; depth <= i % 5; ++depth)
                frames.push_back(
                    {depth == 2 ? kNone : static_cast<std::uint32_t>(depth % 2), 100 * depth + i});
            trace_.sites.add(frames, i % 3 == 0);
        }
        trace_.complete = true;
        trace_.dropped_events = 5;
        trace_.sample_bytes = 4096;
        trace_.notes = {"a note"};
    }

    Trace run(std::size_t events) && {
        while (trace_.events.size() < events) step();
        return std::move(trace_);
    }

  private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    void add(Event event) {
        sequence_ += below(50) == 0 ? 2 + below(9) : 1;
        event.sequence = sequence_;
        event.thread = static_cast<std::uint32_t>(below(3));
        if (forced_thread_) event.thread = *forced_thread_;
        if (event.kind == EventKind::allocate) {
            event.site = below(30) == 0 ? kNone : static_cast<std::uint32_t>(below(20));
            event.context = below(2) == 0 ? kNone : static_cast<std::uint32_t>(below(2));
            event.alignment = event.entry == EntryPoint::posix_memalign ? 64 : 0;
        }
        const bool mapping = event.entry >= EntryPoint::mmap;
        (mapping ? trace_.mappings : trace_.events).push_back(event);
    }

    std::uint64_t fresh_address() {
        if (!free_.empty() && below(2) == 0) {
            const std::uint64_t address = free_.back();
            free_.pop_back();
            return address;
        }
        return 0x1000 + 16 * ++addresses_;
    }

    void allocate(std::uint64_t old_address = 0) {
        const std::uint64_t address = fresh_address();
        const EntryPoint entry = old_address != 0 ? EntryPoint::realloc
                                 : below(9) == 0  ? EntryPoint::posix_memalign
                                                  : EntryPoint::malloc;
        add({.address = address, .old_address = old_address, .size = below(5) * 100, .entry = entry});
        live_.push_back(address);
    }

    std::uint64_t release(EntryPoint entry) {
        const std::size_t which = below(4) == 0 ? below(live_.size()) : live_.size() - 1;
        const std::uint64_t address = live_[which];
        live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(which));
        add({.address = address, .kind = EventKind::free, .entry = entry});
        free_.push_back(address);
        return address;
    }

    void step() {
        const std::uint64_t what = below(100);
        if (what < 45 || live_.empty()) return allocate();
        if (what < 85) return (void)release(EntryPoint::free);
        if (what < 91) {  // a reallocation, by one thread
            forced_thread_ = static_cast<std::uint32_t>(below(3));
            allocate(release(EntryPoint::realloc));
            forced_thread_.reset();
        } else if (what < 93) {
            add({.address = 0xdead0, .kind = EventKind::free, .entry = EntryPoint::free});
        } else if (what < 95) {
            add({.address = 0, .size = below(1000)});  // failed
        } else if (what < 97) {                        // the free is lost, and the address used again
            const std::uint64_t address = live_.back();
            add({.address = address, .size = 77});
        } else {
            add({.address = 0x700000, .size = 4096, .entry = EntryPoint::mmap});
        }
    }

    Trace trace_;
    std::mt19937_64 random_;
    std::uint64_t sequence_ = 10;
    std::uint64_t addresses_ = 0;
    std::vector<std::uint64_t> live_;
    std::vector<std::uint64_t> free_;
    std::optional<std::uint32_t> forced_thread_;
};

void check_same(const Trace& before, const Trace& after, bool addresses) {
    CHECK(after.damaged_chunks == 0);
    CHECK(after.complete == before.complete);
    CHECK(after.has_addresses == addresses);
    CHECK(after.dropped_events == before.dropped_events);
    CHECK(after.sample_bytes == before.sample_bytes);
    CHECK(after.threads.size() == before.threads.size());
    CHECK(after.contexts.size() == before.contexts.size());
    REQUIRE(after.events.size() == before.events.size());
    for (std::size_t i = 0; i < before.events.size(); ++i) {
        const Event& a = before.events[i];
        const Event& b = after.events[i];
        const bool same = a.sequence == b.sequence && a.kind == b.kind && a.entry == b.entry &&
                          a.size == b.size && a.alignment == b.alignment && a.thread == b.thread &&
                          (a.kind == EventKind::free || a.context == b.context) &&
                          (!addresses || (a.address == b.address && a.old_address == b.old_address));
        if (!same) FAIL("event " << i << " differs");
        if ((a.site == kNone) != (b.site == kNone)) FAIL("event " << i << " has another site");
        if (a.site == kNone) continue;
        if (i < 2000) {
            REQUIRE(before.sites.stack(a.site) == after.sites.stack(b.site));
            REQUIRE(before.sites.is_truncated(a.site) == after.sites.is_truncated(b.site));
        }
    }
    REQUIRE(after.mappings.size() == before.mappings.size());
    for (std::size_t i = 0; i < before.mappings.size(); ++i) {
        REQUIRE(after.mappings[i].sequence == before.mappings[i].sequence);
        REQUIRE(after.mappings[i].size == before.mappings[i].size);
    }
    CHECK(blocks_of(before) == blocks_of(after));
}

}  // namespace

TEST_CASE("a compact trace says what the trace said", "[compact]") {
    for (unsigned seed = 0; seed < 20; ++seed) {
        const Trace trace = Program(seed).run(1 + 100 * seed);
        check_same(trace, read_back(compacted(trace, true)), true);
        check_same(trace, read_back(compacted(trace, false)), false);
    }
}

TEST_CASE("blocks may outlive their chunk", "[compact]") {
    const Trace trace = Program(77).run(600'000);  // more than a chunk
    const test::TraceBytes bytes = compacted(trace, false);
    check_same(trace, read_back(bytes), false);
}

TEST_CASE("a compact trace of a compact trace is the same", "[compact]") {
    const Trace once = read_back(compacted(Program(5).run(3000), false));
    const Trace twice = read_back(compacted(once, false));
    check_same(once, twice, false);
    CHECK(once.notes == twice.notes);
}

TEST_CASE("a damaged compact trace is an error or a valid trace", "[compact]") {
    const test::TraceBytes whole = compacted(Program(9).run(300), false);
    const auto check_valid = [](const Trace& trace) {
        for (std::size_t i = 0; i < trace.events.size(); ++i) {
            const Event& event = trace.events[i];
            if (i > 0) REQUIRE(trace.events[i - 1].sequence < event.sequence);
            REQUIRE(event.thread < trace.threads.size());
            REQUIRE((event.site == kNone || event.site < trace.sites.size()));
            REQUIRE((event.context == kNone || event.context < trace.contexts.size()));
        }
    };
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto cut = parse_trace({whole.data(), length}, "cut");
        if (cut.ok()) check_valid(*cut);
    }
    for (std::size_t at = format::kFileHeaderBytes; at < whole.size(); ++at) {
        test::TraceBytes flipped = whole;
        flipped[at] ^= 0x10;
        const auto trace = parse_trace(flipped, "flipped");
        REQUIRE(trace.ok());
        check_valid(*trace);
        REQUIRE(trace->damaged_chunks >= 1);
    }
}

TEST_CASE("checksummed nonsense in blocks and stacks is refused", "[compact]") {
    std::mt19937 random(1);
    const test::TraceBytes whole = compacted(Program(3).run(400), false);
    for (int round = 0; round < 1000; ++round) {
        // Any chunk's payload, unpacked by luck or not, with a few bytes changed and its checksum mended.
        test::TraceBytes file = whole;
        std::size_t at = format::kFileHeaderBytes;
        std::vector<std::size_t> chunks;
        while (at < file.size()) {
            chunks.push_back(at);
            at += format::kChunkHeaderBytes + format::ChunkHeader::load(file.data() + at).payload_bytes;
        }
        const std::size_t chunk = chunks[random() % chunks.size()];
        format::ChunkHeader header = format::ChunkHeader::load(file.data() + chunk);
        for (int i = 0; i < 3; ++i) {
            if (header.payload_bytes > 0)
                file[chunk + format::kChunkHeaderBytes + random() % header.payload_bytes] =
                    static_cast<std::uint8_t>(random());
        }
        if (random() % 4 == 0) header.codec ^= format::kCodecZstd;
        if (random() % 4 == 0) header.records += static_cast<std::uint32_t>(random() % 7);
        format::seal_chunk(file.data() + chunk, header);
        const auto trace = parse_trace(file, "nonsense");
        if (!trace.ok()) continue;
        const bool valid = std::all_of(trace->events.begin(), trace->events.end(), [&](const Event& event) {
            return event.thread < trace->threads.size() &&
                   (event.site == kNone || event.site < trace->sites.size());
        });
        REQUIRE(valid);
    }
}
