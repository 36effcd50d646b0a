// Writes a trace of any size, for scripts/bench_large_trace.sh: two threads that allocate and free by their
// own rounds, with sizes that no compressor likes, some five bytes an event. A few chunks are encoded, and
// written again and again with the sequence numbers that are due, so that it takes the time of a copy.
//     large_trace FILE GIBIBYTES
#include "common/event_columns.h"
#include "tests/common/trace_bytes.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

using namespace memo;
using namespace memo::test;

namespace {

constexpr std::uint64_t kSites = 4000;
constexpr std::uint32_t kThreads = 2;
constexpr std::size_t kPatterns = 64;

TraceBytes start() {
    using format::Definition;
    TraceBytes file = file_header();
    add_process(file, "", {"p"});
    Fields definitions;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread)
        definitions.definition(Definition::thread,
                               Fields().number(thread).number(42 + thread).string("worker"));
    definitions.definition(Definition::module,
                           Fields().number(0).number(0x1000).number(1 << 20).string("/nowhere/p").string(""));
    for (std::uint64_t i = 0; i < kSites; ++i)
        definitions.definition(Definition::node,
                               Fields().number(i).number(i / 4).number(1).number(16 + 32 * i));
    add_chunk(file, format::ChunkKind::definitions, definitions);
    return file;
}

// One chunk of a thread: every block is freed in it, most of them late.
TraceBytes pattern(std::uint32_t thread, std::mt19937_64& random, format::ColumnWriter& writer) {
    std::vector<format::EventRecord> records;
    std::vector<std::uint64_t> live;
    for (std::uint64_t i = 0; i < format::kMaxColumnEvents; ++i) {
        format::EventRecord record{.sequence = 1 + kThreads * i};
        const std::size_t left = format::kMaxColumnEvents - i;
        if (live.size() < left && (live.empty() || random() % 2 == 0)) {
            record.address = (thread + 1) * 0x100000000 + 16 * (random() % (1U << 24U));
            record.size = random() % 100'000;
            record.site = static_cast<std::uint32_t>(random() % kSites);
            live.push_back(record.address);
        } else {
            std::swap(live[random() % live.size()], live.back());
            record.address = live.back();
            record.kind = EventKind::free;
            record.entry = EntryPoint::free;
            live.pop_back();
        }
        records.push_back(record);
    }
    TraceBytes chunk(format::kChunkHeaderBytes + format::ColumnWriter::most_bytes(records.size()));
    const auto book = std::make_unique<format::AddressBook>();
    const std::uint8_t* const end = writer.write(records, 1, *book, chunk.data() + format::kChunkHeaderBytes);
    chunk.resize(static_cast<std::size_t>(end - chunk.data()));
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.codec = format::kCodecColumns;
    header.thread = thread;
    header.records = format::kMaxColumnEvents;
    header.payload_bytes = static_cast<std::uint32_t>(chunk.size() - format::kChunkHeaderBytes);
    header.store(chunk.data());
    return chunk;
}

bool write(std::FILE* file, const TraceBytes& bytes) {
    return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: large_trace FILE GIBIBYTES\n", stderr), 2;
    std::FILE* const file = std::fopen(argv[1], "wb");
    if (file == nullptr) return std::perror(argv[1]), 1;
    const auto wanted = static_cast<std::uint64_t>(std::atof(argv[2]) * 1024 * 1024 * 1024);
    const auto writer = std::make_unique<format::ColumnWriter>();
    std::mt19937_64 random(1);
    std::vector<TraceBytes> chunks[kThreads];
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
        for (std::size_t i = 0; i < kPatterns; ++i)
            chunks[thread].push_back(pattern(thread, random, *writer));
    }
    TraceBytes bytes = start();
    bool good = write(file, bytes);
    std::uint64_t written = bytes.size();
    std::uint64_t turn = 0;
    for (; good && written < wanted; ++turn) {
        for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
            TraceBytes& chunk = chunks[thread][random() % kPatterns];
            format::ChunkHeader header = format::ChunkHeader::load(chunk.data());
            header.first_sequence = 1 + turn * kThreads * format::kMaxColumnEvents + thread;
            format::seal_chunk(chunk.data(), header);
            good = good && write(file, chunk);
            written += chunk.size();
        }
    }
    bytes.clear();
    add_chunk(bytes, format::ChunkKind::goodbye, Fields().number(0).number(0).number(0));
    good = good && write(file, bytes);
    if (std::fclose(file) != 0 || !good) return std::perror(argv[1]), 1;
    return 0;
}
