// Chunks of blocks: the events of a compact trace, one row a block with its lifetime. A free is no row: its
// place follows from the lifetime of the block. docs/trace-format.md says what stands in each column.
//
// A chunk covers up to kMostBlockEvents events that follow each other. At each of them a block ends whose
// lifetime says so, or else the next row stands for it: an allocation, or a free of an address that is no
// block's. Blocks that outlive the chunk are named by their number in the chunk in which they end.
//
// Invariants: writer and reader hold the same SiteMemory after the same row; nothing but the numbers and
// addresses of live blocks is carried over from chunk to chunk. Thread safety: none.
#pragma once

#include "common/columns.h"
#include "common/live_blocks.h"
#include "common/trace_format.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace memo::format {

inline constexpr std::uint32_t kMostBlockEvents = 1U << 19U;

enum class BlockColumn : std::uint8_t {
    head,        // flags, number of the first block
    tags,        // of each row
    threads,     // where tag bit 1
    contexts,    // where tag bit 2
    entries,     // where tag bit 0
    alignments,  // where tag bit 4
    sites,       // of each allocation, as are ...
    new_sites,   // (those new to the chunk)
    sizes,
    lifetimes,
    endings,      // of blocks that end in the chunk
    freers,       // where the ending says so
    late_events,  // of each block of an earlier chunk that ends in this one
    late_blocks,
    late_endings,
    late_freers,
    gap_events,  // of each event whose sequence number is not the one after the last
    gaps,
    addresses,  // of each row, if they are kept
};
inline constexpr std::size_t kBlockColumns = 19;

// Flags of the head.
inline constexpr std::uint64_t kKeepsAddresses = 1;

// Bits of a row's tag.
inline constexpr std::uint8_t kRowEntry = 1;     // another entry point than the last time at this site
inline constexpr std::uint8_t kRowThread = 2;    // another thread than the row before
inline constexpr std::uint8_t kRowContext = 4;   // another context than the row before
inline constexpr std::uint8_t kRowMoved = 8;     // the new block of a reallocation
inline constexpr std::uint8_t kRowAligned = 16;  // another alignment than the last time at this site
inline constexpr std::uint8_t kRowFree = 32;     // a free of no block: has neither site nor lifetime
inline constexpr std::uint8_t kRowToMove = 64;   // such a free, by a reallocation

// How a block ends: entry point * 8 + these bits. The ending column has 0 for "as the last time at this
// site", else this plus 1.
inline constexpr std::uint32_t kEndToMove = 1;  // by a reallocation
inline constexpr std::uint32_t kEndLost = 2;    // no event: the next row takes its address
inline constexpr std::uint32_t kEndFreer = 4;   // by another thread than allocated it

// What a lifetime column says.
inline constexpr std::uint64_t kOutlives = 0;  // does not end in this chunk
inline constexpr std::uint64_t kFailed = 1;    // no block was made; else the lifetime in events, plus 1

// What the last allocation at each site of the chunk was like, and which site came next.
class SiteMemory {
  public:
    struct Seen {
        std::uint64_t size = 0;
        std::uint32_t alignment = 0;
        std::uint32_t ending = 0;
        std::uint32_t follower = 0;  // code, see code_of
        EntryPoint entry = EntryPoint::malloc;
        bool is_new = true;
    };
    // Sites by code: 0 stands for an allocation without a site, else the site's number plus 1.
    [[nodiscard]] static std::uint32_t code_of(std::uint32_t site) { return site + 1; }

    [[nodiscard]] Seen& at(std::uint32_t code) { return seen_[code]; }
    [[nodiscard]] std::uint32_t foreseen() { return seen_[last_].follower; }
    void visit(std::uint32_t code) {
        seen_[last_].follower = code;
        seen_[code].is_new = false;
        last_ = code;
    }

  private:
    std::unordered_map<std::uint32_t, Seen> seen_;
    std::uint32_t last_ = 0;
};

// Takes events in order and gives payloads of chunks.
class BlockWriter {
  public:
    // Called with each payload, the number of its events and the first one's sequence number.
    using Chunk = std::function<void(std::span<const std::uint8_t>, std::uint32_t, std::uint64_t)>;

