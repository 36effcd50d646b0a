// Reading chunks of blocks (common/block_columns.h). No number of a file is used before it is known to be in
// range.
#include "common/block_columns.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace memo::format {
namespace {

// Where frees of no block go when addresses are not kept: no block is ever there.
constexpr std::uint64_t kNowhere = 8;

}  // namespace

std::uint64_t BlockReader::new_address() {
    if (spare_.empty()) return ++made_ * 16;
    const std::uint64_t address = spare_.back();
    spare_.pop_back();
    return address;
}

std::uint64_t& BlockReader::last_freed(std::uint32_t thread) {
    return last_freed_[thread];
}

bool BlockReader::take_late(In& in) {
    std::uint64_t at = 0;
    std::uint64_t block = next_block_;
    while (in.ok() && !in.at_end(BlockColumn::late_events)) {
        at += in.take(BlockColumn::late_events);
        block += unzigzag(in.take(BlockColumn::late_blocks));
        const std::uint64_t ending = in.take(BlockColumn::late_endings);
        const std::uint64_t freer = (ending & kEndFreer) != 0 ? in.take(BlockColumn::late_freers) : 0;
        if (at >= endings_.size() || ending >= 8 * std::uint64_t{kEntryPoints} || freer >= kNone)
            return false;
        const auto found = open_.find(block);
        if (found == open_.end()) continue;  // its chunk was damaged
        if (endings_[at].address != 0) return false;
        endings_[at] = {found->second.address, static_cast<std::uint32_t>(ending),
                        (ending & kEndFreer) != 0 ? static_cast<std::uint32_t>(freer) : found->second.thread};
        open_.erase(found);
    }
    return in.ok();
}

void BlockReader::give_free(const Ending& ending, Event& event) {
    event.kind = EventKind::free;
    event.address = ending.address;
    event.thread = ending.freer;
    event.entry = static_cast<EntryPoint>(ending.ending / 8);
    event.to_move = (ending.ending & kEndToMove) != 0;
    if (!has_addresses_) spare_.push_back(ending.address);
    last_freed(event.thread) = event.address;
}

void BlockReader::take_allocation(In& in, std::uint8_t tag, std::uint32_t at,
                                  std::optional<std::uint64_t> inherited, Event& event) {
    const std::uint64_t kind = in.take(BlockColumn::sites);
    std::uint64_t code = 0;
    if (kind == 0) {
        code = sites_.foreseen();
    } else if (kind == 1) {
        new_site_ += unzigzag(in.take(BlockColumn::new_sites));
        code = new_site_;
    } else {
        code = kind - 2;
    }
    if (code >= kNone) {
        ok_ = false;
        return;
    }
    event.site = static_cast<std::uint32_t>(code) - 1;
    SiteMemory::Seen& seen = sites_.at(static_cast<std::uint32_t>(code));
    event.entry = seen.entry;
    if ((tag & kRowEntry) != 0) event.entry = static_cast<EntryPoint>(in.take_byte(BlockColumn::entries));
    event.alignment = seen.alignment;
    if ((tag & kRowAligned) != 0)
        event.alignment =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(in.take(BlockColumn::alignments), UINT32_MAX));
    const std::uint64_t size = in.take(BlockColumn::sizes);
    event.size = size == 0 ? seen.size : size - 1;
    const std::uint64_t lifetime = in.take(BlockColumn::lifetimes);
    std::uint32_t ending = 0;
    std::uint32_t freer = event.thread;
    if (lifetime > kFailed) {
        const std::uint64_t said = in.take(BlockColumn::endings);
        if (said > 8 * std::uint64_t{kEntryPoints}) ok_ = false;
        ending = said == 0 ? seen.ending : static_cast<std::uint32_t>(said) - 1;
        if ((ending & kEndFreer) != 0) {
            const std::uint64_t another = in.take(BlockColumn::freers);
            if (another >= kNone) ok_ = false;
            freer = static_cast<std::uint32_t>(another);
        }
        seen.ending = ending;
    }
    seen.size = event.size;
    seen.alignment = event.alignment;
    seen.entry = event.entry;
    sites_.visit(static_cast<std::uint32_t>(code));
    if (!in.ok() || static_cast<std::uint8_t>(event.entry) >= kEntryPoints) ok_ = false;
    if (!ok_) return;

    if ((tag & kRowMoved) != 0) event.old_address = last_freed(event.thread);
    last_freed(event.thread) = 0;
    if (lifetime == kFailed) {
        event.address = 0;
        return;
    }
    if (!has_addresses_) event.address = inherited ? *inherited : new_address();
    if (event.address == 0) {
        ok_ = false;
        return;
    }
    const std::uint64_t number = next_block_++;
    if (lifetime == kOutlives) {
        open_[number] = {event.address, event.thread};
        return;
    }
    const std::uint64_t end = at + (lifetime - 1);
    if (end >= endings_.size() || endings_[end].address != 0) {
        ok_ = false;
        return;
    }
    endings_[end] = {event.address, ending, freer};
}

