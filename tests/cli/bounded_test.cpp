// Memory that does not grow with the trace: a trace whose events would take far more than the limit is
// analysed under it.
#include "common/event_columns.h"
#include "tests/cli/command.h"
#include "tests/common/trace_bytes.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace memo;
using namespace memo::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // sanitizers map terabytes
#else
constexpr bool kSanitized = false;
#endif

constexpr std::uint64_t kEvents = 8'600'000;
constexpr std::uint64_t kRound = 40;  // allocations, each freed a few later

void define(TraceBytes& file) {
    using format::Definition;
    add_process(file, "", {"p"});
    Fields definitions;
    definitions.definition(Definition::thread, Fields().number(0).number(42).string("main"));
    definitions.definition(Definition::thread, Fields().number(1).number(43).string("helper"));
    definitions.definition(Definition::module,
                           Fields().number(0).number(0x1000).number(1 << 20).string("/nowhere/p").string(""));
    for (std::uint64_t i = 0; i < kRound; ++i)
        definitions.definition(Definition::node, Fields().number(i).number(0).number(1).number(16 + 32 * i));
    add_chunk(file, format::ChunkKind::definitions, definitions);
}

// A chunk of events by column, as the tracer writes them.
void add_columns(TraceBytes& file, std::uint32_t thread, const std::vector<format::EventRecord>& records,
                 format::ColumnWriter& writer) {
    static const auto book = std::make_unique<format::AddressBook>();
    book->begin();
    TraceBytes payload(format::ColumnWriter::most_bytes(records.size()));
    const std::uint8_t* const end = writer.write(records, records.front().sequence, *book, payload.data());
    payload.resize(static_cast<std::size_t>(end - payload.data()));
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecColumns;
    header.thread = thread;
    header.records = static_cast<std::uint32_t>(records.size());
    header.first_sequence = records.front().sequence;
    add_chunk(file, header, payload);
}

// Two threads take turns, each with rounds of its own.
std::string long_trace() {
    const auto writer = std::make_unique<format::ColumnWriter>();
    TraceBytes file = file_header();
    define(file);
    std::vector<format::EventRecord> records[2];
    std::uint64_t made[2] = {0, 0};
    const auto address = [](std::uint64_t thread, std::uint64_t number) {
        return 0x10000 * (thread + 1) + 64 * (number % 16);
    };
    for (std::uint64_t sequence = 1; sequence <= kEvents; ++sequence) {
        const std::uint64_t thread = sequence % 3 == 0 ? 1 : 0;
        format::EventRecord record{.sequence = sequence};
        const std::uint64_t step = made[thread]++;
        if (step % 2 == 0 || step < 16) {
            const std::uint64_t number = step < 16 ? step : 16 + (step - 16) / 2;
            record.address = address(thread, number);
            record.size = 100 + 8 * (number % kRound);
            record.site = static_cast<std::uint32_t>(number % kRound);
        } else {
            record.address = address(thread, (step - 17) / 2);
            record.kind = EventKind::free;
            record.entry = EntryPoint::free;
        }
        records[thread].push_back(record);
        if (records[thread].size() == format::kMaxColumnEvents) {
            add_columns(file, static_cast<std::uint32_t>(thread), records[thread], *writer);
            records[thread].clear();
        }
    }
    for (std::uint32_t thread = 0; thread < 2; ++thread) {
        if (!records[thread].empty()) add_columns(file, thread, records[thread], *writer);
    }
    add_chunk(file, format::ChunkKind::goodbye, Fields().number(0).number(0).number(0));
    return {file.begin(), file.end()};
}

// `memo WORDS` with an address space of so many MiB.
Answer limited(const Folder& folder, unsigned mebibytes, const std::string& words) {
    return folder.shell("ulimit -v " + std::to_string(mebibytes * 1024) + "; $memo " + words);
}

}  // namespace

TEST_CASE("a long trace is analysed in bounded memory", "[bounded]") {
    if (kSanitized) {
        WARN("skip a long trace is analysed in bounded memory: sanitizers need the address space");
        return;
    }
    const Folder folder;
    folder.write("long.memo", long_trace());
    constexpr unsigned kLimit = 96;  // MiB; the events alone are millions of 64 bytes
    static_assert(kEvents * sizeof(Event) > 4 * std::uint64_t{kLimit} << 20U);

    const Answer info = limited(folder, kLimit, "info --json -q long.memo");
    REQUIRE(info.code == 0);
    CHECK(info.json()["events"] == kEvents);
    CHECK(info.json()["threads"] == 2);
    CHECK(info.json()["damaged_chunks"] == 0);

    const Answer top = limited(folder, kLimit, "top --by site --json -q long.memo");
    REQUIRE(top.code == 0);
    CHECK(top.json()["groups"] == kRound);
    CHECK(top.json()["allocations"] == info.json()["allocations"]);

    CHECK(limited(folder, kLimit, "check --max-peak 1M long.memo").code == 0);
    CHECK(limited(folder, kLimit, "check --max-peak 1K long.memo").code == 3);
    CHECK(limited(folder, kLimit, "diff --json -q long.memo long.memo").json()["changed"] == 0);

    // The last requests of all threads: more than the limit above, but no more for a longer trace.
    const Answer periods = limited(folder, 480, "periods --json -q long.memo");
    REQUIRE(periods.code == 0);
    const auto threads = periods.json()["threads"];
    for (const auto& thread : threads) {
        CHECK(thread["repeats"] == true);
        CHECK(thread["period"] == kRound);
    }

    // A plan says which part of the trace it is from.
    const Answer plan = folder.memo("plan --min-size 1 -q -o long.plan long.memo");
    REQUIRE(plan.code == 0);
    REQUIRE(threads[0]["looked_at"] < threads[0]["allocations"]);
    CHECK(plan.out.find("looked at  the last " + threads[0]["looked_at"].dump() + " of the thread's " +
                        threads[0]["allocations"].dump() + " allocations\n") != std::string::npos);
}

TEST_CASE("a long trace is compacted in bounded memory, and read again", "[bounded]") {
    if (kSanitized) return;
    const Folder folder;
    folder.write("long.memo", long_trace());
    const Answer compact = limited(folder, 320, "compact --json -q long.memo -o small.memo");
    REQUIRE(compact.code == 0);
    CHECK(compact.json()["events"] == kEvents);
    CHECK(compact.json()["bytes_per_event"].get<double>() < 0.6);
    const Answer before = limited(folder, 160, "top --by site --json -q long.memo");
    const Answer after = limited(folder, 160, "top --by site --json -q small.memo");
    REQUIRE(after.code == 0);
    CHECK(before.out == after.out);
}
