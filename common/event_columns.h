// The events of one chunk by column: what is alike stands together, and most addresses need not be written.
// What is remembered of addresses goes on through a run of chunks (common/chunk_runs.h).
//
//     | length varint of each column, in the order of `Column` | the columns, in that order
//
//     column      | of            | value
//     tags        | every event   | the tag byte of common/trace_format.h
//     sequences   | where it is not the last one plus 1: the difference, varint
//     contexts    | where it has changed: id + 1, varint
//     sizes       | allocations   | 0: as the last time at this site in the chunk; else size + 1, varint
//     alignments  | where the entry point has one: varint
//     sites       | allocations   | 0: what followed the last site when it last came; 1: first time in the
//                 |               | chunk; else 2 + the number of sites first seen since, varint
//     new_sites   | first time    | id + 1, zigzag varint of the difference to the last one here
//     places      | allocations   | a byte: which guess at the address is right (AddressModel); kNoGuess:
//     none;
//                 |               | kNoGuess + n: the block n below the one released last of such a size;
//                 |               | kEarlier: that of an earlier block
//     addresses   | kNoGuess      | zigzag varint of the difference to the last address of such a size
//                 | kEarlier      | 1 + the number of allocations since the earlier block's, varint
//     released    | frees         | 0: of a block that is not remembered; else 1 + the number of allocations
//                 |               | since that block's, varint
//     foreign     | those others  | zigzag varint of the difference to the last one here
//
// Addresses are rotated right by four bits before differences are taken, as in rows.
//
// Invariants: writer and reader hold the same models after the same event, so that a guess is the same on
// both sides; of the chunks before this one, only the AddressModel of a run knows anything. Nothing here
// allocates or locks. Thread safety: none.
#pragma once

#include "common/trace_encode.h"
#include "common/trace_format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace memo::format {

inline constexpr std::uint32_t kMaxColumnEvents = 4096;

enum class Column : std::uint8_t {
    tags,
    sequences,
    contexts,
    sizes,
    alignments,
    sites,
    new_sites,
    places,
    addresses,
    released,
    foreign,
};
inline constexpr std::size_t kColumns = 11;

// Guesses where the next block will be: where one of its size was just released, right behind the last one,
// or where any block was just released. Allocators do the first two most of the time; else it is mostly a
// block of its size that was released a little earlier, or where a block of another size once was.
//
// Blocks are numbered as they are allocated; the last kRemembered are known.
class AddressModel {
  public:
    static constexpr std::uint8_t kSameSize = 0;
    static constexpr std::uint8_t kNextToLast = 1;
    static constexpr std::uint8_t kLastReleased = 2;
    static constexpr std::uint8_t kNoGuess = 3;
    static constexpr std::uint8_t kDeepest = 60;  // below the top of a class's stack
    static constexpr std::uint8_t kEarlier = kNoGuess + kDeepest + 1;
    static constexpr std::uint32_t kRemembered = kMaxColumnEvents;
    static constexpr std::uint32_t kNobody = 0xffffffff;

    // Forgets everything.
    void begin();

    // The address that a guess stands for, for a block of this size; 0: there is none.
    [[nodiscard]] std::uint64_t guess(std::uint8_t place, std::uint64_t size) const;
    // What the difference of an address without a guess is taken to.
    [[nodiscard]] std::uint64_t reference(std::uint64_t size) const { return classes_[slot_of(size)].last; }

    // The place of a block, by its number, in the stack of a class, as far as it is worth looking; kNoGuess:
    // it was not found.
    [[nodiscard]] std::uint8_t place_below_top(std::uint32_t number, std::uint64_t size) const;

    // An allocation was at this address, which stood at this place.
    void allocated(std::uint64_t address, std::uint64_t size, std::uint8_t place);
    // A block was released, by its number.
    void released(std::uint32_t number);
    void released_foreign(std::uint64_t address) { last_released_ = address; }

