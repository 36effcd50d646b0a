// Writing chunks of blocks (common/block_columns.h).
#include "common/block_columns.h"

#include <algorithm>
#include <bit>

namespace memo::format {
namespace {

std::uint32_t ending_of(const Event& free) {
    return static_cast<std::uint32_t>(free.entry) * 8 + (free.to_move ? kEndToMove : 0);
}

}  // namespace

void BlockWriter::take(const Event& event) {
    if (events_ == kMostBlockEvents) flush();
    const std::uint32_t at = events_++;
    if (at == 0) {
        first_sequence_ = event.sequence;
    } else if (event.sequence != last_sequence_ + 1) {
        columns_.put(BlockColumn::gap_events, at - last_gap_);
        columns_.put(BlockColumn::gaps, event.sequence - last_sequence_ - 2);
        last_gap_ = at;
    }
    last_sequence_ = event.sequence;
    if (event.thread >= last_freed_.size()) last_freed_.resize(std::size_t{event.thread} + 1);
    if (event.kind == EventKind::free) {
        release(event, at);
        last_freed_[event.thread] = event.address;
    } else {
        allocate(event, at);
        last_freed_[event.thread] = 0;
    }
}

void BlockWriter::allocate(const Event& event, std::uint32_t at) {
    Row row{.event = event, .at = at};
    row.moved = event.old_address != 0 && event.old_address == last_freed_[event.thread];
    if (event.address != 0) {
        if (const std::optional<Block> lost = live_.take(event.address)) end(*lost, at, kEndLost, 0);
        live_.insert({.address = event.address,
                      .size = event.thread,
                      .birth = blocks_++,
                      .requester = static_cast<std::uint32_t>(rows_.size()),
                      .ordinal = chunks_});
    }
    rows_.push_back(row);
}

void BlockWriter::release(const Event& event, std::uint32_t at) {
    const std::optional<Block> block = event.address == 0 ? std::nullopt : live_.take(event.address);
    if (!block) {
        rows_.push_back({.event = event, .at = at});
        return;
    }
    const bool by_another = block->size != event.thread;
    end(*block, at, ending_of(event) + (by_another ? kEndFreer : 0), event.thread);
}

void BlockWriter::end(const Block& block, std::uint32_t at, std::uint32_t ending, std::uint32_t freer) {
    if (block.ordinal != chunks_) {
        late_.push_back({block.birth, at, ending, freer});
        return;
    }
    Row& row = rows_[block.requester];
    row.lifetime = at - row.at;
    row.ending = ending;
    row.freer = freer;
}

void BlockWriter::put(const Row& row) {
    const Event& event = row.event;
    const bool is_free = event.kind == EventKind::free;
    const std::uint32_t code =
        is_free || event.site == kNone ? 0 : SiteMemory::code_of(number_of_(event.site));
    SiteMemory::Seen& seen = sites_.at(code);
    std::uint8_t tag = 0;
    if (is_free) tag |= kRowFree | (event.to_move ? kRowToMove : 0) | kRowEntry;
    if (!is_free && event.entry != seen.entry) tag |= kRowEntry;
    if (event.thread != thread_) tag |= kRowThread;
    if (event.context != context_) tag |= kRowContext;
    if (row.moved) tag |= kRowMoved;
    if (!is_free && event.alignment != seen.alignment) tag |= kRowAligned;
    columns_.put_byte(BlockColumn::tags, tag);
    if ((tag & kRowThread) != 0) columns_.put(BlockColumn::threads, event.thread);
    if ((tag & kRowContext) != 0)
        columns_.put(BlockColumn::contexts, event.context == kNone ? 0 : std::uint64_t{event.context} + 1);
    if ((tag & kRowEntry) != 0)
        columns_.put_byte(BlockColumn::entries, static_cast<std::uint8_t>(event.entry));
    if ((tag & kRowAligned) != 0) columns_.put(BlockColumn::alignments, event.alignment);
    thread_ = event.thread;
    context_ = event.context;
    if (keep_addresses_) {
        const std::uint64_t address = std::rotr(event.address, 4);
        columns_.put(BlockColumn::addresses, zigzag(address - address_));
        address_ = address;
    }
    if (is_free) return;
    const std::uint32_t foreseen = sites_.foreseen();
    if (seen.is_new) {
        columns_.put(BlockColumn::sites, 1);
        columns_.put(BlockColumn::new_sites, zigzag(code - new_site_));
        new_site_ = code;
    } else {
        columns_.put(BlockColumn::sites, code == foreseen ? 0 : 2 + std::uint64_t{code});
    }
    put_allocation(row, seen);
    sites_.visit(code);
}

void BlockWriter::put_allocation(const Row& row, SiteMemory::Seen& seen) {
    const Event& event = row.event;
    // A size of 2^64 - 1 has no "plus 1"; no block has it.
    columns_.put(BlockColumn::sizes, event.size == seen.size && !seen.is_new ? 0 : event.size + 1);
    std::uint64_t lifetime = row.lifetime == 0 ? kOutlives : std::uint64_t{row.lifetime} + 1;
    if (event.address == 0) lifetime = kFailed;
    columns_.put(BlockColumn::lifetimes, lifetime);
    if (lifetime > kFailed) {
        const bool as_before = row.ending == seen.ending && !seen.is_new;
        columns_.put(BlockColumn::endings, as_before ? 0 : std::uint64_t{row.ending} + 1);
        if ((row.ending & kEndFreer) != 0) columns_.put(BlockColumn::freers, row.freer);
        seen.ending = row.ending;
    }
    seen.size = event.size;
    seen.alignment = event.alignment;
    seen.entry = event.entry;
}

void BlockWriter::flush() {
    if (events_ == 0) return;
    columns_.put(BlockColumn::head, keep_addresses_ ? kKeepsAddresses : 0);
    columns_.put(BlockColumn::head, first_block_);
    for (const Row& row : rows_) put(row);
    std::uint32_t last_at = 0;
    std::uint64_t last_block = first_block_;
    for (const Late& late : late_) {
        columns_.put(BlockColumn::late_events, late.at - last_at);
        columns_.put(BlockColumn::late_blocks, zigzag(late.block - last_block));
        columns_.put(BlockColumn::late_endings, late.ending);
        if ((late.ending & kEndFreer) != 0) columns_.put(BlockColumn::late_freers, late.freer);
        last_at = late.at;
        last_block = late.block;
    }
    chunk_(columns_.take(), events_, first_sequence_);
    rows_.clear();
    late_.clear();
    sites_ = {};
    thread_ = 0;
    context_ = kNone;
    new_site_ = address_ = 0;
    first_block_ = blocks_;
    events_ = last_gap_ = 0;
    ++chunks_;
}

void BlockWriter::finish() {
    flush();
}

}  // namespace memo::format