    // `number_of` gives the number of a site in the compact trace.
    BlockWriter(bool keep_addresses, std::function<std::uint32_t(std::uint32_t)> number_of, Chunk chunk)
        : keep_addresses_(keep_addresses), number_of_(std::move(number_of)), chunk_(std::move(chunk)) {}

    void take(const Event& event);
    // After the last event.
    void finish();

  private:
    static constexpr std::uint32_t kNoRow = kNone;
    struct Row {
        Event event;
        std::uint32_t at = 0;        // which event of the chunk
        std::uint32_t lifetime = 0;  // in events; 0: outlives the chunk
        std::uint32_t ending = 0;
        std::uint32_t freer = 0;
        bool moved = false;
    };
    struct Late {
        std::uint64_t block = 0;
        std::uint32_t at = 0;
        std::uint32_t ending = 0;
        std::uint32_t freer = 0;
    };

    void allocate(const Event& event, std::uint32_t at);
    void release(const Event& event, std::uint32_t at);
    void end(const Block& block, std::uint32_t at, std::uint32_t ending, std::uint32_t freer);
    void put(const Row& row);
    void put_allocation(const Row& row, SiteMemory::Seen& seen);
    void flush();

    bool keep_addresses_;
    std::function<std::uint32_t(std::uint32_t)> number_of_;
    Chunk chunk_;
    ColumnsOut<BlockColumn, kBlockColumns> columns_;
    std::vector<Row> rows_;
    std::vector<Late> late_;
    LiveBlocks live_;  // birth: number of the block; requester: its row; ordinal: its chunk
    std::vector<std::uint64_t> last_freed_;  // by thread: the address, if its last event was a free
    std::uint64_t blocks_ = 0;
    std::uint64_t first_block_ = 0;  // of the chunk
    std::uint64_t first_sequence_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint32_t last_gap_ = 0;  // the event of the chunk that had one
    std::uint32_t events_ = 0;    // in the chunk
    std::uint32_t chunks_ = 0;
    // Of the chunk that is being written.
    SiteMemory sites_;
    std::uint32_t thread_ = 0;
    std::uint32_t context_ = kNone;
    std::uint64_t new_site_ = 0;
    std::uint64_t address_ = 0;
};

// Gives back what BlockWriter took, but for the contexts of frees, and for the addresses if they were not
// kept: then blocks get others, such that no two live ones share theirs.
class BlockReader {
  public:
    // Fills `events`; sites are numbers in the file, threads and contexts indices into its tables. False if
    // the payload is malformed.
    [[nodiscard]] bool read(std::span<const std::uint8_t> payload, std::uint32_t count,
                            std::uint64_t first_sequence, std::vector<Event>& events);

    // Whether the addresses of the chunk read last were kept.
    [[nodiscard]] bool has_addresses() const { return has_addresses_; }

  private:
    using In = ColumnsIn<BlockColumn, kBlockColumns>;
    struct Ending {
        std::uint64_t address = 0;  // 0: no block ends here
        std::uint32_t ending = 0;
        std::uint32_t freer = 0;
    };
    struct Open {
        std::uint64_t address = 0;
        std::uint32_t thread = 0;
    };

    [[nodiscard]] bool take_late(In& in);
    void take_row(In& in, std::uint32_t at, std::optional<std::uint64_t> inherited, Event& event);
    void take_allocation(In& in, std::uint8_t tag, std::uint32_t at, std::optional<std::uint64_t> inherited,
                         Event& event);
    void give_free(const Ending& ending, Event& event);
    [[nodiscard]] std::uint64_t new_address();
    [[nodiscard]] std::uint64_t& last_freed(std::uint32_t thread);

    std::unordered_map<std::uint64_t, Open> open_;  // blocks that outlived their chunk, by number
    std::vector<std::uint64_t> spare_;              // addresses that may be given again
    std::uint64_t made_ = 0;                        // addresses
    std::unordered_map<std::uint32_t, std::uint64_t> last_freed_;  // by thread
    // Of the chunk that is being read.
    SiteMemory sites_;
    std::vector<Ending> endings_;  // by event
    bool has_addresses_ = false;
    bool ok_ = true;
    std::uint64_t next_block_ = 0;
    std::uint32_t thread_ = 0;
    std::uint32_t context_ = kNone;
    std::uint64_t new_site_ = 0;
    std::uint64_t address_ = 0;
};

}  // namespace memo::format