    [[nodiscard]] std::uint32_t allocations() const { return count_; }
    [[nodiscard]] bool knows(std::uint32_t number) const {
        return count_ - 1 - number < std::min(count_, kRemembered);
    }
    [[nodiscard]] std::uint64_t address_of(std::uint32_t number) const { return block(number).address; }

  private:
    static constexpr std::size_t kClasses = 1024;
    struct Block {
        std::uint64_t address;
        std::uint32_t slot;
        std::uint32_t next_free;  // released before it, of the same slot
    };
    struct Class {
        std::uint64_t last;   // address of the last block
        std::uint32_t freed;  // the block released last that has not been guessed at since
    };
    [[nodiscard]] const Block& block(std::uint32_t number) const { return blocks_[number % kRemembered]; }
    [[nodiscard]] Block& block(std::uint32_t number) { return blocks_[number % kRemembered]; }
    // The block so far below the top of a class's stack; kNobody: there is none that is known.
    [[nodiscard]] std::uint32_t below_top(const Class& own, std::uint32_t depth) const;
    // Sizes that allocators do not tell apart share a slot; so do some large ones that they do.
    static std::size_t slot_of(std::uint64_t size) { return ((size + 23) / 16 + size / 16384) % kClasses; }

    std::uint32_t count_ = 0;  // of allocations; at most kLongestRun chunks of them
    std::uint64_t next_to_last_ = 0;
    std::uint64_t last_released_ = 0;
    std::array<Class, kClasses> classes_ = {};
    std::array<Block, kRemembered> blocks_ = {};
};

// The same on the writer's side, where a block has to be found by its address. What finds no room is found no
// more, which costs bytes and nothing else.
class AddressBook {
  public:
    static constexpr std::uint32_t kNobody = AddressModel::kNobody;

    void begin() { model_.begin(); }
    [[nodiscard]] AddressModel& model() { return model_; }

    // The number of a block at this address, the last one as a rule; kNobody: none is known.
    [[nodiscard]] std::uint32_t find(std::uint64_t address) const;
    // A block was allocated there, as the model is about to be told.
    void enter(std::uint64_t address);
    // Brings near what one of these will look at.
    void approach(std::uint64_t address) const { __builtin_prefetch(&buckets_[bucket_of(address)]); }

  private:
    static constexpr std::size_t kWays = 8;
    static constexpr std::size_t kBuckets = 2 * std::size_t{AddressModel::kRemembered} / kWays;
    struct alignas(64) Bucket {
        std::array<std::uint32_t, kWays> keys;
        std::array<std::uint32_t, kWays> numbers;
    };
    static std::size_t bucket_of(std::uint64_t address) { return (address * 0x9e3779b97f4a7c15) >> 54U; }
    static std::uint32_t key_of(std::uint64_t address) { return static_cast<std::uint32_t>(address >> 4U); }
    static_assert(kBuckets == std::size_t{1} << 10U);

    AddressModel model_;
    std::array<Bucket, kBuckets> buckets_ = {};
};

// Foresees the next site from the last one, and a site's size from its last one.
class SiteModel {
  public:
    static constexpr std::uint32_t kUnseen = 0xffffffff;

    void begin() { count_ = 0, last_ = kUnseen; }

    // The number of the site foreseen (they are numbered as they are first seen); kUnseen: none.
    [[nodiscard]] std::uint32_t foreseen() const {
        return last_ == kUnseen ? kUnseen : seen_[last_].follower;
    }
    [[nodiscard]] std::uint32_t sites() const { return count_; }
    [[nodiscard]] std::uint32_t id_of(std::uint32_t number) const { return seen_[number].id; }
    [[nodiscard]] std::uint64_t size_at(std::uint32_t number) const { return seen_[number].size; }

    // A site is seen for the first time: its number.
    std::uint32_t add(std::uint32_t id);
    // An allocation was at this site.
    void visited(std::uint32_t number, std::uint64_t size);

