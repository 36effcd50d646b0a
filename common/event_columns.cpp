// The models that both sides share, and writing columns (common/event_columns.h).
#include "common/event_columns.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace memo::format {

void AddressModel::begin() {
    count_ = 0;
    next_to_last_ = last_released_ = 0;
    classes_.fill({0, kNobody});
}

std::uint64_t AddressModel::guess(std::uint8_t place, std::uint64_t size) const {
    switch (place) {
        case kNextToLast:
            return next_to_last_;
        case kLastReleased:
            return last_released_;
        case kNoGuess:
        case kEarlier:
            return 0;
        default: {
            const std::uint32_t depth = place == kSameSize ? 0 : place - kNoGuess;
            const std::uint32_t freed = below_top(classes_[slot_of(size)], depth);
            return freed == kNobody ? 0 : block(freed).address;
        }
    }
}

std::uint32_t AddressModel::below_top(const Class& own, std::uint32_t depth) const {
    std::uint32_t at = own.freed;
    while (depth-- > 0 && knows(at)) at = block(at).next_free;
    return knows(at) ? at : kNobody;
}

std::uint8_t AddressModel::place_below_top(std::uint32_t number, std::uint64_t size) const {
    constexpr std::uint8_t kWorthwhile = 12;  // further down, naming the earlier block costs about as little
    std::uint32_t at = classes_[slot_of(size)].freed;
    for (std::uint8_t depth = 0; depth <= kWorthwhile && knows(at); ++depth) {
        if (at == number) return static_cast<std::uint8_t>(kNoGuess + depth);
        at = block(at).next_free;
    }
    return kNoGuess;
}

void AddressModel::allocated(std::uint64_t address, std::uint64_t size, std::uint8_t place) {
    const auto slot = static_cast<std::uint32_t>(slot_of(size));
    Class& own = classes_[slot];
    if (place > kNoGuess && place < kEarlier) {
        const std::uint32_t above = below_top(own, place - kNoGuess - 1);
        if (above != kNobody && knows(block(above).next_free))
            block(above).next_free = block(block(above).next_free).next_free;
    } else if (knows(own.freed) && block(own.freed).address == address) {
        own.freed = block(own.freed).next_free;
    }
    own.last = address;
    block(count_++) = {address, slot, kNobody};
    // glibc's blocks: eight bytes of its own, in units of 16, 32 at least.
    next_to_last_ = address + std::max<std::uint64_t>((size + 23) / 16 * 16, 32);
}

void AddressModel::released(std::uint32_t number) {
    Block& freed = block(number);
    Class& own = classes_[freed.slot];
    freed.next_free = own.freed == number ? freed.next_free : own.freed;
    own.freed = number;
    last_released_ = freed.address;
}

namespace {

// A bit for each of eight keys that is this one.
[[gnu::always_inline]] inline std::uint32_t equal_to(const std::array<std::uint32_t, 8>& keys,
                                                     std::uint32_t key) {
    const auto* const at = reinterpret_cast<const __m128i*>(keys.data());
    const __m128i one = _mm_set1_epi32(static_cast<std::int32_t>(key));
    const __m128i equal = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_load_si128(at), one),
                                          _mm_cmpeq_epi32(_mm_load_si128(at + 1), one));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
}

}  // namespace

[[gnu::always_inline]] inline std::uint32_t AddressBook::find(std::uint64_t address) const {
    const Bucket& bucket = buckets_[bucket_of(address)];
    for (std::uint32_t ways = equal_to(bucket.keys, key_of(address)); ways != 0; ways &= ways - 1) {
        const std::uint32_t number = bucket.numbers[static_cast<std::size_t>(std::countr_zero(ways))];
        if (model_.knows(number) && model_.address_of(number) == address) return number;
    }
    return kNobody;
}

