// Who does what when: greedy, search and climb around one best packing.
#include "planner/general_solve.h"

#include "planner/general_greedy.h"
#include "planner/general_search.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

// With more items than this a node of the search costs too much, and there are too many of them.
constexpr std::size_t kSearchedItems = 300;
// With more pieces than this the bound of the search, which looks at all moments of all pieces, costs too
// much.
constexpr std::size_t kBoundedPieces = 2000;

struct Greedy {
    Order order;
    GapRule rule;
    std::string_view name;
};

constexpr std::array kGreedy{
    Greedy{Order::size, GapRule::first, "greedy-by-size"},
    Greedy{Order::area, GapRule::first, "greedy-by-area"},
    Greedy{Order::lifetime, GapRule::first, "greedy-by-lifetime"},
    Greedy{Order::breadth, GapRule::first, "greedy-by-breadth"},
    Greedy{Order::birth, GapRule::first, "linear-scan"},
    Greedy{Order::size, GapRule::best, "greedy-by-size-best"},
    Greedy{Order::area, GapRule::best, "greedy-by-area-best"},
    Greedy{Order::lifetime, GapRule::best, "greedy-by-lifetime-best"},
    Greedy{Order::breadth, GapRule::best, "greedy-by-breadth-best"},
    Greedy{Order::birth, GapRule::best, "linear-scan-best"},
};
constexpr std::string_view kClimb = "hill-climb";
constexpr std::string_view kSearch = "exact";

Lifetime span_of(const Item& item) {
    if (item.pieces.empty()) return {};
    Lifetime span = item.pieces.front().life;
    for (const Piece& piece : item.pieces) span.upper = std::max(span.upper, piece.life.upper);
    return span;
}

// What no packing is below: a multiple of `unit`.
Bytes lower_bound(const Problem& problem, std::span<const Item> items, Bytes unit) {
    std::size_t pieces = 0;
    Bytes bound = max_load(problem);
    for (const Item& item : items) {
        pieces += item.pieces.size();
        bound = std::max(bound, item.fixed.value_or(Offset{}) + item.size - Offset{});
    }
    if (pieces <= kBoundedPieces) return GeneralSearch::bound(items);
    return {(bound.value + unit.value - 1) / unit.value * unit.value};
}

// Local search over orders of placement: an item that ends at the height changes places with one that was
// placed before it and lives with it, or goes ahead of it. A step that makes things no worse is kept.
class Climb {
  public:
    Climb(std::span<const Item> items, std::uint64_t seed) : items_(items), random_(seed) {}

    void start(std::vector<std::uint32_t> order, Packing packing) {
        order_ = std::move(order);
        current_ = std::move(packing);
    }

    [[nodiscard]] const Packing& current() const { return current_; }

    void step() {
        std::vector<std::uint32_t> order = neighbour();
        if (order.empty()) return;
        Packing packing = place_items(items_, order);
        if (packing.height > current_.height) return;
        order_ = std::move(order);
        current_ = std::move(packing);
    }

  private:
    // Empty if nothing at the top has anything ahead of it.
    std::vector<std::uint32_t> neighbour() {
        const auto at_top = [&](std::uint32_t item) {
            return !items_[item].fixed && place_of(item) + items_[item].size == Offset{current_.height.value};
        };
        const auto high = pick(order_.begin(), order_.end(), at_top);
        if (high == order_.end()) return {};
        const Lifetime span = span_of(items_[*high]);
        const auto in_the_way = [&](std::uint32_t item) {
            return !items_[item].fixed && span_of(items_[item]).overlaps(span);
        };
        const auto ahead = pick(order_.begin(), high, in_the_way);
        if (ahead == high) return {};
        std::vector<std::uint32_t> order = order_;
        const auto target = order.begin() + (ahead - order_.begin());
        const auto moving = order.begin() + (high - order_.begin());
        if (random_() % 2 == 0) {
            std::iter_swap(target, moving);
        } else {
            std::rotate(target, moving, moving + 1);
        }
        return order;
    }

