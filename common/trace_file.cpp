// Scanning a file and walking over its events (common/trace_file.h). The chunks of several threads overlap in
// sequence: the walk merges those that are open at the moment.
#include "common/trace_file.h"

#include <algorithm>
#include <cstring>
#include <queue>
#include <unordered_map>
#include <utility>

namespace memo {
namespace {

bool is_known(unsigned version) {
    return version >= format::kOldestVersion && version <= format::kVersion;
}

Error unknown_version(const std::string& name, unsigned version) {
    return {name + ": trace format version " + std::to_string(version) +
            " is not one this memo reads (it reads versions " + std::to_string(format::kOldestVersion) +
            " to " + std::to_string(format::kVersion) + ")"};
}

// Hands events on in batches, mappings by themselves.
class Batches {
  public:
    Batches(const TraceSource::Visit& events, const TraceSource::Visit& mappings)
        : visit_events_(events), visit_mappings_(mappings) {
        events_.reserve(kBatch);
    }
    void add(const Event& event) {
        const bool mapping = event.entry >= EntryPoint::mmap;
        std::vector<Event>& batch = mapping ? mappings_ : events_;
        batch.push_back(event);
        if (batch.size() >= kBatch) flush(batch, mapping ? visit_mappings_ : visit_events_);
    }
    void finish() {
        flush(events_, visit_events_);
        flush(mappings_, visit_mappings_);
    }

  private:
    static constexpr std::size_t kBatch = 4096;

    static void flush(std::vector<Event>& batch, const TraceSource::Visit& visit) {
        if (!batch.empty()) visit(batch);
        batch.clear();
    }

    const TraceSource::Visit& visit_events_;
    const TraceSource::Visit& visit_mappings_;
    std::vector<Event> events_;
    std::vector<Event> mappings_;
};

}  // namespace

// A walk over the chunks of events. Each sequence number is given once: of a chunk that was written again
// with more events behind, the later one counts.
class EventMerge {
  public:
    EventMerge(TraceFile& file, Batches& out) : file_(file), out_(out) {}

    // How many chunks were malformed, or cannot be read any more.
    std::uint64_t run() {
        for (;;) {
            while (next_ < file_.chunks_.size() &&
                   (heads_.empty() || file_.chunks_[next_].first_sequence <= heads_.top().sequence)) {
                open(file_.chunks_[next_++]);
            }
            if (heads_.empty()) break;
            const Head head = heads_.top();
            heads_.pop();
            advance(head);
        }
        return damaged_;
    }

  private:
    struct Cursor {
        std::vector<Event> events;
        std::size_t at = 0;
    };
    // The first event that a cursor has left.
    struct Head {
        std::uint64_t sequence = 0;
        std::uint64_t offset = 0;  // of the chunk
        std::size_t cursor = 0;

        bool operator<(const Head& other) const {  // the queue gives the greatest first
            return sequence != other.sequence ? sequence > other.sequence : offset < other.offset;
        }
    };

    void open(const TraceFile::EventChunk& chunk) {
        if (spare_.empty()) {
            spare_.push_back(cursors_.size());
            cursors_.emplace_back();
        }
        Cursor& cursor = cursors_[spare_.back()];
        cursor.at = 0;
        TraceDecoder::EventRun* const run = chunk.run == kNone ? nullptr : state_of(chunk.run);
        const auto bytes = file_.bytes_.read(chunk.offset, format::kChunkHeaderBytes + chunk.payload_bytes);
        const bool sound =
            bytes && bytes->size() == format::kChunkHeaderBytes + chunk.payload_bytes &&
            file_.decoder_->read_events(format::ChunkHeader::load(bytes->data()),
                                        bytes->subspan(format::kChunkHeaderBytes), run, cursor.events);
        if (!sound) ++damaged_;
        if (!sound && run != nullptr) run->bytes.spoil();
        if (run != nullptr) chunk_read(chunk.run);
        if (!sound || cursor.events.empty()) return;
        heads_.push({cursor.events.front().sequence, chunk.offset, spare_.back()});
        spare_.pop_back();
    }

    // A run's state is there from its first chunk to its last.
    TraceDecoder::EventRun* state_of(std::uint32_t run) {
        OpenRun& open = runs_[run];
        if (open.state == nullptr) {
            open.left = file_.runs_[run];
            if (spare_runs_.empty()) spare_runs_.push_back(std::make_unique<TraceDecoder::EventRun>());
            open.state = std::move(spare_runs_.back());
            spare_runs_.pop_back();
        }
        return open.state.get();
    }
    void chunk_read(std::uint32_t run) {
        const auto open = runs_.find(run);
        if (--open->second.left > 0) return;
        spare_runs_.push_back(std::move(open->second.state));
        runs_.erase(open);
    }

    // Gives the events of a cursor up to the next one's.
    void advance(Head head) {
        Cursor& cursor = cursors_[head.cursor];
        std::uint64_t limit = UINT64_MAX;
        if (!heads_.empty()) limit = heads_.top().sequence;
        if (next_ < file_.chunks_.size()) limit = std::min(limit, file_.chunks_[next_].first_sequence);
        do {
            const Event& event = cursor.events[cursor.at];
            if (!any_ || event.sequence > last_) out_.add(event);
            last_ = any_ ? std::max(last_, event.sequence) : event.sequence;
            any_ = true;
            ++cursor.at;
        } while (cursor.at < cursor.events.size() && cursor.events[cursor.at].sequence < limit);
        if (cursor.at == cursor.events.size()) {
            spare_.push_back(head.cursor);
        } else {
            head.sequence = cursor.events[cursor.at].sequence;
            heads_.push(head);
        }
    }

