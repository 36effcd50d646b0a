// From the payloads of checked chunks to a Trace: the step between finding chunks (trace_reader.cpp) and
// using them. Ids in a file are arbitrary numbers; here they become dense indices, and what was never defined
// becomes kNone.
//
// Invariants: events of a chunk are taken all or none, definitions one by one; nothing is reserved on the
// word of a count. Thread safety: none; one decoder a file.
#pragma once

#include "common/block_columns.h"
#include "common/chunk_runs.h"
#include "common/event_columns.h"
#include "common/id_map.h"
#include "common/payload_cursor.h"
#include "common/stack_columns.h"
#include "common/trace.h"
#include "common/trace_format.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace memo {

class TraceDecoder {
  public:
    // What goes on through a run of chunks of events.
    struct EventRun {
        format::RunReader bytes;
        format::ColumnReader columns;
    };

    // Takes one chunk that holds no events; false if its payload is malformed. Unknown kinds are taken, and
    // ignored. Of a run, the one before it has been taken.
    [[nodiscard]] bool take(const format::ChunkHeader& header, std::span<const std::uint8_t> payload);

    // There is a chunk of events: a goodbye before it is taken back.
    void meet_events() { trace_.complete = false; }

    // The events of a chunk, by the definitions taken so far; false if it is malformed. Its thread and its
    // sites are known from now on. `run`: of a chunk of one; it has read those before it.
    [[nodiscard]] bool read_events(const format::ChunkHeader& header, std::span<const std::uint8_t> payload,
                                   EventRun* run, std::vector<Event>& events);

    // The events of a chunk of blocks; `reader` has read those before it. False, and no events, if it is
    // malformed.
    [[nodiscard]] bool read_blocks(const format::ChunkHeader& header, std::span<const std::uint8_t> payload,
                                   format::BlockReader& reader, std::vector<Event>& events);

    // What has been taken so far.
    [[nodiscard]] const Trace& so_far() const { return trace_; }

    // All chunks have been taken, but for `damaged` ones.
    void finish(std::uint64_t damaged);
    void set_damaged(std::uint64_t damaged);

    // The trace; the decoder is spent afterwards.
    [[nodiscard]] Trace take_trace() { return std::move(trace_); }

  private:
    using Ids = std::unordered_map<std::uint32_t, std::uint32_t>;

    bool take_process(std::span<const std::uint8_t> payload);
    bool take_definitions(std::span<const std::uint8_t> payload);
    bool take_definition(std::uint8_t tag, std::span<const std::uint8_t> body);
    template <class Each>
    static bool take_columns(format::PayloadCursor& in, Each each);
    bool take_frames(format::PayloadCursor& in);
    bool take_nodes(format::PayloadCursor& in);
    bool take_stacks(const format::ChunkHeader& header, std::span<const std::uint8_t> payload);
    bool take_goodbye(std::span<const std::uint8_t> payload);
    bool unpack(const format::ChunkHeader& header, std::span<const std::uint8_t>& payload);
    std::uint32_t site_index(std::uint32_t id);
    bool add_node(std::uint32_t id, std::uint32_t parent, const Frame& frame);
    std::uint32_t add_cut();
    bool read_records(const format::ChunkHeader& header, std::span<const std::uint8_t> payload,
                      EventRun* run);
    [[nodiscard]] Event resolve(const format::EventRecord& record, std::uint32_t thread);
    std::uint32_t thread_index(std::uint32_t id);
    void add_counters_to_notes();

    Trace trace_;
    Ids modules_, sites_, threads_;
    IdMap contexts_;
    IdMap frames_;  // ids of frames to their indices in frame_table_
    std::vector<Frame> frame_table_;
    IdMap nodes_;                        // ids of nodes to their indices in trace_.sites
    std::vector<std::uint16_t> depths_;  // of each node, its own frame counted
    format::StackReader stacks_;
    std::vector<std::uint32_t> stack_path_;  // nodes from the root to the last one of a compact trace
    std::vector<std::uint8_t> unpacked_;
    format::RunReader definitions_;
    std::vector<format::EventRecord> records_;
    std::unique_ptr<format::ColumnReader> columns_;  // large, so made when it is needed
    std::vector<Frame> last_frames_;                 // of the site defined last in the chunk at hand
    std::uint64_t refused_sites_ = 0;
    std::uint64_t unbalanced_pops_ = 0;
};

}  // namespace memo