    // A random one of those wanted, or `last`. Not a distribution of <random>: those differ between
    // libraries.
    template <class Iterator, class Wanted>
    Iterator pick(Iterator first, Iterator last, const Wanted& wanted) {
        Iterator chosen = last;
        for (std::uint64_t seen = 0; first != last; ++first) {
            if (wanted(*first) && random_() % ++seen == 0) chosen = first;
        }
        return chosen;
    }

    [[nodiscard]] Offset place_of(std::uint32_t item) const {
        return current_.offsets[items_[item].members.front()];
    }

    std::span<const Item> items_;
    std::mt19937_64 random_;
    std::vector<std::uint32_t> order_;
    Packing current_;  // of `order_`
};

class Solver {
  public:
    Solver(const Problem& problem, std::optional<Bytes> capacity, const Budget& budget,
           const GeneralProgress& progress)
        : items_(make_items(problem)),
          unit_(item_unit(items_)),
          capacity_(capacity),
          budget_(budget),
          progress_(progress),
          climb_(items_, budget.seed),
          random_(budget.seed) {
        result_.packing.height = {UINT64_MAX};
        result_.lower_bound = lower_bound(problem, items_, unit_);
        hinted_ = std::any_of(items_.begin(), items_.end(),
                              [](const Item& item) { return item.hint && !item.fixed; });
    }

    GeneralResult solve() {
        greedy();
        if (!done()) climb(patience() / 4);
        if (items_.size() <= kSearchedItems) {
            search_and_climb();
        } else if (!done()) {
            climb(patience());
        }
        follow_hints();
        return std::move(result_);
    }

  private:
    [[nodiscard]] Bytes height() const { return result_.packing.height; }

    [[nodiscard]] bool done() const {
        const Bytes bound = result_.lower_bound;
        if (height() <= bound) return true;
        if (capacity_ && (height() <= *capacity_ || bound > *capacity_)) return true;
        return budget_.expired();
    }

    void report() const {
        if (progress_) progress_(height(), result_.lower_bound, result_.name);
    }

    void offer(const Packing& packing, std::string_view name) {
        if (packing.height >= height()) return;
        result_.packing = packing;
        result_.name = name;
        report();
    }

    void raise_bound(Bytes bound) {
        if (bound <= result_.lower_bound) return;
        result_.lower_bound = bound;
        report();
    }

    // At least one order, whatever the budget.
    void greedy() {
        for (const auto& [order, rule, name] : kGreedy) {
            std::vector<std::uint32_t> permutation = item_order(items_, order);
            Packing packing = place_items(items_, permutation, {rule, {}});
            const bool is_best = packing.height < height();
            offer(packing, name);
            if (is_best && rule == GapRule::first) climb_.start(std::move(permutation), std::move(packing));
            if (done()) return;
        }
    }

    // Steps without a better packing before it is given up: many where they are cheap.
    [[nodiscard]] std::size_t patience() const {
        constexpr std::size_t kWork = 200'000;  // items placed
        return std::clamp<std::size_t>(kWork / std::max<std::size_t>(items_.size(), 1), 16, 500);
    }

    void climb(std::size_t idle_steps) {
        for (std::size_t idle = 0; idle < idle_steps && !done();) {
            const Bytes before = climb_.current().height;
            climb_.step();
            idle = climb_.current().height < before ? 0 : idle + 1;
            offer(climb_.current(), kClimb);
        }
    }

    // Rounds of ever more effort. A round looks at the bound, and then, where that is neither reached nor
    // refuted, half-way to the best packing again and again: somewhere there the search will know.
    void search_and_climb() {
        for (std::size_t runs = 16; !done(); runs *= 2) {
            for (Bytes target = first_target(); !done(); target = between(target, height())) {
                if (attempt(target, runs) == SearchResult::impossible) raise_bound(target + unit_);
                if (capacity_ || target + unit_ >= height()) break;
            }
            climb(patience() / 16);
        }
    }

    [[nodiscard]] Bytes first_target() const {
        if (!capacity_) return result_.lower_bound;
        return {capacity_->value / unit_.value * unit_.value};
    }

