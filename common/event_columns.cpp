// The models that both sides share, and writing columns (common/event_columns.h).
#include "common/event_columns.h"

#include <algorithm>
#include <cstring>

namespace memo::format {

void AddressModel::begin() {
    count_ = 0;
    next_to_last_ = last_released_ = 0;
    classes_.fill({0, kNobody});
}

std::uint64_t AddressModel::guess(std::uint8_t place, std::uint64_t size) const {
    switch (place) {
        case kSameSize: {
            const std::uint32_t freed = classes_[slot_of(size)].freed;
            return freed == kNobody ? 0 : blocks_[freed].address;
        }
        case kNextToLast:
            return next_to_last_;
        case kLastReleased:
            return last_released_;
        case kNoGuess:
            return 0;
        default: {
            const std::uint32_t freed = below_top(classes_[slot_of(size)], place - kNoGuess);
            return freed == kNobody ? 0 : blocks_[freed].address;
        }
    }
}

std::uint32_t AddressModel::below_top(const Class& own, std::uint32_t depth) const {
    std::uint32_t at = own.freed;
    while (depth-- > 0 && at != kNobody) at = blocks_[at].next_free;
    return at;
}

std::uint8_t AddressModel::place_below_top(std::uint32_t number, std::uint64_t size) const {
    std::uint32_t at = classes_[slot_of(size)].freed;
    for (std::uint8_t depth = 0; depth <= kDeepest && at != kNobody; ++depth) {
        if (at == number) return static_cast<std::uint8_t>(kNoGuess + depth);
        at = blocks_[at].next_free;
    }
    return kNoGuess;
}

void AddressModel::allocated(std::uint64_t address, std::uint64_t size, std::uint8_t place) {
    const auto slot = static_cast<std::uint32_t>(slot_of(size));
    Class& own = classes_[slot];
    if (place > kNoGuess) {
        const std::uint32_t above = below_top(own, place - kNoGuess - 1);
        if (above != kNobody && blocks_[above].next_free != kNobody)
            blocks_[above].next_free = blocks_[blocks_[above].next_free].next_free;
    } else if (own.freed != kNobody && blocks_[own.freed].address == address) {
        own.freed = blocks_[own.freed].next_free;
    }
    own.last = address;
    blocks_[count_++] = {address, slot, kNobody};
    // glibc's blocks: eight bytes of its own, in units of 16, 32 at least.
    next_to_last_ = address + std::max<std::uint64_t>((size + 23) / 16 * 16, 32);
}

void AddressModel::released(std::uint32_t number) {
    Block& block = blocks_[number];
    Class& own = classes_[block.slot];
    block.next_free = own.freed == number ? block.next_free : own.freed;
    own.freed = number;
    last_released_ = block.address;
}

std::uint32_t SiteModel::add(std::uint32_t id) {
    seen_[count_] = {0, id, kUnseen};
    return count_++;
}

void SiteModel::visited(std::uint32_t number, std::uint64_t size) {
    if (last_ != kUnseen) seen_[last_].follower = number;
    seen_[number].size = size;
    last_ = number;
}

void ColumnWriter::put(Column column, std::uint64_t value) {
    std::uint8_t*& end = ends_[static_cast<std::size_t>(column)];
    end = put_varint(end, value);
}

template <class Key>
ColumnWriter::Slot& ColumnWriter::find(Slots& slots, std::uint64_t key, Key key_of) const {
    std::size_t at = (key * 0x9e3779b97f4a7c15) >> 51;
    static_assert(kSlots == std::size_t{1} << 13);
    const auto part = static_cast<std::uint32_t>(key >> 4U);
    while (slots[at].turn == turn_ && (slots[at].key != part || key_of(slots[at].number) != key))
        at = (at + 1) % kSlots;
    return slots[at];
}

ColumnWriter::Slot& ColumnWriter::find_site(std::uint32_t id) {
    return find(by_site_, id, [this](std::uint32_t number) { return std::uint64_t{sites_.id_of(number)}; });
}

ColumnWriter::Slot& ColumnWriter::find_address(std::uint64_t address) {
    return find(by_address_, address, [this](std::uint32_t number) { return addresses_.address_of(number); });
}

void ColumnWriter::put_site(std::uint32_t id, std::uint64_t size) {
    Slot& slot = find_site(id);
    const bool first = slot.turn != turn_;
    if (first) {
        slot = slot_for(id, sites_.add(id));
        const std::uint64_t value = EventEncoder::id_plus_one(id);
        put(Column::sites, 1);
        put(Column::new_sites, zigzag(value - last_new_site_));
        last_new_site_ = value;
    } else if (slot.number == sites_.foreseen()) {
        put(Column::sites, 0);
    } else {
        put(Column::sites, 2 + std::uint64_t{sites_.sites() - 1 - slot.number});
    }
    // A size of 2^64 - 1 has no "plus 1"; no block has it.
    const bool same = !first && sites_.size_at(slot.number) == size;
    put(Column::sizes, same ? 0 : size + 1);
    sites_.visited(slot.number, size);
}

void ColumnWriter::put_address(std::uint64_t address, std::uint64_t size) {
    std::uint8_t place = 0;
    while (place < AddressModel::kNoGuess && addresses_.guess(place, size) != address) ++place;
    Slot& slot = find_address(address);
    if (place == AddressModel::kNoGuess && slot.turn == turn_)
        place = addresses_.place_below_top(slot.number, size);
    *ends_[static_cast<std::size_t>(Column::places)]++ = place;
    if (place == AddressModel::kNoGuess) {
        put(Column::addresses, zigzag(std::rotr(address, 4) - std::rotr(addresses_.reference(size), 4)));
    }
    slot = slot_for(address, addresses_.allocations());
    addresses_.allocated(address, size, place);
}

void ColumnWriter::put_allocation(const EventRecord& event) {
    put_site(event.site, event.size);
    if (has_alignment(event.entry)) put(Column::alignments, event.alignment);
    put_address(event.address, event.size);
}

void ColumnWriter::put_free(const EventRecord& event) {
    const Slot& slot = find_address(event.address);
    if (slot.turn == turn_) {
        put(Column::released, std::uint64_t{addresses_.allocations() - slot.number});
        addresses_.released(slot.number);
        return;
    }
    put(Column::released, 0);
    put(Column::foreign, zigzag(std::rotr(event.address, 4) - std::rotr(last_foreign_, 4)));
    last_foreign_ = event.address;
    addresses_.released_foreign(event.address);
}

std::uint8_t* ColumnWriter::write(std::span<const EventRecord> events, std::uint64_t first_sequence,
                                  std::uint8_t* out) {
    if (++turn_ == 0) {  // the turns of all slots are to be told from this one
        by_address_.fill({});
        by_site_.fill({});
        turn_ = 1;
    }
    addresses_.begin();
    sites_.begin();
    last_new_site_ = last_foreign_ = 0;
    for (std::size_t column = 0; column < kColumns; ++column) ends_[column] = columns_[column].data();

    std::uint64_t last_sequence = first_sequence - 1;
    std::uint32_t last_context = kNone;
    for (const EventRecord& event : events) {
        auto tag = static_cast<std::uint8_t>(event.entry);
        if (event.sequence == last_sequence + 1) {
            tag |= kNextInSequence;
        } else {
            put(Column::sequences, event.sequence - last_sequence);
        }
        last_sequence = event.sequence;
        if (event.context != last_context) {
            tag |= kContextChanged;
            put(Column::contexts, EventEncoder::id_plus_one(event.context));
            last_context = event.context;
        }
        if (event.moved) tag |= kMoved;
        if (event.kind == EventKind::free) {
            tag |= kFree;
            put_free(event);
        } else {
            put_allocation(event);
        }
        *ends_[static_cast<std::size_t>(Column::tags)]++ = tag;
    }

    for (std::size_t column = 0; column < kColumns; ++column) {
        out = put_varint(out, static_cast<std::uint64_t>(ends_[column] - columns_[column].data()));
    }
    for (std::size_t column = 0; column < kColumns; ++column) {
        out = std::copy(columns_[column].data(), ends_[column], out);
    }
    return out;
}

}  // namespace memo::format
