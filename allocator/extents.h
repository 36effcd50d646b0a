// Which pages of a stretch of addresses are taken: runs of pages, best fit, neighbours merged at once.
//
// Every run of pages, an *extent*, has a record at its first page, and a free one at its last page too, so
// that a neighbour is found by one look (boundary tags: Knuth, The Art of Computer Programming, vol. 1, 2.5).
// Free extents are in lists by size, exact up to 16 pages and then eight to each power of two; a bitmap says
// which lists have members. Nothing here touches the memory that it is about.
//
// Invariants: below `top()` every page belongs to exactly one extent, and no two free extents are neighbours.
// Records of pages inside an extent are empty: so the record of a page says whether a block begins there.
// Thread safety: `claim`, `limit` and `pages_at` from any thread at any time; everything else by one thread
// at a time.
#pragma once

#include <atomic>
#include <cstdint>

namespace memo {

class Extents {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint32_t kMostPages = 1U << 30;

    struct Page {
        std::atomic<std::uint64_t> record;
        std::uint32_t previous;  // in its list, of a free extent
        std::uint32_t next;
    };

    // An extent, free unless said otherwise: pages [first, first + count), and the stamp that came with them.
    struct Extent {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
        std::uint32_t stamp = 0;
    };

    // `pages`, zeroed, are the records of pages [0, limit); raising the limit makes more of them usable.
    void lie_on(Page* pages);
    void set_limit(std::uint32_t limit) { limit_.store(limit, std::memory_order_release); }
    [[nodiscard]] std::uint32_t limit() const { return limit_.load(std::memory_order_acquire); }

    // The first of `count` (at least 1) pages that are now taken; kNone if there is no room below the limit.
    // `stamp` is kept with them as long as they are.
    [[nodiscard]] std::uint32_t take(std::uint32_t count, std::uint32_t stamp = 0);

    // Says that the pages of the block that begins at `first` are about to be given back. False if no block
    // begins there or somebody else said so before: exactly one caller hears true.
    [[nodiscard]] bool claim(std::uint32_t first);

    // Gives back pages that were claimed; the free extent that they are part of now. `stamp` is kept with it.
    Extent give(std::uint32_t first, std::uint32_t stamp);

    // Gives the block that begins at `first` another number of pages where it lies. False if what follows it
    // is taken.
    [[nodiscard]] bool resize(std::uint32_t first, std::uint32_t count, std::uint32_t stamp);

    // Pages of the block that begins at `first`; 0 if none does.
    [[nodiscard]] std::uint32_t pages_at(std::uint32_t first) const {
        const Record record = load(first);
        return record.kind == Kind::taken ? record.count : 0;
    }

    // A block that was claimed, with the stamp that it was taken with.
    [[nodiscard]] Extent claimed(std::uint32_t first) const {
        const Record record = load(first);
        return {first, record.count, record.stamp};
    }

    // Lowers the limit to the end of the last block; returns it.
    std::uint32_t cut_off();

    // One past the last page that was ever taken, and not cut off since.
    [[nodiscard]] std::uint32_t top() const { return top_; }

    // Calls `visit(Extent)` with every free extent, the largest sizes first, until it says false. It must not
    // change anything here.
    template <class Visit>
    void for_each_free(Visit visit) const {
        for (unsigned list = kLists; list-- != 0;) {
            for (std::uint32_t first = heads_[list]; first != kNone; first = pages_[first].next) {
                const Record record = load(first);
                if (!visit(Extent{first, record.count, record.stamp})) return;
            }
        }
    }

    // Checks every record and list, the slow way: for tests.
    [[nodiscard]] bool invariants_hold() const;

  private:
    enum class Kind : std::uint8_t { none, taken, claimed, free };
    struct Record {
        Kind kind = Kind::none;
        std::uint32_t count = 0;
        std::uint32_t stamp = 0;
    };
    static constexpr unsigned kExactLists = 16;
    static constexpr unsigned kLists = kExactLists + 8 * 26 + 1;
    // Looked at in a list before the best so far is taken: the others are of nearly the same size.
    static constexpr unsigned kMostLooks = 64;

    [[nodiscard]] static std::uint64_t pack(Record record) {
        return static_cast<std::uint64_t>(record.kind) << 62 | std::uint64_t{record.count} << 32 |
               record.stamp;
    }
    [[nodiscard]] Record load(std::uint32_t page) const {
        const std::uint64_t word = pages_[page].record.load(std::memory_order_acquire);
        return {static_cast<Kind>(word >> 62), static_cast<std::uint32_t>(word >> 32) & (kMostPages - 1),
                static_cast<std::uint32_t>(word)};
    }
    void store(std::uint32_t page, Record record) {
        pages_[page].record.store(pack(record), std::memory_order_release);
    }
    [[nodiscard]] static unsigned list_of(std::uint32_t count);
    [[nodiscard]] std::uint32_t best_in(unsigned list, std::uint32_t count) const;
    [[nodiscard]] std::uint32_t find(std::uint32_t count) const;
    void insert(Extent extent);
    void remove(std::uint32_t first);

    Page* pages_ = nullptr;
    std::atomic<std::uint32_t> limit_{0};
    std::uint32_t top_ = 0;
    std::uint64_t filled_[(kLists + 63) / 64] = {};  // bit k: list k has members
    std::uint32_t heads_[kLists] = {};
};

}  // namespace memo
