// The largest of any range of a fixed array of amounts: a binary tree over the array, node i above nodes 2i
// and 2i + 1. Thread safety: constant once built.
#pragma once

#include "common/units.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace memo::planner {

class RangeMaximum {
  public:
    // O(n).
    explicit RangeMaximum(std::span<const Bytes> values) : leaves_(values.size()), tree_(2 * values.size()) {
        std::copy(values.begin(), values.end(), tree_.begin() + static_cast<std::ptrdiff_t>(leaves_));
        for (std::size_t node = leaves_; node-- > 1;) {
            tree_[node] = std::max(tree_[2 * node], tree_[2 * node + 1]);
        }
    }

    // Over the half-open range [first, last), last at most the array's length; 0 where it is empty. O(log n).
    [[nodiscard]] Bytes over(std::size_t first, std::size_t last) const {
        Bytes most;
        for (first += leaves_, last += leaves_; first < last; first /= 2, last /= 2) {
            if (first % 2 == 1) most = std::max(most, tree_[first++]);
            if (last % 2 == 1) most = std::max(most, tree_[--last]);
        }
        return most;
    }

  private:
    std::size_t leaves_;
    std::vector<Bytes> tree_;
};

}  // namespace memo::planner