  private:
    struct Seen {
        std::uint64_t size;
        std::uint32_t id;
        std::uint32_t follower;
    };
    std::uint32_t count_ = 0;
    std::uint32_t last_ = kUnseen;
    std::array<Seen, kMaxColumnEvents> seen_ = {};
};

// Writes chunks. Some 600 KiB: an object for static memory.
class ColumnWriter {
  public:
    // The most bytes that `write` makes of so many events.
    static constexpr std::size_t most_bytes(std::size_t events) {
        return kColumns * kMaxVarint + events * (2 + 7 * kMaxVarint);
    }

    // Writes the events (at most kMaxColumnEvents, sequence numbers increasing from `first_sequence` on) at
    // `out`; returns the end. `book` knows the chunks of the run before this one.
    [[nodiscard]] std::uint8_t* write(std::span<const EventRecord> events, std::uint64_t first_sequence,
                                      AddressBook& book, std::uint8_t* out);
    // How many of the bytes written last come before the column of addresses. That one and those behind it
    // hold larger numbers: compressed apart from the others, both take less.
    [[nodiscard]] std::size_t bytes_before_addresses() const { return before_addresses_; }

  private:
    void put_allocation(const EventRecord& event);
    void put_free(const EventRecord& event);
    void put_site(std::uint32_t id, std::uint64_t size);
    void put_address(std::uint64_t address, std::uint64_t size);
    void put(Column column, std::uint64_t value);
    // Brings near what an event a little further on will look at: the program has been at work since the last
    // chunk, and the caches hold what is the program's.
    void approach(const EventRecord& event) const;

    // Open addressing, from a site to its number in this chunk; slots of earlier chunks are told by `turn`.
    struct Slot {
        std::uint32_t id;
        std::uint16_t number;
        std::uint16_t turn;
    };
    static_assert(kMaxColumnEvents <= std::uint32_t{1} << 16);
    static constexpr std::size_t kSlots = 2 * std::size_t{kMaxColumnEvents};
    static std::size_t slot_of(std::uint32_t id) { return (id * 0x9e3779b97f4a7c15) >> 51U; }
    static_assert(kSlots == std::size_t{1} << 13U);
    [[nodiscard]] Slot& find_site(std::uint32_t id);

    AddressBook* book_ = nullptr;
    SiteModel sites_;
    std::array<Slot, kSlots> by_site_ = {};
    std::uint16_t turn_ = 0;
    std::uint64_t last_new_site_ = 0;
    std::uint64_t last_foreign_ = 0;
    std::size_t before_addresses_ = 0;
    std::array<std::uint8_t*, kColumns> ends_ = {};
    std::array<std::array<std::uint8_t, kMaxColumnEvents * kMaxVarint>, kColumns> columns_ = {};
};

// Reads what ColumnWriter wrote. Large: an object for the heap.
class ColumnReader {
  public:
    enum class Start : std::uint8_t { afresh, going_on };

    // Fills `events` with header.records of them, as this version of the format has them; false where the
    // payload is malformed. `going_on`: in the run of the chunk read last.
    [[nodiscard]] bool read(std::span<const std::uint8_t> payload, std::uint64_t first_sequence,
                            std::span<EventRecord> events, std::uint16_t version = kVersion,
                            Start start = Start::afresh);

  private:
    [[nodiscard]] std::uint64_t take(Column column);
    [[nodiscard]] std::uint8_t take_byte(Column column);
    [[nodiscard]] std::uint32_t earlier_block(std::uint64_t back);
    void take_allocation(EventRecord& event);
    void take_free(EventRecord& event);

    struct Cursor {
        const std::uint8_t* at;
        const std::uint8_t* end;
    };
    AddressModel addresses_;
    SiteModel sites_;
    std::uint64_t last_new_site_ = 0;
    std::uint64_t last_foreign_ = 0;
    std::array<Cursor, kColumns> cursors_ = {};
    bool ok_ = true;
    std::uint8_t last_place_ = 0;  // that this version knows
};

}  // namespace memo::format