    TraceFile& file_;
    Batches& out_;
    std::size_t next_ = 0;  // the chunk to be opened next
    struct OpenRun {
        std::unique_ptr<TraceDecoder::EventRun> state;
        std::uint32_t left = 0;  // chunks
    };
    std::unordered_map<std::uint32_t, OpenRun> runs_;
    std::vector<std::unique_ptr<TraceDecoder::EventRun>> spare_runs_;
    std::vector<Cursor> cursors_;
    std::vector<std::size_t> spare_;  // cursors that are in no use
    std::priority_queue<Head> heads_;
    std::uint64_t last_ = 0;  // the sequence number given last, if any was
    bool any_ = false;
    std::uint64_t damaged_ = 0;
};

TraceFile::TraceFile(FileBytes bytes)
    : bytes_(std::move(bytes)), decoder_(std::make_unique<TraceDecoder>()) {}

Result<TraceFile> TraceFile::open(const std::string& path) {
    auto bytes = FileBytes::open(path);
    if (!bytes) return Error{bytes.error()};
    return scan(std::move(*bytes), path);
}

Result<TraceFile> TraceFile::parse(std::span<const std::uint8_t> bytes, std::string_view name) {
    return scan(FileBytes(bytes), std::string(name));
}

Result<TraceFile> TraceFile::scan(FileBytes bytes, const std::string& name) {
    const auto unreadable = [&] { return Error{name + ": " + std::strerror(errno)}; };
    const auto start = bytes.read(0, format::kFileHeaderBytes);
    if (!start) return unreadable();
    if (start->empty()) return Error{name + ": the file is empty, not a trace"};
    if (start->size() < format::kFileHeaderBytes ||
        std::memcmp(start->data(), format::kFileMagic, sizeof format::kFileMagic) != 0) {
        return Error{name + ": not a memo trace"};
    }
    std::uint16_t version = 0;
    std::memcpy(&version, start->data() + 8, sizeof version);
    if (!is_known(version)) return unknown_version(name, version);

    TraceFile file(std::move(bytes));
    std::uint64_t malformed = 0;
    std::optional<unsigned> other;  // version of a chunk that is not the file's
    format::RunTails tails;
    const auto scanned = scan_chunks(file.bytes_, [&](const Chunk& chunk) {
        if (chunk.header.version != version) {
            other = chunk.header.version;
            return false;
        }
        const auto kind = static_cast<format::ChunkKind>(chunk.header.kind);
        std::uint32_t run = kNone;
        if (format::is_of_run(chunk.header)) {
            const auto place = tails.place(chunk.header, chunk.payload);
            if (!place) {
                ++malformed;
                return true;
            }
            run = *place;
        }
        if (kind == format::ChunkKind::events || kind == format::ChunkKind::blocks) {
            file.decoder_->meet_events();
            const bool by_event = kind == format::ChunkKind::events;
            (by_event ? file.chunks_ : file.blocks_)
                .push_back({chunk.header.first_sequence, chunk.offset, chunk.header.payload_bytes, run});
            file.runs_.resize(tails.runs());
            if (by_event && run != kNone) ++file.runs_[run];
        } else if (!file.decoder_->take(chunk.header, chunk.payload)) {
            ++malformed;
        }
        return true;
    });
    if (!scanned) return unreadable();
    if (other && !is_known(*other)) return unknown_version(name, *other);
    if (other) {
        return Error{name + ": the file is damaged: its header says version " + std::to_string(version) +
                     ", its chunks " + std::to_string(*other)};
    }
    file.put_in_order();
    file.damaged_ = scanned->damaged + malformed;
    file.decoder_->finish(file.damaged_);
    return file;
}

// Chunks of a run are to be read in the order of the file, even where a signal's handler made the numbers of
// one begin below those of the one before it: that one is then read early.
void TraceFile::put_in_order() {
    std::vector<std::uint64_t> lowest(runs_.size(), UINT64_MAX);
    for (std::size_t k = chunks_.size(); k-- != 0;) {
        EventChunk& chunk = chunks_[k];
        if (chunk.run == kNone) continue;
        std::uint64_t& low = lowest[chunk.run];
        low = chunk.first_sequence = std::min(low, chunk.first_sequence);
    }
    std::sort(chunks_.begin(), chunks_.end(), [](const EventChunk& a, const EventChunk& b) {
        return a.first_sequence != b.first_sequence ? a.first_sequence < b.first_sequence
                                                    : a.offset < b.offset;
    });
}

// Gives the events of a compact trace; how many chunks are malformed, or cannot be read any more.
std::uint64_t TraceFile::walk_blocks(const Visit& events) {
    format::BlockReader reader;
    std::vector<Event> some;
    std::uint64_t damaged = 0;
    std::optional<std::uint64_t> last;
    for (const EventChunk& chunk : blocks_) {
        const std::size_t bytes = format::kChunkHeaderBytes + chunk.payload_bytes;
        const auto whole = bytes_.read(chunk.offset, bytes);
        const bool sound = whole && whole->size() == bytes && (!last || chunk.first_sequence > *last) &&
                           decoder_->read_blocks(format::ChunkHeader::load(whole->data()),
                                                 whole->subspan(format::kChunkHeaderBytes), reader, some);
        if (!sound) ++damaged;
        if (!sound || some.empty()) continue;
        last = some.back().sequence;
        events(some);
    }
    return damaged;
}

void TraceFile::for_each(const Visit& events, const Visit& mappings) {
    std::uint64_t damaged = walk_blocks(events);
    const Visit nothing = [](std::span<const Event>) {};
    Batches batches(blocks_.empty() ? events : nothing, mappings);  // beside blocks, only mappings are events
    damaged += EventMerge(*this, batches).run();
    batches.finish();
    decoder_->set_damaged(damaged_ + damaged);
}

}  // namespace memo
