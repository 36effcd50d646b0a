// Writing compact traces (common/trace_compact.h).
#include "common/trace_compact.h"

#include "common/block_columns.h"
#include "common/stack_columns.h"
#include "common/trace_encode.h"
#include "common/trace_format.h"

#include <zstd.h>

#include <string>
#include <string_view>
#include <vector>

namespace memo {
namespace {

using format::ChunkHeader;
using format::ChunkKind;
using format::Definition;
using Octets = std::vector<std::uint8_t>;

// The fields of a payload, one after the other.
class Fields {
  public:
    Fields& number(std::uint64_t value) {
        std::uint8_t buffer[kMaxVarint];
        bytes.insert(bytes.end(), buffer, put_varint(buffer, value));
        return *this;
    }
    Fields& string(std::string_view text) {
        number(text.size());
        bytes.insert(bytes.end(), text.begin(), text.end());
        return *this;
    }
    // Two hex digits a byte, as raw bytes.
    Fields& hex(std::string_view digits) {
        const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
        std::string raw;
        for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
            raw += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
        return string(raw);
    }
    Octets bytes;
};

class Writer {
  public:
    Writer(TraceSource& source, const CompactOptions& options,
           const std::function<void(std::span<const std::uint8_t>)>& write)
        : source_(source), options_(options), write_(write) {}

    CompactCounts run() {
        // The first walk numbers threads and sites.
        source_.for_each([&](std::span<const Event> events) { counts_.events += events.size(); });
        Octets start(format::kFileHeaderBytes);
        format::put_file_header(start.data());
        emit(start);
        process();
        definitions();
        const std::vector<std::uint32_t> numbers = format::StackWriter().write(
            trace().sites, [&](std::span<const std::uint8_t> payload, std::uint32_t nodes) {
                chunk(ChunkKind::stacks, payload, {.records = nodes});
            });
        blocks(numbers);
        if (trace().complete || trace().dropped_events > 0) goodbye();
        return counts_;
    }

  private:
    [[nodiscard]] const Trace& trace() const { return source_.trace(); }
    [[nodiscard]] bool keeps_addresses() const { return options_.keep_addresses && trace().has_addresses; }

    void emit(std::span<const std::uint8_t> bytes) {
        counts_.bytes += bytes.size();
        write_(bytes);
    }

    void chunk(ChunkKind kind, std::span<const std::uint8_t> payload, ChunkHeader header) {
        const std::size_t bound = ZSTD_compressBound(payload.size());
        packed_.resize(format::kChunkHeaderBytes + std::max(bound, payload.size()));
        std::uint8_t* const out = packed_.data() + format::kChunkHeaderBytes;
        const std::size_t made = ZSTD_compress(out, bound, payload.data(), payload.size(), options_.level);
        const bool smaller = ZSTD_isError(made) == 0 && made < payload.size();
        if (!smaller) std::copy(payload.begin(), payload.end(), out);
        header.kind = static_cast<std::uint8_t>(kind);
        header.codec = smaller ? format::kCodecZstd : format::kCodecRaw;
        header.payload_bytes = static_cast<std::uint32_t>(smaller ? made : payload.size());
        format::seal_chunk(packed_.data(), header);
        emit({packed_.data(), format::kChunkHeaderBytes + header.payload_bytes});
    }

    void process() {
        const Trace& t = trace();
        Fields fields;
        fields.number(t.process_id).number(t.parent_process_id).number(t.start_unix_ns);
        fields.string(t.program).hex(t.program_build_id).string(t.tool_version).string(t.next_allocator);
        fields.number(t.arguments.size());
        for (const std::string& argument : t.arguments) fields.string(argument);
        chunk(ChunkKind::process, fields.bytes, {});
    }

    void define(Definition tag, const Fields& body) {
        if (definitions_.bytes.size() + body.bytes.size() + 2 * kMaxVarint > format::kMaxPayload)
            flush_definitions();
        definitions_.bytes.push_back(static_cast<std::uint8_t>(tag));
        definitions_.number(body.bytes.size());
        definitions_.bytes.insert(definitions_.bytes.end(), body.bytes.begin(), body.bytes.end());
    }

    void flush_definitions() {
        if (!definitions_.bytes.empty()) chunk(ChunkKind::definitions, definitions_.bytes, {});
        definitions_.bytes.clear();
    }

