// The placed blocks, ranked by offset: any set of them can be walked from the bottom of the arena to the top
// without sorting the set. Sorting was more than half of the time of a greedy placement on crowded problems.
//
// A rank is a bit: marking a block sets the bit of its rank, and walking reads the bits in order. Ranks would
// move with every insertion, so blocks placed lately wait unranked in a short list (at most about 4 sqrt(n))
// and are merged in together when it is full. The few marked ones of that list are sorted and merged in as
// the walk goes. Marking is O(1), a walk over k marks O(k + n / 4096 + r log r) with r unranked marks, all
// merges together O(n sqrt(n)).
//
// Invariants: `ranked_` is sorted by begin; `rank_[b]` is the place of block b in it, or kUnranked plus its
// place in `recent_`; between walks no bit is set, and a bit of `summary_` is set while the word it stands
// for is not 0. Thread safety: none.
#pragma once

#include "common/units.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace memo::planner {

// Occupied bytes [begin, end) of the arena.
struct Extent {
    Offset begin;
    Offset end;
};

class OffsetOrder {
  public:
    // For block indices below `blocks`; none is placed.
    explicit OffsetOrder(std::size_t blocks);

    // Once a block.
    void place(std::uint32_t block, Extent extent);

    // The next walk visits this block, which has been placed.
    void mark(std::uint32_t block) {
        const std::uint32_t rank = rank_[block];
        if (rank >= kUnranked) {
            marked_recent_.push_back(recent_[rank - kUnranked].extent);
        } else {
            bits_[rank / 64] |= std::uint64_t{1} << (rank % 64);
            summary_[rank / 4096] |= std::uint64_t{1} << (rank / 64 % 64);
        }
    }

    // Calls `visit(extent)` for the marked blocks in ascending order of begin, until it returns false.
    // Unmarks all.
    template <class Visit>
    void walk(Visit&& visit) {
        sort_marked_recent();
        auto recent = marked_recent_.cbegin();
        bool going = true;
        take_marks([&](const Extent& ranked) {
            for (; going && recent != marked_recent_.cend() && recent->begin < ranked.begin; ++recent) {
                going = visit(*recent);
            }
            going = going && visit(ranked);
            return going;
        });
        for (; going && recent != marked_recent_.cend(); ++recent) going = visit(*recent);
        marked_recent_.clear();
    }

  private:
    static constexpr std::uint32_t kUnranked = std::uint32_t{1} << 31;

    struct Placed {
        Extent extent;
        std::uint32_t block;
    };

    void sort_marked_recent();
    void rank_recent();

    // Clears every bit, and calls `visit` with what the bits stood for until it returns false.
    template <class Visit>
    void take_marks(Visit&& visit) {
        bool going = true;
        for (std::size_t group = 0; group < summary_.size(); ++group) {
            for (std::uint64_t words = std::exchange(summary_[group], 0); words != 0; words &= words - 1) {
                const std::size_t word = group * 64 + static_cast<std::size_t>(std::countr_zero(words));
                std::uint64_t marks = std::exchange(bits_[word], 0);
                for (; going && marks != 0; marks &= marks - 1) {
                    going =
                        visit(ranked_[word * 64 + static_cast<std::size_t>(std::countr_zero(marks))].extent);
                }
            }
        }
    }

    std::size_t recent_limit_;
    std::vector<std::uint32_t> rank_;
    std::vector<Placed> ranked_;
    std::vector<Placed> recent_;
    std::vector<Extent> marked_recent_;
    std::vector<std::uint64_t> bits_;     // by rank
    std::vector<std::uint64_t> summary_;  // by word of `bits_`
};

}  // namespace memo::planner
