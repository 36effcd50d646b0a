// From the payloads of checked chunks to a Trace: the step between finding chunks (trace_reader.cpp) and
// using them. Ids in a file are arbitrary numbers; here they become dense indices, and what was never defined
// becomes kNone.
//
// Invariants: events of a chunk are taken all or none, definitions one by one; nothing is reserved on the
// word of a count. Thread safety: none; one decoder a file.
#pragma once

#include "common/event_columns.h"
#include "common/payload_cursor.h"
#include "common/trace.h"
#include "common/trace_format.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace memo {

class TraceDecoder {
  public:
    // Takes one chunk; false if its payload is malformed. Unknown kinds are taken, and ignored.
    [[nodiscard]] bool take(const format::ChunkHeader& header, std::span<const std::uint8_t> payload);

    // The records of a chunk of events, which `take` then need not see; nothing if it is malformed. They stay
    // good until the next call.
    [[nodiscard]] std::optional<std::span<const format::EventRecord>> read_events(
        const format::ChunkHeader& header, std::span<const std::uint8_t> payload);

    // A record as an event, by the definitions taken so far. `address_before` is the address of the record
    // before it in its chunk.
    [[nodiscard]] Event resolve(const format::EventRecord& record, std::uint32_t thread,
                                std::uint64_t address_before);
    // Where the thread with this id stands in the table.
    [[nodiscard]] std::uint32_t thread_index(std::uint32_t id);

    // What has been taken so far.
    [[nodiscard]] const Trace& so_far() const { return trace_; }

    // Resolves ids, orders the events, drops repeated ones. The decoder is spent afterwards.
    [[nodiscard]] Trace finish();

  private:
    using Ids = std::unordered_map<std::uint32_t, std::uint32_t>;

    bool take_process(std::span<const std::uint8_t> payload);
    bool take_definitions(std::span<const std::uint8_t> payload);
    bool take_definition(std::uint8_t tag, std::span<const std::uint8_t> body);
    struct Node;
    template <class Each>
    bool take_columns(format::PayloadCursor& in, Each each);
    bool take_frames(format::PayloadCursor& in);
    bool take_nodes(format::PayloadCursor& in);
    bool define_node(std::uint32_t id, Node node);
    bool take_events(const format::ChunkHeader& header, std::span<const std::uint8_t> payload);
    bool take_goodbye(std::span<const std::uint8_t> payload);
    bool unpack(const format::ChunkHeader& header, std::span<const std::uint8_t>& payload);
    std::uint32_t site_index(std::uint32_t id);
    void add_counters_to_notes();

    struct Node {
        std::uint32_t parent = kNone;  // index of the node outside of it, below its own
        Frame frame;
        bool cut = false;
        std::uint32_t depth = 1;
    };

    Trace trace_;
    Ids modules_, sites_, frames_, nodes_, contexts_, threads_;
    std::vector<Frame> frame_table_;
    std::vector<Node> tree_;
    std::vector<std::uint8_t> unpacked_;
    std::vector<format::EventRecord> records_;
    std::unique_ptr<format::ColumnReader> columns_;  // large, so made when it is needed
    std::vector<Frame> last_frames_;                 // of the site defined last in the chunk at hand
    std::uint64_t refused_sites_ = 0;
    std::uint64_t unbalanced_pops_ = 0;
};

}  // namespace memo
