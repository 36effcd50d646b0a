// The index of grams (allocator/place_finder.h): a sorted array of hash and slot in one word.
#include "allocator/place_finder.h"

#include <algorithm>

namespace memo {

namespace {

constexpr std::size_t kKnownWords = (Trail::kCallerBits + 1) / 64;
// Slots that one gram is looked for at: layers repeat inside a round.
constexpr unsigned kMostLooks = 64;

[[nodiscard]] std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
    return hash ^ hash >> 29;
}

[[nodiscard]] Trail::Request request_of(const PlanView& plan, std::uint32_t index) {
    const PlanSlot& slot = plan.slots()[index];
    return {slot.size, slot.alignment, Trail::bits_of(plan.callers()[slot.caller].offset)};
}

// The hash of a gram: request(k) is its k-th request from the end. Where a size in it may vary, none counts.
template <class RequestAt>
[[nodiscard]] std::uint64_t hash_of(bool sizes, RequestAt request) {
    std::uint64_t hash = sizes ? 1 : 2;
    for (unsigned k = 0; k < PlaceFinder::kGram; ++k) {
        const Trail::Request one = request(k);
        hash = mixed(hash, std::uint64_t{one.alignment} << 32 | one.caller);
        if (sizes) hash = mixed(hash, one.size);
    }
    return hash >> 32;
}

}  // namespace

std::size_t PlaceFinder::memory_needed(const PlanView& plan) {
    return (plan.slots().size() + kKnownWords) * sizeof(std::uint64_t);
}

void PlaceFinder::prepare(const PlanView& plan, void* memory) {
    plan_ = plan;
    auto* const known = static_cast<std::uint64_t*>(memory);
    auto* const entries = known + kKnownWords;
    known_ = known;
    entries_ = entries;
    std::fill(known, entries, 0);
    for (const PlanCaller& caller : plan.callers()) {
        const std::uint32_t bits = Trail::bits_of(caller.offset);
        known[bits / 64] |= std::uint64_t{1} << (bits % 64);
    }
    const auto slots = static_cast<std::uint32_t>(plan.slots().size());
    count_ = 0;
    if (slots < kGram) return;
    count_ = slots;
    for (std::uint32_t last = 0; last < slots; ++last) {
        const auto slot_at = [&](unsigned back) { return (last + slots - back) % slots; };
        bool sizes = true;
        for (unsigned k = 0; k < kGram; ++k)
            sizes = sizes && (plan.slots()[slot_at(k)].flags & kSlotVariable) == 0;
        entries[last] = hash_of(sizes, [&](unsigned k) { return request_of(plan, slot_at(k)); }) << 32 | last;
    }
    std::sort(entries, entries + slots);
}

bool PlaceFinder::move(Replay& replay, Trail& trail, const Answer& answer, const Trail::Request& request,
                       bool must_stay) const {
    const std::uint64_t hits = replay.counts().hits;
    const bool served = answer.miss == Miss::none;
    // What was served on the planned path since then left no trail: the thread was on the plan.
    if (hits != trail.hits_ + (served ? 1 : 0)) trail.clear();
    trail.hits_ = hits;
    if ((served && trail.empty()) || !knows(request.caller)) return false;
    trail.add(request);
    if (answer.miss != Miss::unmatched || must_stay) return false;
    const auto slot = find(trail, replay.cursor());
    if (!slot) return false;
    trail.clear();
    replay.go_to(*slot);
    replay.count_resync();
    return true;
}

bool PlaceFinder::agrees(std::uint32_t slot, const Trail::Request& request) const {
    const Trail::Request wanted = request_of(plan_, slot);
    if (wanted.alignment != request.alignment || wanted.caller != request.caller) return false;
    const bool varies = (plan_.slots()[slot].flags & kSlotVariable) != 0;
    return varies ? request.size <= wanted.size : request.size == wanted.size;
}

// How many of the trail's requests, from the last one back, are those before `last` in the plan.
unsigned PlaceFinder::agreement(std::uint32_t last, const Trail& trail) const {
    unsigned agreeing = 0;
    std::uint32_t slot = last;
    while (agreeing < trail.count() && agrees(slot, trail.back(agreeing))) {
        ++agreeing;
        slot = (slot == 0 ? count_ : slot) - 1;
    }
    return agreeing;
}

std::optional<std::uint32_t> PlaceFinder::find(const Trail& trail, std::uint32_t cursor) const {
    if (count_ == 0 || trail.count() < kGram) return std::nullopt;
    struct Place {
        unsigned agreeing = 0;
        std::uint32_t ahead = 0;
        std::uint32_t slot = 0;
    } best;
    bool several = false;
    for (const bool sizes : {true, false}) {
        const std::uint64_t hash = hash_of(sizes, [&](unsigned k) { return trail.back(k); });
        const std::uint64_t* entry = std::lower_bound(entries_, entries_ + count_, hash << 32);
        for (unsigned looks = 0; entry != entries_ + count_ && *entry >> 32 == hash && looks < kMostLooks;
             ++entry, ++looks) {
            const auto slot = static_cast<std::uint32_t>(*entry);
            const Place place{agreement(slot, trail), (slot + count_ - cursor) % count_, slot};
            if (place.agreeing < kGram || place.agreeing < best.agreeing) continue;
            several = place.agreeing == best.agreeing;
            if (!several || place.ahead < best.ahead) best = place;
        }
    }
    if (best.agreeing == 0 || (several && trail.count() < Trail::kLength)) return std::nullopt;
    return best.slot;
}

}  // namespace memo
