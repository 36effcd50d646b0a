// Decoding chunk payloads (common/trace_decode.h). Every read goes through PayloadCursor, which cannot leave
// its bytes.
#include "common/trace_decode.h"

#include "common/definition_columns.h"
#include "common/event_rows.h"
#include "common/payload_cursor.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

namespace memo {
namespace {

using format::ChunkHeader;
using format::ChunkKind;
using format::Definition;
using Cursor = format::PayloadCursor;

std::uint32_t find(const std::unordered_map<std::uint32_t, std::uint32_t>& ids, std::uint32_t id) {
    if (id == kNone) return kNone;
    const auto found = ids.find(id);
    return found == ids.end() ? kNone : found->second;
}

// Enters `value` in `table` under `id`; a later definition of the same id replaces the earlier one.
template <class T>
std::uint32_t define(std::unordered_map<std::uint32_t, std::uint32_t>& ids, std::vector<T>& table,
                     std::uint32_t id, T value) {
    const auto [at, fresh] = ids.try_emplace(id, static_cast<std::uint32_t>(table.size()));
    if (fresh) {
        table.push_back(std::move(value));
    } else {
        table[at->second] = std::move(value);
    }
    return at->second;
}

}  // namespace

bool TraceDecoder::take(const ChunkHeader& header, std::span<const std::uint8_t> payload) {
    const auto kind = static_cast<ChunkKind>(header.kind);
    if (format::is_of_run(header)) {
        if ((header.codec & format::kCodecColumns) != 0) return false;
        const auto plain = definitions_.unpack(header, payload);
        return plain && take_definitions(*plain);
    }
    if ((header.codec & ~format::kCodecZstd) != 0 || !unpack(header, payload)) return false;
    switch (kind) {
        case ChunkKind::process:
            return take_process(payload);
        case ChunkKind::definitions:
            return take_definitions(payload);
        case ChunkKind::goodbye:
            return take_goodbye(payload);
        case ChunkKind::stacks:
            return take_stacks(header, payload);
        default:
            return true;
    }
}

// Makes of a payload what was compressed in it; it stays good until the next one.
bool TraceDecoder::unpack(const ChunkHeader& header, std::span<const std::uint8_t>& payload) {
    if ((header.codec & format::kCodecZstd) == 0) return true;
    const std::uint64_t size = ZSTD_getFrameContentSize(payload.data(), payload.size());
    if (size > format::most_payload(header.kind))
        return false;  // which the two values for "not known" are, too
    unpacked_.resize(size);
    if (ZSTD_decompress(unpacked_.data(), size, payload.data(), payload.size()) != size) return false;
    payload = unpacked_;
    return true;
}

bool TraceDecoder::take_process(std::span<const std::uint8_t> payload) {
    Cursor in(payload);
    Trace process;
    process.process_id = in.number();
    process.parent_process_id = in.number();
    process.start_unix_ns = in.number();
    process.program = in.string();
    process.program_build_id = in.hex();
    process.tool_version = in.string();
    process.next_allocator = in.string();
    for (std::uint64_t left = in.number(); in.ok() && left > 0; --left)
        process.arguments.push_back(in.string());
    if (!in.ok() || !in.at_end()) return false;
    trace_.process_id = process.process_id;
    trace_.parent_process_id = process.parent_process_id;
    trace_.start_unix_ns = process.start_unix_ns;
    trace_.program = std::move(process.program);
    trace_.program_build_id = std::move(process.program_build_id);
    trace_.tool_version = std::move(process.tool_version);
    trace_.next_allocator = std::move(process.next_allocator);
    trace_.arguments = std::move(process.arguments);
    return true;
}

bool TraceDecoder::take_definitions(std::span<const std::uint8_t> payload) {
    // Twice over: first that the whole chunk is well-formed, then for good.
    Cursor check(payload);
    while (check.ok() && !check.at_end()) {
        check.byte();
        check.bytes();
    }
    if (!check.ok()) return false;
    bool all = true;
    last_frames_.clear();
    for (Cursor in(payload); !in.at_end();) {
        const std::uint8_t tag = in.byte();
        if (!take_definition(tag, in.bytes())) all = false;
    }
    return all;
}

bool TraceDecoder::take_definition(std::uint8_t tag, std::span<const std::uint8_t> body) {
    Cursor in(body);
    switch (static_cast<Definition>(tag)) {
        case Definition::module: {
            const std::uint32_t id = in.id();
            Module module;
            module.base = in.number();
            module.size = in.number();
            module.path = in.string();
            module.build_id = in.hex();
            if (in.ok()) define(modules_, trace_.modules, id, std::move(module));
            return in.ok();
        }
        case Definition::site: {
            const std::uint32_t id = in.id();
            const bool truncated = (in.byte() & format::kSiteTruncated) != 0;
            std::vector<Frame> frames;
            const auto take_frames = [&] {
                for (std::uint64_t left = in.number(); in.ok() && left > 0; --left) {
                    Frame frame;
                    frame.module = find(modules_, in.optional_id());
                    frame.offset = in.number();
                    frames.push_back(frame);
                }
            };
            take_frames();
            const std::uint64_t skip = in.number();
            const std::uint64_t copy = in.number();
            if (skip > last_frames_.size() || copy > last_frames_.size() - skip) return false;
            const auto copied = last_frames_.begin() + static_cast<std::ptrdiff_t>(skip);
            frames.insert(frames.end(), copied, copied + static_cast<std::ptrdiff_t>(copy));
            take_frames();
            if (frames.size() > format::kMaxFrames) return false;
            if (in.ok() && !sites_.contains(id)) sites_.emplace(id, trace_.sites.add(frames, truncated));
            depths_.resize(trace_.sites.nodes().size());  // nobody's parents
            last_frames_ = std::move(frames);
            return in.ok();
        }
        case Definition::context: {
            const std::uint32_t id = in.id();
            Context context;
            context.parent = contexts_.find(in.optional_id());
            const std::uint8_t source = in.byte();
            if (source > static_cast<std::uint8_t>(ContextSource::plugin)) return false;
            context.source = static_cast<ContextSource>(source);
            context.name = in.string();
            // A parent is always older, which keeps the tree free of cycles even if an id is defined twice.
            if (in.ok() && contexts_.find(id) == kNone) {
                contexts_.set(id, static_cast<std::uint32_t>(trace_.contexts.size()));
                trace_.contexts.push_back(std::move(context));
            }
            return in.ok();
        }
        case Definition::note: {
            std::string text = in.string();
            if (in.ok()) trace_.notes.push_back(std::move(text));
            return in.ok();
        }
        case Definition::thread: {
            const std::uint32_t id = in.id();
            ThreadInfo thread;
            thread.system_id = in.number();
            thread.name = in.string();
            if (in.ok()) trace_.threads[thread_index(id)] = std::move(thread);
            return in.ok();
        }
        case Definition::node: {
            const std::uint32_t id = in.id();
            const std::uint32_t parent = nodes_.find(in.optional_id());
            Frame frame;
            frame.module = find(modules_, in.optional_id());
            frame.offset = in.number();
            return in.ok() && add_node(id, parent, frame);
        }
        case Definition::frames:
            return take_frames(in);
        case Definition::nodes:
            return take_nodes(in);
        case Definition::sampling: {
            const std::uint64_t mean = in.number();
            if (in.ok()) trace_.sample_bytes = mean;
            return in.ok();
        }
        case Definition::cut: {
            const std::uint32_t id = in.id();
            if (!in.ok()) return false;
            if (nodes_.find(id) == kNone) nodes_.set(id, add_cut());
            return true;
        }
    }
    return true;
}

// A parent is always older, as in the tree of contexts; and no path is so long that what walks it would take
// time out of all proportion to the file.
bool TraceDecoder::add_node(std::uint32_t id, std::uint32_t parent, const Frame& frame) {
    const std::uint32_t depth = parent == kNone ? 1 : std::uint32_t{depths_[parent]} + 1;
    if (depth > format::kMaxPath) return false;
    if (nodes_.find(id) != kNone) return true;
    nodes_.set(id, trace_.sites.add_node(parent, frame));
    depths_.push_back(static_cast<std::uint16_t>(depth));
    return true;
}

std::uint32_t TraceDecoder::add_cut() {
    depths_.push_back(1);
    return trace_.sites.add_cut();
}

// Many definitions of frames or nodes, by column (common/definition_columns.h): `each` gets the id and its
// two values, while it returns true.
template <class Each>
bool TraceDecoder::take_columns(Cursor& in, Each each) {
    std::uint64_t id = in.number();
    const std::uint64_t count = in.number();
    Cursor first(in.bytes());
    for (std::uint64_t left = count; in.ok() && left > 0; --left, ++id) {
        const std::uint64_t one = first.number();
        const std::uint64_t other = in.number();
        if (!first.ok() || !in.ok() || id >= kNone) return false;
        if (!each(static_cast<std::uint32_t>(id), one, other)) return false;
    }
    return in.ok() && in.at_end() && first.at_end();
}

bool TraceDecoder::take_frames(Cursor& in) {
    return take_columns(in, [&](std::uint32_t id, std::uint64_t module, std::uint64_t offset) {
        if (module > kNone) return false;
        const Frame frame{find(modules_, static_cast<std::uint32_t>(module) - 1), offset};
        if (const std::uint32_t known = frames_.find(id); known != kNone) {
            frame_table_[known] = frame;
        } else {
            frames_.set(id, static_cast<std::uint32_t>(frame_table_.size()));
            frame_table_.push_back(frame);
        }
        return true;
    });
}

bool TraceDecoder::take_nodes(Cursor& in) {
    return take_columns(in, [&](std::uint32_t id, std::uint64_t parent, std::uint64_t frame) {
        if (frame > kNone || parent > std::uint64_t{id} + 1) return false;
        if (frame == 0) {
            if (nodes_.find(id) == kNone) nodes_.set(id, add_cut());
            return true;
        }
        std::uint32_t outer = kNone;
        if (parent != format::kNoParent) {
            const std::uint32_t back =
                parent == format::kParentIsLast ? 1 : static_cast<std::uint32_t>(parent);
            if (back > id) return false;
            outer = nodes_.find(id - back);
        }
        const std::uint32_t known = frames_.find(static_cast<std::uint32_t>(frame) - 1);
        return add_node(id, outer, known == kNone ? Frame{} : frame_table_[known]);
    });
}

// The index of the site with this id. A node becomes a site when an event first refers to it: most only lie
// on the way to others.
std::uint32_t TraceDecoder::site_index(std::uint32_t id) {
    if (id == kNone) return kNone;
    const std::uint32_t node = nodes_.find(id);
    return node == kNone ? find(sites_, id) : trace_.sites.site_of(node);
}

std::uint32_t TraceDecoder::thread_index(std::uint32_t id) {
    const auto [at, fresh] = threads_.try_emplace(id, static_cast<std::uint32_t>(trace_.threads.size()));
    if (fresh) trace_.threads.emplace_back();
    return at->second;
}

bool TraceDecoder::read_events(const ChunkHeader& header, std::span<const std::uint8_t> payload,
                               EventRun* run, std::vector<Event>& events) {
    events.clear();
    if (!read_records(header, payload, run)) {
        if (run != nullptr) run->bytes.spoil();
        return false;
    }
    const std::uint32_t thread = thread_index(header.thread);
    events.reserve(records_.size());
    for (const format::EventRecord& record : records_) {
        Event event = resolve(record, thread);
        if (record.moved) {
            event.old_address = events.back().address;
            events.back().to_move = event.address != 0;
        }
        events.push_back(event);
    }
    return true;
}

bool TraceDecoder::take_stacks(const ChunkHeader& header, std::span<const std::uint8_t> payload) {
    return stacks_.read(payload, header.records, [&](const format::StackReader::Read& node) {
        stack_path_.resize(node.depth);
        const std::uint32_t parent = stack_path_.empty() ? kNone : stack_path_.back();
        const std::uint32_t module = node.module == kNone ? kNone : find(modules_, node.module);
        stack_path_.push_back(node.cut ? add_cut() : trace_.sites.add_node(parent, {module, node.offset}));
        depths_.resize(trace_.sites.nodes().size(), 1);  // no node of a definition is below them
        if (node.site != kNone && nodes_.find(node.site) == kNone) nodes_.set(node.site, stack_path_.back());
        return true;
    });
}

bool TraceDecoder::read_blocks(const ChunkHeader& header, std::span<const std::uint8_t> payload,
                               format::BlockReader& reader, std::vector<Event>& events) {
    events.clear();
    if ((header.codec & ~format::kCodecZstd) != 0 || !unpack(header, payload)) return false;
    if (!reader.read(payload, header.records, header.first_sequence, events)) {
        events.clear();
        return false;
    }
    if (!reader.has_addresses()) trace_.has_addresses = false;
    for (Event& event : events) {
        event.thread = thread_index(event.thread);
        event.site = site_index(event.site);
        event.context = event.context == kNone ? kNone : contexts_.find(event.context);
    }
    return true;
}

// Fills records_; false if the chunk is malformed.
bool TraceDecoder::read_records(const ChunkHeader& header, std::span<const std::uint8_t> payload,
                                EventRun* run) {
    constexpr std::uint8_t kRunBits = format::kCodecRun | format::kCodecGoesOn;
    const std::uint8_t layout = header.codec & ~(format::kCodecZstd | (run != nullptr ? kRunBits : 0));
    if (run != nullptr) {
        const auto plain = run->bytes.unpack(header, payload);
        if (!plain) return false;
        payload = *plain;
    } else if (!unpack(header, payload)) {
        return false;
    }
    // A record takes a byte at least, so no count makes more of this than the payload's size allows.
    if (header.records > payload.size()) return false;
    records_.resize(header.records);
    if (layout == format::kCodecRaw) {
        if (!format::read_rows(payload, header.first_sequence, records_)) return false;
    } else if (layout == format::kCodecColumns) {
        using Start = format::ColumnReader::Start;
        if (run == nullptr && columns_ == nullptr) columns_ = std::make_unique<format::ColumnReader>();
        format::ColumnReader& columns = run != nullptr ? run->columns : *columns_;
        const Start start = (header.codec & format::kCodecGoesOn) != 0 ? Start::going_on : Start::afresh;
        if (!columns.read(payload, header.first_sequence, records_, header.version, start)) return false;
    } else {
        return false;
    }
    // The first difference must not wrap round; and what moved came from where the record before it was
    // freed.
    if (!records_.empty() && records_.front().sequence < header.first_sequence) return false;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        if (records_[i].moved && (i == 0 || records_[i - 1].kind != EventKind::free)) return false;
    }
    return true;
}

