// Steps, acceptance and the end of the climb.
#include "planner/hill_climb.h"

#include "planner/greedy.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

// Steps without a better packing before the climb gives up: many where steps are cheap, and a few anywhere.
std::size_t patience(std::size_t blocks) {
    constexpr std::size_t kWork = 2'000'000;  // blocks placed
    return std::clamp<std::size_t>(kWork / blocks, 16, 1000);
}

// A random member of a sequence, in one pass and without storing it. Not a distribution of <random>: those
// differ between libraries, and a plan is to depend on its seed alone.
class Pick {
  public:
    explicit Pick(std::mt19937_64& random) : random_(random) {}
    void offer(std::uint32_t item) {
        if (random_() % ++seen_ == 0) chosen_ = item;
    }
    [[nodiscard]] bool any() const { return seen_ != 0; }
    [[nodiscard]] std::uint32_t chosen() const { return chosen_; }

  private:
    std::mt19937_64& random_;
    std::uint64_t seen_ = 0;
    std::uint32_t chosen_ = 0;
};

class Climb {
  public:
    Climb(const Problem& problem, std::uint64_t seed)
        : problem_(problem),
          random_(seed),
          order_(placement_order(problem, Order::size)),
          current_(place_in_order(problem, order_, GapRule::first)),
          best_(current_) {}

    [[nodiscard]] const Packing& best() const { return best_; }

    // One step; true if it led to a packing better than all before. `temperature` is the excess, as a share
    // of the height, that is taken with a probability of 1/e.
    bool step(double temperature) {
        std::vector<std::uint32_t> order = neighbour();
        if (order.empty()) return false;
        Packing packing = place_in_order(problem_, order, GapRule::first);
        if (!accepts(packing.height, temperature)) return false;
        order_ = std::move(order);
        current_ = std::move(packing);
        if (current_.height >= best_.height) return false;
        best_ = current_;
        return true;
    }

  private:
    // The order with one block of the peak moved ahead of one below it that lives with it; empty if there is
    // none to move ahead of.
    [[nodiscard]] std::vector<std::uint32_t> neighbour() {
        const auto& blocks = problem_.blocks;
        Pick peak(random_);
        for (const std::uint32_t block : order_) {
            if (end_of(block) == Offset{current_.height.value}) peak.offer(block);
        }
        if (!peak.any()) return {};
        const std::uint32_t high = peak.chosen();
        const auto position = std::find(order_.begin(), order_.end(), high);
        Pick earlier(random_);
        for (auto it = order_.begin(); it != position; ++it) {
            if (blocks[*it].life.overlaps(blocks[high].life)) earlier.offer(*it);
        }
        if (!earlier.any()) return {};
        std::vector<std::uint32_t> order = order_;
        const auto target = std::find(order.begin(), order.end(), earlier.chosen());
        const auto moving = std::find(target, order.end(), high);
        // Half of the steps swap the two, the others push all between them back by one.
        if (random_() % 2 == 0) {
            std::iter_swap(target, moving);
        } else {
            std::rotate(target, moving, moving + 1);
        }
        return order;
    }

    bool accepts(Bytes height, double temperature) {
        if (height <= current_.height) return true;
        const double excess = static_cast<double>((height - current_.height).value) /
                              static_cast<double>(current_.height.value);
        const double chance = std::exp(-excess / temperature);
        return static_cast<double>(random_() >> 11) * 0x1p-53 < chance;
    }

    [[nodiscard]] Offset end_of(std::uint32_t block) const {
        return current_.offsets[block] + problem_.blocks[block].size;
    }

    const Problem& problem_;
    std::mt19937_64 random_;
    std::vector<std::uint32_t> order_;
    Packing current_;  // of `order_`
    Packing best_;
};

}  // namespace

Packing hill_climb(const Problem& problem, const Budget& budget) {
    if (problem.blocks.empty()) return {};
    constexpr double kHot = 0.02;
    const Bytes bound = max_load(problem);
    const std::size_t limit = patience(problem.blocks.size());
    Climb climb(problem, budget.seed);
    for (std::size_t idle = 0; idle < limit && climb.best().height > bound && !budget.expired();) {
        // Colder the longer nothing better comes along, and hot again when it does.
        const double cooling = 1.0 - static_cast<double>(idle) / static_cast<double>(limit);
        idle = climb.step(kHot * cooling) ? 0 : idle + 1;
    }
    return climb.best();
}

}  // namespace memo::planner