// The newest come first, and the one behind falls out.
[[gnu::always_inline]] inline void AddressBook::enter(std::uint64_t address) {
    Bucket& bucket = buckets_[bucket_of(address)];
    const std::uint32_t key = key_of(address);
    const std::uint32_t ways = equal_to(bucket.keys, key);
    if (ways != 0) {
        bucket.numbers[static_cast<std::size_t>(std::countr_zero(ways))] = model_.allocations();
        return;
    }
    std::memmove(&bucket.keys[1], bucket.keys.data(), sizeof bucket.keys - sizeof bucket.keys[0]);
    std::memmove(&bucket.numbers[1], bucket.numbers.data(), sizeof bucket.numbers - sizeof bucket.numbers[0]);
    bucket.keys[0] = key;
    bucket.numbers[0] = model_.allocations();
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

ColumnWriter::Slot& ColumnWriter::find_site(std::uint32_t id) {
    std::size_t at = slot_of(id);
    while (by_site_[at].turn == turn_ && by_site_[at].id != id) at = (at + 1) % kSlots;
    return by_site_[at];
}

void ColumnWriter::put_site(std::uint32_t id, std::uint64_t size) {
    Slot& slot = find_site(id);
    const bool first = slot.turn != turn_;
    if (first) {
        slot = {id, static_cast<std::uint16_t>(sites_.add(id)), turn_};
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

[[gnu::flatten]] void ColumnWriter::put_address(std::uint64_t address, std::uint64_t size) {
    AddressModel& model = book_->model();
    std::uint8_t place = AddressModel::kNoGuess;
    if (model.guess(AddressModel::kSameSize, size) == address) [[likely]] {
        place = AddressModel::kSameSize;
    } else if (model.guess(AddressModel::kNextToLast, size) == address) {
        place = AddressModel::kNextToLast;
    } else if (model.guess(AddressModel::kLastReleased, size) == address) {
        place = AddressModel::kLastReleased;
    } else {
        const std::uint32_t earlier = book_->find(address);
        if (earlier != AddressBook::kNobody) {
            place = model.place_below_top(earlier, size);
            if (place == AddressModel::kNoGuess) {
                place = AddressModel::kEarlier;
                put(Column::addresses, model.allocations() - earlier);
            }
        } else {
            put(Column::addresses, zigzag(std::rotr(address, 4) - std::rotr(model.reference(size), 4)));
        }
    }
    *ends_[static_cast<std::size_t>(Column::places)]++ = place;
    book_->enter(address);
    model.allocated(address, size, place);
}

void ColumnWriter::put_allocation(const EventRecord& event) {
    put_site(event.site, event.size);
    if (has_alignment(event.entry)) put(Column::alignments, event.alignment);
    put_address(event.address, event.size);
}

[[gnu::flatten]] void ColumnWriter::put_free(const EventRecord& event) {
    AddressModel& model = book_->model();
    const std::uint32_t number = book_->find(event.address);
    if (number != AddressBook::kNobody) {
        put(Column::released, model.allocations() - number);
        model.released(number);
        return;
    }
    put(Column::released, 0);
    put(Column::foreign, zigzag(std::rotr(event.address, 4) - std::rotr(last_foreign_, 4)));
    last_foreign_ = event.address;
    model.released_foreign(event.address);
}

[[gnu::always_inline]] inline void ColumnWriter::approach(const EventRecord& event) const {
    __builtin_prefetch(&by_site_[slot_of(event.site)]);
    book_->approach(event.address);
}

std::uint8_t* ColumnWriter::write(std::span<const EventRecord> events, std::uint64_t first_sequence,
                                  AddressBook& book, std::uint8_t* out) {
    if (++turn_ == 0) {  // the turns of all slots are to be told from this one
        by_site_.fill({});
        turn_ = 1;
    }
    book_ = &book;
    sites_.begin();
    last_new_site_ = last_foreign_ = 0;
    for (std::size_t column = 0; column < kColumns; ++column) ends_[column] = columns_[column].data();

    std::uint64_t last_sequence = first_sequence - 1;
    std::uint32_t last_context = kNone;
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const EventRecord& event = events[i];
        approach(events[std::min(i + kAhead, events.size() - 1)]);
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

    const std::uint8_t* const begin = out;
    for (std::size_t column = 0; column < kColumns; ++column) {
        out = put_varint(out, static_cast<std::uint64_t>(ends_[column] - columns_[column].data()));
    }
    for (std::size_t column = 0; column < kColumns; ++column) {
        if (column == static_cast<std::size_t>(Column::addresses))
            before_addresses_ = static_cast<std::size_t>(out - begin);
        out = std::copy(columns_[column].data(), ends_[column], out);
    }
    return out;
}

}  // namespace memo::format