    void definitions() {
        const Trace& t = trace();
        for (std::size_t i = 0; i < t.threads.size(); ++i)
            define(Definition::thread,
                   Fields().number(i).number(t.threads[i].system_id).string(t.threads[i].name));
        for (std::size_t i = 0; i < t.modules.size(); ++i) {
            const Module& module = t.modules[i];
            define(Definition::module, Fields()
                                           .number(i)
                                           .number(module.base)
                                           .number(module.size)
                                           .string(module.path)
                                           .hex(module.build_id));
        }
        for (std::size_t i = 0; i < t.contexts.size(); ++i) {
            const Context& context = t.contexts[i];
            Fields body;
            body.number(i).number(context.parent == kNone ? 0 : std::uint64_t{context.parent} + 1);
            body.bytes.push_back(static_cast<std::uint8_t>(context.source));
            define(Definition::context, body.string(context.name));
        }
        for (const std::string& note : t.notes) define(Definition::note, Fields().string(note));
        if (!keeps_addresses() && trace().has_addresses)
            define(Definition::note, Fields().string("memo compact left the addresses out"));
        if (t.sample_bytes > 0) define(Definition::sampling, Fields().number(t.sample_bytes));
        flush_definitions();
    }

    void blocks(const std::vector<std::uint32_t>& numbers) {
        format::BlockWriter writer(
            keeps_addresses(), [&](std::uint32_t site) { return numbers[site]; },
            [&](std::span<const std::uint8_t> payload, std::uint32_t events, std::uint64_t first_sequence) {
                chunk(ChunkKind::blocks, payload, {.records = events, .first_sequence = first_sequence});
            });
        source_.for_each(
            [&](std::span<const Event> events) {
                for (const Event& event : events) writer.take(event);
            },
            [&](std::span<const Event> mappings) {
                for (const Event& mapping : mappings) map(mapping, numbers);
            });
        writer.finish();
        for (std::uint32_t thread = 0; thread < mappings_.size(); ++thread) flush_mappings(thread);
    }

    // Mappings stay what they were: events of their thread, by row.
    void map(const Event& event, const std::vector<std::uint32_t>& numbers) {
        if (event.thread >= mappings_.size()) mappings_.resize(std::size_t{event.thread} + 1);
        Mappings& mine = mappings_[event.thread];
        if (mine.count == 0) {
            mine.first_sequence = event.sequence;
            mine.encoder.begin(event.sequence);
        }
        std::uint8_t buffer[format::kMaxEventBytes];
        const std::uint8_t* const end =
            mine.encoder.put(buffer, {.sequence = event.sequence,
                                      .address = event.address,
                                      .size = event.size,
                                      .site = event.site == kNone ? kNone : numbers[event.site],
                                      .context = event.context,
                                      .entry = event.entry});
        mine.bytes.insert(mine.bytes.end(), buffer, const_cast<std::uint8_t*>(end));
        if (++mine.count == kMostMappings) flush_mappings(event.thread);
    }

    void flush_mappings(std::uint32_t thread) {
        Mappings& mine = mappings_[thread];
        if (mine.count == 0) return;
        chunk(ChunkKind::events, mine.bytes,
              {.thread = thread, .records = mine.count, .first_sequence = mine.first_sequence});
        mine.bytes.clear();
        mine.count = 0;
    }

    void goodbye() {
        // What else it counted has become notes.
        chunk(ChunkKind::goodbye, Fields().number(trace().dropped_events).number(0).number(0).bytes, {});
    }

    static constexpr std::uint32_t kMostMappings = 4096;
    struct Mappings {
        format::EventEncoder encoder;
        Octets bytes;
        std::uint32_t count = 0;
        std::uint64_t first_sequence = 0;
    };

    TraceSource& source_;
    const CompactOptions& options_;
    const std::function<void(std::span<const std::uint8_t>)>& write_;
    CompactCounts counts_;
    Octets packed_;
    Fields definitions_;
    std::vector<Mappings> mappings_;  // by thread
};

}  // namespace

CompactCounts write_compact(TraceSource& source, const CompactOptions& options,
                            const std::function<void(std::span<const std::uint8_t>)>& write) {
    return Writer(source, options, write).run();
}

}  // namespace memo