    // The multiple of the unit half-way from `low` to `high`, both excluded; they differ by two units or
    // more.
    [[nodiscard]] Bytes between(Bytes low, Bytes high) const {
        const std::uint64_t steps = (high - low).value / unit_.value;
        return low + Bytes{(steps + 1) / 2 * unit_.value};
    }

    // Many short runs with other orders and rules: the effort that a search takes has a heavy tail.
    SearchResult attempt(Bytes target, std::size_t runs) {
        GeneralSearch search(items_, target);
        double limit = 50 + 1.25 * static_cast<double>(items_.size());
        for (std::size_t k = 0; k < runs && !budget_.expired(); ++k, limit *= 1.1) {
            const std::vector<std::uint32_t> order = search_order(k);
            const auto rule = static_cast<SectionRule>(k % kSectionRules);
            const auto nodes = static_cast<std::uint64_t>(std::min(limit, 1e18));
            const SearchResult result = search.run({order, rule, nodes, &budget_});
            if (result == SearchResult::found) offer(packing_of(search.offsets()), kSearch);
            if (result != SearchResult::stopped) return result;
        }
        return SearchResult::stopped;
    }

    // The k-th of an endless sequence: first the known orders, then those with noise.
    std::vector<std::uint32_t> search_order(std::size_t k) {
        constexpr std::array orders{Order::size, Order::area, Order::lifetime, Order::breadth};
        std::vector<std::uint32_t> order = item_order(items_, orders.at(k / kSectionRules % orders.size()));
        if (k < kSectionRules * orders.size()) return order;
        // Each trades places with one of the next few.
        const std::size_t reach = 2 + order.size() / 8;
        for (std::size_t i = 0; i < order.size(); ++i) {
            std::swap(order[i], order[std::min(i + random_() % reach, order.size() - 1)]);
        }
        return order;
    }

    [[nodiscard]] Packing packing_of(const std::vector<Offset>& places) const {
        Packing packing;
        std::size_t blocks = 0;
        for (const Item& item : items_) blocks += item.members.size();
        packing.offsets.resize(blocks);
        for (std::size_t item = 0; item < items_.size(); ++item) {
            for (const std::uint32_t block : items_[item].members) packing.offsets[block] = places[item];
            packing.height = std::max(packing.height, places[item] + items_[item].size - Offset{});
        }
        return packing;
    }

    // The packing of the best height that follows the most hints.
    void follow_hints() {
        if (!hinted_) return;
        std::size_t most = followed(result_.packing);
        const auto consider = [&](std::span<const std::uint32_t> order, GapRule rule, std::string_view name) {
            const Packing packing = place_items(items_, order, {rule, height()});
            const std::size_t hints = followed(packing);
            if (packing.height > height() || (packing.height == height() && hints <= most)) return;
            most = hints;
            result_.packing = packing;
            result_.name = name;
        };
        consider(bottom_up(result_.packing), GapRule::first, result_.name);
        for (const auto& [order, rule, name] : kGreedy) {
            if (budget_.expired()) return;
            consider(item_order(items_, order), rule, name);
        }
    }

    [[nodiscard]] std::vector<std::uint32_t> bottom_up(const Packing& packing) const {
        std::vector<std::uint32_t> order(items_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return packing.offsets[items_[a].members.front()] < packing.offsets[items_[b].members.front()];
        });
        return order;
    }

    [[nodiscard]] std::size_t followed(const Packing& packing) const {
        return static_cast<std::size_t>(std::count_if(items_.begin(), items_.end(), [&](const Item& item) {
            return item.hint && packing.offsets[item.members.front()] == *item.hint;
        }));
    }

    std::vector<Item> items_;
    Bytes unit_;
    std::optional<Bytes> capacity_;
    const Budget& budget_;
    const GeneralProgress& progress_;
    Climb climb_;
    std::mt19937_64 random_;
    bool hinted_ = false;
    GeneralResult result_;
};

}  // namespace

GeneralResult solve_general(const Problem& problem, std::optional<Bytes> capacity, const Budget& budget,
                            const GeneralProgress& progress) {
    return Solver(problem, capacity, budget, progress).solve();
}

}  // namespace memo::planner