void BlockReader::take_row(In& in, std::uint32_t at, std::optional<std::uint64_t> inherited, Event& event) {
    const std::uint8_t tag = in.take_byte(BlockColumn::tags);
    if ((tag & kRowThread) != 0) {
        const std::uint64_t thread = in.take(BlockColumn::threads);
        if (thread >= kNone) ok_ = false;
        thread_ = static_cast<std::uint32_t>(thread);
    }
    if ((tag & kRowContext) != 0) {
        const std::uint64_t context = in.take(BlockColumn::contexts);
        if (context > kNone) ok_ = false;
        context_ = static_cast<std::uint32_t>(context) - 1;
    }
    event.thread = thread_;
    event.context = context_;
    if (has_addresses_) {
        address_ += unzigzag(in.take(BlockColumn::addresses));
        event.address = std::rotl(address_, 4);
    }
    if ((tag & kRowFree) == 0) {
        take_allocation(in, tag, at, inherited, event);
        return;
    }
    event.kind = EventKind::free;
    event.entry = static_cast<EntryPoint>(in.take_byte(BlockColumn::entries));
    event.to_move = (tag & kRowToMove) != 0;
    if (!has_addresses_) event.address = kNowhere;
    if (static_cast<std::uint8_t>(event.entry) >= kEntryPoints) ok_ = false;
    last_freed(event.thread) = event.address;
}

bool BlockReader::read(std::span<const std::uint8_t> payload, std::uint32_t count,
                       std::uint64_t first_sequence, std::vector<Event>& events) {
    events.clear();
    if (count > kMostBlockEvents) return false;
    In in(payload);
    const std::uint64_t flags = in.take(BlockColumn::head);
    next_block_ = in.take(BlockColumn::head);
    if (!in.ok()) return false;
    has_addresses_ = (flags & kKeepsAddresses) != 0;
    ok_ = true;
    sites_ = {};
    thread_ = 0;
    context_ = kNone;
    new_site_ = address_ = 0;
    endings_.assign(count, {});
    if (!take_late(in)) return false;

    std::uint64_t sequence = first_sequence - 1;
    std::uint64_t next_gap =
        in.at_end(BlockColumn::gap_events) ? UINT64_MAX : in.take(BlockColumn::gap_events);
    for (std::uint32_t at = 0; at < count; ++at) {
        ++sequence;
        if (at == next_gap) {
            const std::uint64_t gap = in.take(BlockColumn::gaps);
            if (gap > UINT64_MAX - sequence - count - 1) return false;
            sequence += gap + 1;
            if (!in.at_end(BlockColumn::gap_events)) next_gap += in.take(BlockColumn::gap_events);
        }
        const Ending ending = endings_[at];
        Event event;
        event.sequence = sequence;
        if (ending.address != 0 && (ending.ending & kEndLost) == 0) {
            give_free(ending, event);
            events.push_back(event);
            continue;
        }
        if (in.at_end(BlockColumn::tags)) continue;  // a free of a block whose chunk was damaged
        const auto inherited = ending.address != 0 ? std::optional(ending.address) : std::nullopt;
        take_row(in, at, inherited, event);
        if (!ok_ || !in.ok()) return false;
        events.push_back(event);
    }
    return in.ok() && in.all_at_end();
}

}  // namespace memo::format
