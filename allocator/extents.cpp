// Best fit, merging and splitting (allocator/extents.h).
#include "allocator/extents.h"

#include <algorithm>
#include <bit>

namespace memo {

void Extents::lie_on(Page* pages) {
    pages_ = pages;
    std::fill(std::begin(heads_), std::end(heads_), kNone);
}

unsigned Extents::list_of(std::uint32_t count) {
    if (count <= kExactLists) return count - 1;
    const auto power = static_cast<unsigned>(std::bit_width(count) - 1);  // at least 4
    return kExactLists + (power - 4) * 8 + (count >> (power - 3) & 7);
}

// The smallest extent of a list that has `count` pages, the lowest of several.
std::uint32_t Extents::best_in(unsigned list, std::uint32_t count) const {
    std::uint32_t best = kNone;
    std::uint32_t best_count = UINT32_MAX;
    unsigned looks = 0;
    for (std::uint32_t first = heads_[list]; first != kNone && looks < kMostLooks;
         first = pages_[first].next, ++looks) {
        const std::uint32_t has = load(first).count;
        if (has < count || has > best_count || (has == best_count && first > best)) continue;
        best = first;
        best_count = has;
    }
    return best;
}

std::uint32_t Extents::find(std::uint32_t count) const {
    unsigned list = list_of(count);
    if ((filled_[list / 64] >> (list % 64) & 1) != 0) {
        const std::uint32_t best = best_in(list, count);
        if (best != kNone) return best;
    }
    ++list;  // from here on everything is large enough
    for (unsigned word = list / 64; word < std::size(filled_); ++word) {
        std::uint64_t lists = filled_[word];
        if (word == list / 64) lists &= ~std::uint64_t{0} << (list % 64);
        if (lists != 0) return best_in(word * 64 + static_cast<unsigned>(std::countr_zero(lists)), count);
    }
    return kNone;
}

void Extents::insert(Extent extent) {
    const Record record{Kind::free, extent.count, extent.stamp};
    store(extent.first, record);
    store(extent.first + extent.count - 1, record);
    const unsigned list = list_of(extent.count);
    Page& page = pages_[extent.first];
    page.previous = kNone;
    page.next = heads_[list];
    if (page.next != kNone) pages_[page.next].previous = extent.first;
    heads_[list] = extent.first;
    filled_[list / 64] |= std::uint64_t{1} << (list % 64);
}

void Extents::remove(std::uint32_t first) {
    const std::uint32_t count = load(first).count;
    const unsigned list = list_of(count);
    const Page& page = pages_[first];
    if (page.previous != kNone) {
        pages_[page.previous].next = page.next;
    } else {
        heads_[list] = page.next;
        if (page.next == kNone) filled_[list / 64] &= ~(std::uint64_t{1} << (list % 64));
    }
    if (page.next != kNone) pages_[page.next].previous = page.previous;
    store(first + count - 1, {});
    store(first, {});
}

std::uint32_t Extents::take(std::uint32_t count, std::uint32_t stamp) {
    std::uint32_t first = find(count);
    if (first != kNone) {
        const Record record = load(first);
        remove(first);
        if (record.count > count) insert({first + count, record.count - count, record.stamp});
    } else {
        const Record last = top_ == 0 ? Record{} : load(top_ - 1);
        const std::uint32_t at_end = last.kind == Kind::free ? last.count : 0;
        if (count > limit() || top_ - at_end > limit() - count) return kNone;
        first = top_ - at_end;
        if (at_end != 0) remove(first);
        top_ = first + count;
    }
    store(first, {Kind::taken, count, stamp});
    return first;
}

bool Extents::claim(std::uint32_t first) {
    std::uint64_t word = pages_[first].record.load(std::memory_order_relaxed);
    if (static_cast<Kind>(word >> 62) != Kind::taken) return false;
    constexpr std::uint64_t kKinds = std::uint64_t{3} << 62;
    const std::uint64_t claimed = (word & ~kKinds) | static_cast<std::uint64_t>(Kind::claimed) << 62;
    return pages_[first].record.compare_exchange_strong(word, claimed, std::memory_order_acq_rel);
}

Extents::Extent Extents::give(std::uint32_t first, std::uint32_t stamp) {
    Extent extent{first, load(first).count, stamp};
    store(first, {});
    const std::uint32_t after = first + extent.count;
    if (after < top_) {
        const Record next = load(after);
        if (next.kind == Kind::free) {
            remove(after);
            extent.count += next.count;
        }
    }
    if (first != 0) {
        const Record previous = load(first - 1);
        if (previous.kind == Kind::free) {
            extent.first -= previous.count;
            extent.count += previous.count;
            remove(extent.first);
        }
    }
    insert(extent);
    return extent;
}

bool Extents::resize(std::uint32_t first, std::uint32_t count, std::uint32_t stamp) {
    const Record block = load(first);
    const std::uint32_t has = block.count;
    if (count == has) return true;
    if (count < has) {
        store(first, {Kind::taken, count, block.stamp});
        store(first + count, {Kind::claimed, has - count, 0});
        (void)give(first + count, stamp);
        return true;
    }
    const std::uint32_t after = first + has;
    if (after == top_) {
        if (count > limit() || first > limit() - count) return false;
        top_ = first + count;
    } else {
        const Record next = load(after);
        if (next.kind != Kind::free || next.count < count - has) return false;
        remove(after);
        if (next.count > count - has) {
            insert({first + count, next.count - (count - has), next.stamp});
        }
    }
    store(first, {Kind::taken, count, block.stamp});
    return true;
}

std::uint32_t Extents::cut_off() {
    const Record last = top_ == 0 ? Record{} : load(top_ - 1);
    if (last.kind == Kind::free) {
        top_ -= last.count;
        remove(top_);
    }
    set_limit(top_);
    return top_;
}

bool Extents::invariants_hold() const {
    std::uint32_t free_extents = 0;
    bool previous_free = false;
    for (std::uint32_t at = 0; at < top_;) {
        const Record record = load(at);
        if (record.kind == Kind::none || record.count == 0 || record.count > top_ - at) return false;
        const bool is_free = record.kind == Kind::free;
        const std::uint32_t last = at + record.count - 1;
        for (std::uint32_t inside = at + 1; inside <= last; ++inside) {
            const Kind kind = load(inside).kind;
            if (kind != (is_free && inside == last ? Kind::free : Kind::none)) return false;
        }
        if (is_free && previous_free) return false;
        previous_free = is_free;
        free_extents += is_free ? 1 : 0;
        at = last + 1;
    }
    std::uint32_t listed = 0;
    bool right_lists = true;
    for_each_free([&](const Extent& extent) {
        ++listed;
        right_lists = right_lists && load(extent.first).kind == Kind::free;
        return listed <= free_extents;
    });
    for (unsigned list = 0; list < kLists; ++list) {
        const bool filled = (filled_[list / 64] >> (list % 64) & 1) != 0;
        if (filled != (heads_[list] != kNone)) return false;
    }
    return right_lists && listed == free_extents;
}

}  // namespace memo
