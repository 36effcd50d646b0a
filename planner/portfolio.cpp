// The order of the solvers and the choice of heights to aim at.
#include "planner/portfolio.h"

#include "planner/greedy.h"
#include "planner/parallel.h"
#include "planner/peaks_first.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

constexpr std::size_t kFirstEffort = 16;  // starts of the search on a part
constexpr int kHalvings = 4;
constexpr std::size_t kFewBlocks = 500;
constexpr std::size_t kManyBlocks = 4096;  // greedy orders but the first are not worth their time

struct GreedyOrder {
    std::string_view name;
    Order order;
    GapRule rule;
};
// What has won on real problems, most often first.
constexpr std::array kGreedyOrders{
    GreedyOrder{"greedy-by-size", Order::size, GapRule::first},
    GreedyOrder{"greedy-by-area", Order::area, GapRule::first},
    GreedyOrder{"greedy-by-size-best", Order::size, GapRule::best},
    GreedyOrder{"greedy-by-breadth-best", Order::breadth, GapRule::best},
    GreedyOrder{"greedy-by-lifetime", Order::lifetime, GapRule::first},
    GreedyOrder{"greedy-by-area-best", Order::area, GapRule::best},
};

class Portfolio {
  public:
    Portfolio(const Problem& problem, const PortfolioOptions& options, const Budget& budget)
        : problem_(problem), options_(options), budget_(budget), peaks_(problem, options.threads) {
        standing_.lower_bound = max_load(problem);
        standing_.packing.height = Bytes{UINT64_MAX};
    }

    Standing run() {
        begin_greedily();
        if (!settled()) search();
        return std::move(standing_);
    }

  private:
    [[nodiscard]] bool settled() const { return standing_.settled(options_.capacity); }

    void offer(Packing packing, std::string_view strategy) {
        if (packing.offsets.empty() || packing.height >= standing_.packing.height) return;
        standing_.packing = std::move(packing);
        standing_.strategy = strategy;
        if (options_.progress) options_.progress(standing_);
    }

    void raise_bound(Bytes bound) {
        if (bound <= standing_.lower_bound) return;
        standing_.lower_bound = bound;
        if (options_.progress) options_.progress(standing_);
    }

    void begin_greedily() {
        if (problem_.blocks.size() > kManyBlocks) {
            offer(peaks_.greedy(), kGreedyOrders.front().name);
            return;
        }
        for (const auto& [name, order, rule] : kGreedyOrders) {
            offer(place_in_order(problem_, placement_order(problem_, order), rule), name);
            if (settled() || options_.exact) return;
        }
    }

    // False if there is nothing more to do. Few blocks are searched as a whole too: neither way is always the
    // faster one.
    bool aim_at(Bytes aim, std::size_t effort) {
        const bool few = problem_.blocks.size() <= kFewBlocks;
        if (options_.exact || few) take(peaks_.attempt_exact(aim, effort, next_budget()), aim, "exact");
        const bool more = !settled() && !budget_.expired();
        if (options_.exact || !more || standing_.packing.height <= aim || standing_.lower_bound > aim) {
            return more;
        }
        take(peaks_.attempt(aim, effort, next_budget()), aim, "peaks-first");
        return !settled() && !budget_.expired();
    }

    // Not the same random choices again.
    Budget next_budget() {
        Budget budget = budget_;
        budget.seed += 1000 * attempts_++;
        return budget;
    }

    void take(PeaksFirst::Attempt attempt, Bytes aim, std::string_view strategy) {
        offer(std::move(attempt.packing), strategy);
        if (attempt.result != PeaksFirst::Result::impossible) return;
        const std::uint64_t unit = peaks_.unit().value;
        raise_bound({(aim.value / unit + 1) * unit});
    }

    void search() {
        if (options_.capacity) {
            for (std::size_t effort = kFirstEffort; aim_at(*options_.capacity, effort);) effort *= 4;
            return;
        }
        if (!aim_at(standing_.lower_bound, kFirstEffort) || !halve()) return;
        // What is left is hard. Most of the time goes to the next third of the way down, which is more likely
        // to be there than two thirds of it, which are more likely than all.
        for (std::size_t effort = 4 * kFirstEffort;; effort += effort / 2) {
            if (!aim_at(standing_.lower_bound, effort / 4)) return;
            if (!aim_at(standing_.lower_bound + Bytes{distance().value / 3}, effort / 2)) return;
            for (Bytes before{UINT64_MAX}; standing_.packing.height < before;) {
                before = standing_.packing.height;
                if (!aim_at(standing_.lower_bound + Bytes{distance().value / 3 * 2}, effort)) return;
            }
        }
    }

    // Halves the stretch between what is known to fit and what was not found, or cannot be, a few times.
    // False if there is nothing more to do.
    bool halve() {
        Bytes low = standing_.lower_bound;
        for (int aims = 0; aims < kHalvings && standing_.packing.height > low + peaks_.unit(); ++aims) {
            const Bytes aim = low + Bytes{(standing_.packing.height - low).value / 2};
            if (!aim_at(aim, kFirstEffort)) return false;
            if (standing_.packing.height > aim) low = std::max(aim, standing_.lower_bound);
        }
        return true;
    }

    [[nodiscard]] Bytes distance() const { return standing_.packing.height - standing_.lower_bound; }

    const Problem& problem_;
    const PortfolioOptions& options_;
    const Budget& budget_;
    Standing standing_;
    PeaksFirst peaks_;
    std::uint64_t attempts_ = 0;
};

}  // namespace

Standing run_portfolio(const Problem& problem, const PortfolioOptions& options, const Budget& budget) {
    return Portfolio(problem, options, budget).run();
}

}  // namespace memo::planner
