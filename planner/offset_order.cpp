// Insertion and the merge; marking and walking are in the header because every pair of conflicting blocks
// goes there.
#include "planner/offset_order.h"

#include <algorithm>
#include <cmath>

namespace memo::planner {
namespace {

constexpr auto lower_begin = [](const auto& a, const auto& b) { return a.extent.begin < b.extent.begin; };

}  // namespace

OffsetOrder::OffsetOrder(std::size_t blocks)
    : recent_limit_(4 * static_cast<std::size_t>(std::sqrt(static_cast<double>(blocks))) + 1),
      rank_(blocks),
      bits_(blocks / 64 + 1),
      summary_(bits_.size() / 64 + 1) {
    ranked_.reserve(blocks);
    recent_.reserve(recent_limit_);
}

void OffsetOrder::place(std::uint32_t block, Extent extent) {
    if (recent_.size() == recent_limit_) rank_recent();
    rank_[block] = kUnranked + static_cast<std::uint32_t>(recent_.size());
    recent_.push_back({extent, block});
}

void OffsetOrder::sort_marked_recent() {
    std::sort(marked_recent_.begin(), marked_recent_.end(),
              [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
}

void OffsetOrder::rank_recent() {
    std::sort(recent_.begin(), recent_.end(), lower_begin);
    const auto middle = static_cast<std::ptrdiff_t>(ranked_.size());
    ranked_.insert(ranked_.end(), recent_.begin(), recent_.end());
    std::inplace_merge(ranked_.begin(), ranked_.begin() + middle, ranked_.end(), lower_begin);
    recent_.clear();
    for (std::size_t rank = 0; rank < ranked_.size(); ++rank) {
        rank_[ranked_[rank].block] = static_cast<std::uint32_t>(rank);
    }
}

}  // namespace memo::planner
