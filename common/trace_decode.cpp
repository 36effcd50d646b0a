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
    if (static_cast<ChunkKind>(header.kind) == ChunkKind::events) return take_events(header, payload);
    if ((header.codec & ~format::kCodecZstd) != 0 || !unpack(header, payload)) return false;
    switch (static_cast<ChunkKind>(header.kind)) {
        case ChunkKind::process:
            return take_process(payload);
        case ChunkKind::definitions:
            return take_definitions(payload);
        case ChunkKind::goodbye:
            return take_goodbye(payload);
        default:
            return true;
    }
}

// Makes of a payload what was compressed in it; it stays good until the next one.
bool TraceDecoder::unpack(const ChunkHeader& header, std::span<const std::uint8_t>& payload) {
    if ((header.codec & format::kCodecZstd) == 0) return true;
    const std::uint64_t size = ZSTD_getFrameContentSize(payload.data(), payload.size());
    if (size > format::kMaxPayload) return false;  // which the two values for "not known" are, too
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
            Site site;
            site.truncated = (in.byte() & format::kSiteTruncated) != 0;
            const auto take_frames = [&] {
                for (std::uint64_t left = in.number(); in.ok() && left > 0; --left) {
                    Frame frame;
                    frame.module = find(modules_, in.optional_id());
                    frame.offset = in.number();
                    site.frames.push_back(frame);
                }
            };
            take_frames();
            const std::uint64_t skip = in.number();
            const std::uint64_t copy = in.number();
            if (skip > last_frames_.size() || copy > last_frames_.size() - skip) return false;
            const auto copied = last_frames_.begin() + static_cast<std::ptrdiff_t>(skip);
            site.frames.insert(site.frames.end(), copied, copied + static_cast<std::ptrdiff_t>(copy));
            take_frames();
            if (site.frames.size() > format::kMaxFrames) return false;
            last_frames_ = site.frames;
            if (in.ok()) define(sites_, trace_.sites, id, std::move(site));
            return in.ok();
        }
        case Definition::context: {
            const std::uint32_t id = in.id();
            Context context;
            context.parent = find(contexts_, in.optional_id());
            const std::uint8_t source = in.byte();
            if (source > static_cast<std::uint8_t>(ContextSource::plugin)) return false;
            context.source = static_cast<ContextSource>(source);
            context.name = in.string();
            // A parent is always older, which keeps the tree free of cycles even if an id is defined twice.
            if (in.ok() && !contexts_.contains(id))
                define(contexts_, trace_.contexts, id, std::move(context));
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
            Node node;
            node.parent = find(nodes_, in.optional_id());
            node.frame.module = find(modules_, in.optional_id());
            node.frame.offset = in.number();
            return in.ok() && define_node(id, node);
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
            if (in.ok() && !nodes_.contains(id)) define(nodes_, tree_, id, Node{kNone, {}, true});
            return in.ok();
        }
    }
    return true;
}

// A parent is always older, as in the tree of contexts; and no path is so long that the sites made of it
// would be out of all proportion to the file.
bool TraceDecoder::define_node(std::uint32_t id, Node node) {
    if (node.parent != kNone) node.depth = tree_[node.parent].depth + 1;
    if (node.depth > format::kMaxPath) return false;
    if (!nodes_.contains(id)) define(nodes_, tree_, id, node);
    return true;
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
        define(frames_, frame_table_, id,
               Frame{find(modules_, static_cast<std::uint32_t>(module) - 1), offset});
        return true;
    });
}

bool TraceDecoder::take_nodes(Cursor& in) {
    return take_columns(in, [&](std::uint32_t id, std::uint64_t parent, std::uint64_t frame) {
        if (frame > kNone || parent > std::uint64_t{id} + 1) return false;
        Node node;
        node.cut = frame == 0;
        if (parent != format::kNoParent) {
            const std::uint32_t back =
                parent == format::kParentIsLast ? 1 : static_cast<std::uint32_t>(parent);
            if (back > id) return false;
            node.parent = find(nodes_, id - back);
        }
        const std::uint32_t known = find(frames_, static_cast<std::uint32_t>(frame) - 1);
        if (known != kNone) node.frame = frame_table_[known];
        return define_node(id, node);
    });
}

