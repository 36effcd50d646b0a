// Decoding chunk payloads (common/trace_decode.h). Every read goes through Cursor, which cannot leave its
// bytes.
#include "common/trace_decode.h"

#include "common/varint.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace memo {
namespace {

using format::ChunkHeader;
using format::ChunkKind;
using format::Definition;

// Reads fields one after the other; once a field is missing, `ok()` is false and every further field is zero.
class Cursor {
  public:
    explicit Cursor(std::span<const std::uint8_t> bytes)
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return at_ == end_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

    std::uint64_t number() {
        std::uint64_t value = 0;
        const std::uint8_t* next = ok_ ? get_varint(at_, end_, value) : nullptr;
        if (next == nullptr) return fail();
        at_ = next;
        return value;
    }
    std::uint8_t byte() {
        if (!ok_ || at_ == end_) return static_cast<std::uint8_t>(fail());
        return *at_++;
    }
    std::span<const std::uint8_t> bytes() {
        const std::uint64_t length = number();
        if (!ok_ || length > left()) return fail(), std::span<const std::uint8_t>{};
        const std::span<const std::uint8_t> result{at_, static_cast<std::size_t>(length)};
        at_ += length;
        return result;
    }
    std::string string() {
        const auto text = bytes();
        return {text.begin(), text.end()};
    }
    std::string hex() {
        constexpr char kDigits[] = "0123456789abcdef";
        std::string text;
        for (const std::uint8_t value : bytes()) {
            text += kDigits[value >> 4];
            text += kDigits[value & 15];
        }
        return text;
    }
    // An id: 32 bits and not kNone.
    std::uint32_t id() {
        const std::uint64_t value = number();
        if (value >= kNone) return static_cast<std::uint32_t>(fail());
        return static_cast<std::uint32_t>(value);
    }
    // An id stored as id + 1, where 0 is kNone.
    std::uint32_t optional_id() {
        const std::uint64_t value = number();
        if (value > kNone) return static_cast<std::uint32_t>(fail());
        return static_cast<std::uint32_t>(value) - 1;
    }

  private:
    std::uint64_t fail() {
        ok_ = false;
        return 0;
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool ok_ = true;
};

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
    if (header.codec != format::kCodecRaw) return false;
    switch (static_cast<ChunkKind>(header.kind)) {
        case ChunkKind::process:
            return take_process(payload);
        case ChunkKind::definitions:
            return take_definitions(payload);
        case ChunkKind::events:
            return take_events(header, payload);
        case ChunkKind::goodbye:
            return take_goodbye(payload);
    }
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
    }
    return true;
}

std::uint32_t TraceDecoder::thread_index(std::uint32_t id) {
    const auto [at, fresh] = threads_.try_emplace(id, static_cast<std::uint32_t>(trace_.threads.size()));
    if (fresh) trace_.threads.emplace_back();
    return at->second;
}

bool TraceDecoder::take_events(const ChunkHeader& header, std::span<const std::uint8_t> payload) {
    const std::size_t before = trace_.events.size();
    const bool known_thread = threads_.contains(header.thread);
    Cursor in(payload);
    Event last;
    last.sequence = header.first_sequence - 1;
    std::uint32_t context_id = kNone;
    bool sound = true;
    bool freed_before = false;
    const std::uint32_t thread = thread_index(header.thread);
    for (std::uint32_t left = header.records; sound && left > 0; --left) {
        Event event;
        const std::uint8_t tag = in.byte();
        const std::uint8_t entry = tag & format::kEntryMask;
        if (entry >= kEntryPoints) sound = false;
        event.entry = static_cast<EntryPoint>(entry);
        event.kind = (tag & format::kFree) != 0 ? EventKind::free : EventKind::allocate;
        const std::uint64_t difference = (tag & format::kNextInSequence) != 0 ? 1 : in.number();
        event.sequence = last.sequence + difference;
        const bool first = trace_.events.size() == before;
        if (difference == 0 || (!first && event.sequence <= last.sequence)) sound = false;
        if ((tag & format::kContextChanged) != 0) context_id = in.optional_id();
        event.context = context_id == kNone ? kNone : find(contexts_, context_id);
        event.address = std::rotl(std::rotr(last.address, 4) + unzigzag(in.number()), 4);
        event.thread = thread;
        if (event.kind == EventKind::allocate) {
            event.size = in.number();
            if (format::has_alignment(event.entry)) {
                event.alignment =
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(in.number(), 0xffffffff));
            }
            event.site = find(sites_, in.optional_id());
            if ((tag & format::kMoved) != 0) {
                if (!freed_before) sound = false;
                event.old_address = last.address;
            }
        }
        if (!in.ok()) sound = false;
        freed_before = event.kind == EventKind::free;
        last = event;
        if (sound) trace_.events.push_back(event);
    }
    if (!sound || !in.at_end()) {
        trace_.events.resize(before);
        if (!known_thread) {
            threads_.erase(header.thread);
            trace_.threads.pop_back();
        }
        return false;
    }
    trace_.complete = false;
    return true;
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
    auto& events = trace_.events;
    if (!std::ranges::is_sorted(events, {}, &Event::sequence))
        std::ranges::sort(events, {}, &Event::sequence);
    const auto same = [](const Event& a, const Event& b) { return a.sequence == b.sequence; };
    events.erase(std::unique(events.begin(), events.end(), same), events.end());
    add_counters_to_notes();
    return std::move(trace_);
}

}  // namespace memo
