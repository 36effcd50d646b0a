// One sweep over births and deaths. Sums cannot overflow: `validate` bounds the sum of all sizes, of which
// every load is a part.
#include "planner/loads.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace memo::planner {
namespace {

// Maxima over ranges of a fixed array: a perfect binary tree, node i over nodes 2i and 2i + 1.
class RangeMaximum {
  public:
    explicit RangeMaximum(const std::vector<Bytes>& values)
        : leaves_(std::bit_ceil(std::max<std::size_t>(values.size(), 1))), tree_(2 * leaves_) {
        std::copy(values.begin(), values.end(), tree_.begin() + static_cast<std::ptrdiff_t>(leaves_));
        for (std::size_t node = leaves_ - 1; node != 0; --node) {
            tree_[node] = std::max(tree_[2 * node], tree_[2 * node + 1]);
        }
    }

    // Over the half-open range [first, last).
    [[nodiscard]] Bytes over(std::size_t first, std::size_t last) const {
        Bytes peak;
        for (first += leaves_, last += leaves_; first < last; first /= 2, last /= 2) {
            if (first % 2 == 1) peak = std::max(peak, tree_[first++]);
            if (last % 2 == 1) peak = std::max(peak, tree_[--last]);
        }
        return peak;
    }

  private:
    std::size_t leaves_;
    std::vector<Bytes> tree_;
};

}  // namespace

LoadProfile load_profile(const Problem& problem) {
    std::vector<std::pair<EventIndex, Bytes>> births;
    std::vector<std::pair<EventIndex, Bytes>> deaths;
    births.reserve(problem.blocks.size());
    deaths.reserve(problem.blocks.size());
    for (const Block& block : problem.blocks) {
        births.emplace_back(block.life.lower, block.size);
        deaths.emplace_back(block.life.upper, block.size);
    }
    std::sort(births.begin(), births.end());
    std::sort(deaths.begin(), deaths.end());

    LoadProfile profile;
    Bytes load;
    auto death = deaths.cbegin();
    for (const auto& [moment, size] : births) {
        // Half-open: what dies at a moment makes room for what is born at it.
        for (; death != deaths.cend() && death->first <= moment; ++death) load -= death->second;
        load += size;
        if (profile.births.empty() || profile.births.back() != moment) {
            profile.births.push_back(moment);
            profile.loads.push_back(load);
        } else {
            profile.loads.back() = load;
        }
    }
    return profile;
}

std::vector<Bytes> peak_loads(const Problem& problem) {
    const LoadProfile profile = load_profile(problem);
    const RangeMaximum maximum(profile.loads);
    const auto first_birth_at_or_after = [&](EventIndex moment) {
        const auto found = std::lower_bound(profile.births.begin(), profile.births.end(), moment);
        return static_cast<std::size_t>(found - profile.births.begin());
    };
    std::vector<Bytes> peaks;
    peaks.reserve(problem.blocks.size());
    for (const Block& block : problem.blocks) {
        peaks.push_back(maximum.over(first_birth_at_or_after(block.life.lower),
                                     first_birth_at_or_after(block.life.upper)));
    }
    return peaks;
}

}  // namespace memo::planner
