// Making trace files in memory, for tests: the encoder that the tracer uses, with vectors around it.
// Thread safety: none.
#pragma once

#include "common/trace_encode.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace memo::test {

using TraceBytes = std::vector<std::uint8_t>;

// Collects fields; what a payload or a definition's body is made of.
class Fields {
  public:
    Fields& number(std::uint64_t value) {
        std::uint8_t buffer[kMaxVarint];
        bytes.insert(bytes.end(), buffer, put_varint(buffer, value));
        return *this;
    }
    Fields& byte(std::uint8_t value) { return bytes.push_back(value), *this; }
    Fields& string(std::string_view text) {
        number(text.size());
        bytes.insert(bytes.end(), text.begin(), text.end());
        return *this;
    }
    Fields& definition(format::Definition tag, const Fields& body) {
        byte(static_cast<std::uint8_t>(tag)).number(body.bytes.size());
        bytes.insert(bytes.end(), body.bytes.begin(), body.bytes.end());
        return *this;
    }

    TraceBytes bytes;
};

inline TraceBytes file_header() {
    TraceBytes bytes(format::kFileHeaderBytes);
    format::put_file_header(bytes.data());
    return bytes;
}

inline void add_chunk(TraceBytes& file, format::ChunkHeader header, const TraceBytes& payload) {
    TraceBytes chunk(format::kChunkHeaderBytes);
    chunk.insert(chunk.end(), payload.begin(), payload.end());
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    format::seal_chunk(chunk.data(), header);
    file.insert(file.end(), chunk.begin(), chunk.end());
}

inline void add_chunk(TraceBytes& file, format::ChunkKind kind, const Fields& payload) {
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(kind);
    add_chunk(file, header, payload.bytes);
}

inline void add_events(TraceBytes& file, std::uint32_t thread,
                       const std::vector<format::EventRecord>& records) {
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
    header.thread = thread;
    header.records = static_cast<std::uint32_t>(records.size());
    header.first_sequence = records.front().sequence;
    TraceBytes payload(records.size() * format::kMaxEventBytes);
    format::EventEncoder encoder;
    encoder.begin(header.first_sequence);
    std::uint8_t* out = payload.data();
    for (const auto& record : records) out = encoder.put(out, record);
    payload.resize(static_cast<std::size_t>(out - payload.data()));
    add_chunk(file, header, payload);
}

// The process that all made-up traces are of.
inline void add_process(TraceBytes& file, std::string_view build_id,
                        const std::vector<std::string_view>& arguments) {
    Fields process;
    process.number(42).number(41).number(1000).string("/bin/p").string(build_id).string("0.1").string("libc");
    process.number(arguments.size());
    for (const std::string_view argument : arguments) process.string(argument);
    add_chunk(file, format::ChunkKind::process, process);
}

// A small file with one of everything.
inline TraceBytes small_trace() {
    using format::Definition;
    TraceBytes file = file_header();
    add_process(file, "\x12\xab", {"p", "-x"});
    add_chunk(file, format::ChunkKind::definitions,
              Fields()
                  .definition(Definition::thread, Fields().number(0).number(42).string("main"))
                  .definition(Definition::module,
                              Fields().number(0).number(0x1000).number(64).string("/bin/p").string("\xff"))
                  .definition(Definition::site, Fields()
                                                    .number(0)
                                                    .byte(0)
                                                    .number(2)
                                                    .number(1)
                                                    .number(7)
                                                    .number(1)
                                                    .number(9)
                                                    .number(0)
                                                    .number(0)
                                                    .number(0))
                  .definition(
                      Definition::site,
                      Fields().number(1).byte(1).number(1).number(0).number(5).number(1).number(1).number(0))
                  .definition(Definition::context, Fields().number(0).number(0).byte(0).string("label"))
                  .definition(Definition::context, Fields().number(1).number(1).byte(1).string("aten::add"))
                  .definition(Definition::note, Fields().string("a note")));
    format::EventRecord first{.sequence = 1, .address = 0x5000, .size = 100, .site = 0, .context = 1};
    format::EventRecord freed{.sequence = 4,
                              .address = 0x5000,
                              .context = 1,
                              .kind = EventKind::free,
                              .entry = EntryPoint::realloc};
    format::EventRecord moved{.sequence = 6,
                              .address = 0x7010,
                              .size = 300,
                              .site = 1,
                              .entry = EntryPoint::realloc,
                              .moved = true};
    add_events(file, 0, {first, freed, moved});
    format::EventRecord aligned{
        .sequence = 2, .address = 0x9001, .size = 5, .alignment = 64, .entry = EntryPoint::posix_memalign};
    format::EventRecord released{
        .sequence = 3, .address = 0x9001, .kind = EventKind::free, .entry = EntryPoint::free};
    add_events(file, 7, {aligned, released});
    add_chunk(file, format::ChunkKind::goodbye, Fields().number(3).number(0).number(0));
    return file;
}

}  // namespace memo::test
