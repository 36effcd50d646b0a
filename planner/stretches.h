// Who has the bytes of some gaps before and after a block, as far as that is known by now: the form in which
// the search for locality prices the places of a block (planner/locality.h).
//
// Invariants: stretches ascend and are disjoint, and cover the gaps given exactly; only `learn` cuts them.
// Moments are bytes requested before. Thread safety: none for writers.
#pragma once

#include "planner/offset_order.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace memo::planner {

// Bytes [begin, end) with the same occupants before and after a block's life, as far as they are known.
struct Stretch {
    std::uint64_t begin;
    std::uint64_t end;
    std::optional<std::uint64_t> freed;  // when the last one before dies
    std::optional<std::uint64_t> born;   // when the first one after is born
};

// All bytes that a block could have. First the gaps are added, in ascending order; then, for one member after
// the other, `start_learning` and `learn` until that says that all is known.
class Stretches {
  public:
    void clear() {
        all_.clear();
        unknown_ = 0;
    }
    void add(const Extent& gap) { all_.push_back({gap.begin.value, gap.end.value, {}, {}}); }

    void start_learning() {
        unknown_ = 0;
        for (const Stretch& stretch : all_) unknown_ += stretch.end - stretch.begin;
    }

    // Where `member` is not known yet of the bytes [begin, end), it is `moment`. False once it is known of
    // all.
    bool learn(std::optional<std::uint64_t> Stretch::*member, std::uint64_t begin, std::uint64_t end,
               std::uint64_t moment) {
        auto at = std::partition_point(all_.begin(), all_.end(),
                                       [&](const Stretch& stretch) { return stretch.end <= begin; });
        for (; at != all_.end() && at->begin < end; ++at) {
            if ((*at).*member) continue;
            if (at->begin < begin) at = split(at, begin) + 1;
            if (at->end > end) at = split(at, end);
            (*at).*member = moment;
            unknown_ -= at->end - at->begin;
        }
        return unknown_ != 0;
    }

    [[nodiscard]] const std::vector<Stretch>& all() const { return all_; }

  private:
    // The lower half.
    std::vector<Stretch>::iterator split(std::vector<Stretch>::iterator at, std::uint64_t position) {
        Stretch upper = *at;
        upper.begin = position;
        at->end = position;
        return all_.insert(at + 1, upper) - 1;
    }

    std::vector<Stretch> all_;
    std::uint64_t unknown_ = 0;
};

}  // namespace memo::planner