Event TraceDecoder::resolve(const format::EventRecord& record, std::uint32_t thread) {
    Event event;
    event.sequence = record.sequence;
    event.address = record.address;
    event.size = record.size;
    event.alignment = record.alignment;
    event.thread = thread;
    event.site = record.kind == EventKind::free ? kNone : site_index(record.site);
    event.context = record.context == kNone ? kNone : contexts_.find(record.context);
    event.kind = record.entry == EntryPoint::munmap ? EventKind::free : record.kind;
    event.entry = record.entry;
    return event;
}

bool TraceDecoder::take_goodbye(std::span<const std::uint8_t> payload) {
    Cursor in(payload);
    const std::uint64_t dropped = in.number();
    const std::uint64_t refused = in.number();
    const std::uint64_t unbalanced = in.number();
    if (!in.ok()) return false;
    // The counters run on after an earlier goodbye, so the last one counts.
    trace_.dropped_events = dropped;
    refused_sites_ = refused;
    unbalanced_pops_ = unbalanced;
    trace_.complete = true;
    return true;
}

void TraceDecoder::add_counters_to_notes() {
    if (refused_sites_ > 0) {
        trace_.notes.push_back(std::to_string(refused_sites_) +
                               " allocations without a site: the table was full");
    }
    if (unbalanced_pops_ > 0) {
        trace_.notes.push_back(std::to_string(unbalanced_pops_) + " label pops without a push were ignored");
    }
}

void TraceDecoder::finish(std::uint64_t damaged) {
    add_counters_to_notes();
    set_damaged(damaged);
}

void TraceDecoder::set_damaged(std::uint64_t damaged) {
    trace_.damaged_chunks = damaged;
    if (damaged > 0) trace_.complete = false;
}

}  // namespace memo
