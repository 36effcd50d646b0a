// Reading rows (common/event_rows.h).
#include "common/event_rows.h"

#include "common/payload_cursor.h"

#include <algorithm>

namespace memo::format {

bool read_rows(std::span<const std::uint8_t> payload, std::uint64_t first_sequence,
               std::span<EventRecord> events) {
    PayloadCursor in(payload);
    std::uint64_t sequence = first_sequence - 1;
    std::uint64_t address = 0;  // rotated
    std::uint32_t context = kNone;
    for (EventRecord& event : events) {
        event = {};
        const std::uint8_t tag = in.byte();
        const std::uint8_t entry = tag & kEntryMask;
        if (entry >= kAllEntryPoints) return false;
        event.entry = static_cast<EntryPoint>(entry);
        event.kind = (tag & kFree) != 0 ? EventKind::free : EventKind::allocate;
        const std::uint64_t difference = (tag & kNextInSequence) != 0 ? 1 : in.number();
        const bool first = &event == events.data();
        if (difference == 0 || (!first && sequence + difference < sequence)) return false;
        sequence += difference;
        event.sequence = sequence;
        if ((tag & kContextChanged) != 0) context = in.optional_id();
        event.context = context;
        address += unzigzag(in.number());
        event.address = std::rotl(address, 4);
        if (event.kind == EventKind::allocate) {
            event.size = in.number();
            if (has_alignment(event.entry)) {
                event.alignment =
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(in.number(), UINT32_MAX));
            }
            event.site = in.optional_id();
            event.moved = (tag & kMoved) != 0;
        }
        if (!in.ok()) return false;
    }
    return in.at_end();
}

}  // namespace memo::format