// The index of the site with this id. A node becomes a site when an event first refers to it: most only lie
// on the way to others.
std::uint32_t TraceDecoder::site_index(std::uint32_t id) {
    if (id == kNone) return kNone;
    const auto known = sites_.find(id);
    if (known != sites_.end()) return known->second;
    const std::uint32_t innermost = find(nodes_, id);
    if (innermost == kNone) return kNone;
    Site site;
    for (std::uint32_t at = innermost; at != kNone; at = tree_[at].parent) {
        if (tree_[at].cut) {
            site.truncated = true;
        } else {
            site.frames.push_back(tree_[at].frame);
        }
    }
    site.frames.shrink_to_fit();
    return define(sites_, trace_.sites, id, std::move(site));
}

std::uint32_t TraceDecoder::thread_index(std::uint32_t id) {
    const auto [at, fresh] = threads_.try_emplace(id, static_cast<std::uint32_t>(trace_.threads.size()));
    if (fresh) trace_.threads.emplace_back();
    return at->second;
}

bool TraceDecoder::take_events(const ChunkHeader& header, std::span<const std::uint8_t> payload) {
    const auto records = read_events(header, payload);
    if (!records) return false;
    const std::uint32_t thread = thread_index(header.thread);
    std::uint64_t address_before = 0;
    for (const format::EventRecord& record : *records) {
        const bool mapping = record.entry >= EntryPoint::mmap;
        (mapping ? trace_.mappings : trace_.events).push_back(resolve(record, thread, address_before));
        address_before = record.address;
    }
    trace_.complete = false;
    return true;
}

std::optional<std::span<const format::EventRecord>> TraceDecoder::read_events(
    const ChunkHeader& header, std::span<const std::uint8_t> payload) {
    if (!unpack(header, payload)) return std::nullopt;
    const std::uint8_t layout = header.codec & ~format::kCodecZstd;
    // A record takes a byte at least, so no count makes more of this than the payload's size allows.
    if (header.records > payload.size()) return std::nullopt;
    records_.resize(header.records);
    bool sound = false;
    if (layout == format::kCodecRaw) {
        sound = format::read_rows(payload, header.first_sequence, records_);
    } else if (layout == format::kCodecColumns) {
        if (columns_ == nullptr) columns_ = std::make_unique<format::ColumnReader>();
        sound = columns_->read(payload, header.first_sequence, records_);
    }
    // What moved came from where the record before it was freed.
    for (std::size_t i = 0; sound && i < records_.size(); ++i) {
        if (records_[i].moved && (i == 0 || records_[i - 1].kind != EventKind::free)) sound = false;
    }
    if (!sound) return std::nullopt;
    return records_;
}

Event TraceDecoder::resolve(const format::EventRecord& record, std::uint32_t thread,
                            std::uint64_t address_before) {
    Event event;
    event.sequence = record.sequence;
    event.address = record.address;
    event.old_address = record.moved ? address_before : 0;
    event.size = record.size;
    event.alignment = record.alignment;
    event.thread = thread;
    event.site = record.kind == EventKind::free ? kNone : site_index(record.site);
    event.context = find(contexts_, record.context);
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

Trace TraceDecoder::finish() {
    for (auto* events : {&trace_.events, &trace_.mappings}) {
        if (!std::ranges::is_sorted(*events, {}, &Event::sequence))
            std::ranges::sort(*events, {}, &Event::sequence);
        const auto same = [](const Event& a, const Event& b) { return a.sequence == b.sequence; };
        events->erase(std::unique(events->begin(), events->end(), same), events->end());
    }
    add_counters_to_notes();
    return std::move(trace_);
}

}  // namespace memo
