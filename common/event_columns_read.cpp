// Reading columns (common/event_columns.h). No number of a file is used before it is known to be in range.
#include "common/event_columns.h"

#include <algorithm>

namespace memo::format {

std::uint64_t ColumnReader::take(Column column) {
    Cursor& cursor = cursors_[static_cast<std::size_t>(column)];
    std::uint64_t value = 0;
    const std::uint8_t* const next = get_varint(cursor.at, cursor.end, value);
    if (next == nullptr) return ok_ = false, 0;
    cursor.at = next;
    return value;
}

std::uint8_t ColumnReader::take_byte(Column column) {
    Cursor& cursor = cursors_[static_cast<std::size_t>(column)];
    if (cursor.at == cursor.end) return ok_ = false, std::uint8_t{0};
    return *cursor.at++;
}

// The number of the block allocated so many allocations ago, the last one being 1; kNobody: none that is
// known.
std::uint32_t ColumnReader::earlier_block(std::uint64_t back) {
    const std::uint32_t count = addresses_.allocations();
    const auto number = count - static_cast<std::uint32_t>(back);
    if (back == 0 || back > count || !addresses_.knows(number)) return ok_ = false, AddressModel::kNobody;
    return number;
}

void ColumnReader::take_allocation(EventRecord& event) {
    const std::uint64_t code = take(Column::sites);
    std::uint32_t number = 0;
    if (code == 1) {
        last_new_site_ += unzigzag(take(Column::new_sites));
        if (last_new_site_ > kNone) ok_ = false;
        number = sites_.add(static_cast<std::uint32_t>(last_new_site_) - 1);
    } else {
        const std::uint64_t back = code - 2;  // meaningless for 0
        const bool known = code == 0 ? sites_.foreseen() != SiteModel::kUnseen : back < sites_.sites();
        if (!known) {
            ok_ = false;
            return;
        }
        number = code == 0 ? sites_.foreseen() : sites_.sites() - 1 - static_cast<std::uint32_t>(back);
    }
    event.site = sites_.id_of(number);
    const std::uint64_t size = take(Column::sizes);
    event.size = size == 0 ? sites_.size_at(number) : size - 1;
    sites_.visited(number, event.size);

    if (has_alignment(event.entry))
        event.alignment =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(take(Column::alignments), UINT32_MAX));

    const std::uint8_t place = take_byte(Column::places);
    if (place > last_place_) ok_ = false;
    event.address = addresses_.guess(place, event.size);
    if (place == AddressModel::kNoGuess) {
        const std::uint64_t reference = std::rotr(addresses_.reference(event.size), 4);
        event.address = std::rotl(reference + unzigzag(take(Column::addresses)), 4);
    } else if (place == AddressModel::kEarlier) {
        const std::uint32_t earlier = earlier_block(take(Column::addresses));
        if (earlier != AddressModel::kNobody) event.address = addresses_.address_of(earlier);
    }
    addresses_.allocated(event.address, event.size, place);
}

void ColumnReader::take_free(EventRecord& event) {
    event.kind = EventKind::free;
    const std::uint64_t back = take(Column::released);
    if (back == 0) {
        last_foreign_ = std::rotl(std::rotr(last_foreign_, 4) + unzigzag(take(Column::foreign)), 4);
        event.address = last_foreign_;
        addresses_.released_foreign(event.address);
        return;
    }
    const std::uint32_t number = earlier_block(back);
    if (number == AddressModel::kNobody) return;
    event.address = addresses_.address_of(number);
    addresses_.released(number);
}

bool ColumnReader::read(std::span<const std::uint8_t> payload, std::uint64_t first_sequence,
                        std::span<EventRecord> events, std::uint16_t version, Start start) {
    if (events.size() > kMaxColumnEvents) return false;
    const std::uint8_t* at = payload.data();
    const std::uint8_t* const end = at + payload.size();
    std::array<std::uint64_t, kColumns> lengths = {};
    for (std::uint64_t& length : lengths) {
        at = get_varint(at, end, length);
        if (at == nullptr) return false;
    }
    for (std::size_t column = 0; column < kColumns; ++column) {
        if (lengths[column] > static_cast<std::uint64_t>(end - at)) return false;
        cursors_[column] = {at, at + lengths[column]};
        at += lengths[column];
    }
    if (at != end) return false;

    ok_ = true;
    constexpr std::uint16_t kFirstWithDepths = 4;
    constexpr std::uint16_t kFirstWithEarlier = 5;
    last_place_ = AddressModel::kEarlier;
    if (version < kFirstWithEarlier) last_place_ = AddressModel::kEarlier - 1;
    if (version < kFirstWithDepths) last_place_ = AddressModel::kNoGuess;
    if (start == Start::afresh) addresses_.begin();
    sites_.begin();
    last_new_site_ = last_foreign_ = 0;
    std::uint64_t sequence = first_sequence - 1;
    std::uint64_t context = 0;  // id + 1
    for (EventRecord& event : events) {
        event = {};
        const std::uint8_t tag = take_byte(Column::tags);
        const std::uint8_t entry = tag & kEntryMask;
        if (entry >= kAllEntryPoints) return false;
        event.entry = static_cast<EntryPoint>(entry);
        event.moved = (tag & kMoved) != 0;
        const std::uint64_t difference = (tag & kNextInSequence) != 0 ? 1 : take(Column::sequences);
        const bool first = &event == events.data();
        if (difference == 0 || (!first && sequence + difference < sequence)) return false;
        sequence += difference;
        event.sequence = sequence;
        if ((tag & kContextChanged) != 0) context = take(Column::contexts);
        if (context > kNone) return false;
        event.context = static_cast<std::uint32_t>(context) - 1;
        if ((tag & kFree) != 0) {
            take_free(event);
        } else {
            take_allocation(event);
        }
        if (!ok_) return false;
    }
    for (const Cursor& cursor : cursors_) {
        if (cursor.at != cursor.end) return false;
    }
    return true;
}

}  // namespace memo::format
