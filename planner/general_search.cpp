// What a node sees, the choice of a section, and the branches. All positions are in units (item_unit).
#include "planner/general_search.h"

#include "planner/general_board.h"
#include "planner/general_model.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

namespace memo::planner {
namespace {

// The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

// A set of facts, as two independent sums of hashes.
struct Key {
    std::uint64_t a = 0;
    std::uint64_t b = 0;

    bool operator==(const Key&) const = default;
    enum class Fact : std::uint64_t { left = 1, floor, taken };
    void add(Fact fact, std::uint64_t index, std::uint64_t value) {
        const std::uint64_t what = mix((static_cast<std::uint64_t>(fact) << 32) + index);
        a += mix(what ^ mix(value));
        b += mix(what + mix(~value));
    }
};

}  // namespace

class GeneralSearch::State {
  public:
    State(GeneralModel model, Bytes capacity, unsigned table_bits)
        : model_(std::move(model)),
          capacity_(capacity.value / model_.unit),
          table_(std::size_t{1} << table_bits),
          board_(model_),
          rank_(model_.kinds.size()),
          views_(model_.loads.size()) {}

    [[nodiscard]] const GeneralModel& model() const { return model_; }
    [[nodiscard]] std::uint64_t nodes() const { return nodes_; }
    [[nodiscard]] const std::vector<Offset>& offsets() const { return offsets_; }

    SearchResult run(const GeneralRun& run) {
        run_ = &run;
        last_node_ = run.node_limit > UINT64_MAX - nodes_ ? UINT64_MAX : nodes_ + run.node_limit;
        if (refused()) return SearchResult::impossible;
        set_ranks(run.order);
        const SearchResult result = descend(all_kinds());
        if (result == SearchResult::found) remember_offsets();
        board_.undo(0);
        return result;
    }

    // Whether the capacity is below what is known without any search. Nothing may be placed.
    [[nodiscard]] bool refused() {
        const auto too_big = [&](const ItemKind& kind) { return kind.size > capacity_; };
        const auto& weightless = model_.weightless;
        if (model_.fixed_top > capacity_) return true;
        if (std::any_of(weightless.begin(), weightless.end(), too_big)) return true;
        return !look(all_kinds());
    }

    void set_capacity(std::uint64_t capacity) { capacity_ = capacity; }  // for `refused` alone

  private:
    // What `look` sees in a section.
    struct View {
        std::uint64_t lowest = UINT64_MAX;  // at which anything left could lie
        std::uint64_t slack = 0;            // what may be wasted
        std::size_t resting = 0;            // kinds that could lie there
        bool even = true;                   // and that would leave no hole under themselves
    };

    // What to try at a node, all of it in one section: the kinds that could rest on its floor, then nothing.
    struct Choice {
        std::uint32_t section = 0;
        std::vector<std::pair<std::uint32_t, std::uint64_t>> resting;  // kind, place
        std::optional<std::uint64_t> next_floor;                       // if nothing rests on this one
    };

    [[nodiscard]] Kinds all_kinds() const {
        Kinds kinds(model_.kinds.size());
        std::iota(kinds.begin(), kinds.end(), 0U);
        return kinds;
    }

    void set_ranks(std::span<const std::uint32_t> order) {
        std::vector<std::uint32_t> position(model_.items);
        for (std::uint32_t k = 0; k < order.size(); ++k) position[order[k]] = k;
        for (std::size_t kind = 0; kind < model_.kinds.size(); ++kind) {
            rank_[kind] = position[model_.kinds[kind].members.front()];
        }
    }

    // Fills `places_now_`, parallel to `kinds`, `touched_`, their `views_` but for who rests there, and
    // `key_`. False if what is left cannot fit.
    bool look(const Kinds& kinds) {
        places_now_.clear();
        for (const std::uint32_t s : touched_) views_[s] = {};
        touched_.clear();
        key_ = {};
        for (const std::uint32_t index : kinds) {
            const ItemKind& kind = model_.kinds[index];
            const std::uint64_t place = board_.lowest_place(kind, 0);
            if (place + kind.size > capacity_) return false;
            places_now_.push_back(place);
            key_.add(Key::Fact::left, index, board_.count_left(index));
            for_each_section(kind, [&](std::uint32_t s, const UnitRectangle& piece) {
                if (views_[s].lowest == UINT64_MAX) touched_.push_back(s);
                views_[s].lowest = std::min(views_[s].lowest, place + piece.begin);
            });
        }
        return std::all_of(touched_.begin(), touched_.end(), [&](std::uint32_t s) { return has_room(s); });
    }

    bool has_room(std::uint32_t section) {
        View& view = views_[section];
        const std::uint64_t free = board_.room(section, view.lowest, capacity_);
        if (free < board_.left(section)) return false;
        view.slack = free - board_.left(section);
        key_.add(Key::Fact::floor, section, view.lowest);
        if (!model_.flat) {
            for (const UnitRange& range : board_.taken(section)) {
                if (range.end > view.lowest)
                    key_.add(Key::Fact::taken, section, mix(range.begin) + range.end);
            }
        }
        return true;
    }

    // What is left of `kinds`, each group that shares no section with the others by itself.
    SearchResult descend(const Kinds& kinds) {
        for (const Kinds& group : connected(model_, kinds)) {
            const SearchResult result = branch(group);
            if (result != SearchResult::found) return result;
        }
        return SearchResult::found;
    }

    // Leaves its changes on the trail. Neither a floor at which nothing rested nor a state that failed is
    // looked at again.
    SearchResult branch(const Kinds& kinds) {
        for (std::vector<Key> states;;) {
            if (out_of_budget()) return SearchResult::stopped;
            ++nodes_;
            const bool fails = !look(kinds) || table_[key_.a % table_.size()] == key_;
            if (!fails) {
                states.push_back(key_);
                const Choice choice = choose(kinds);
                for (const auto& [kind, place] : choice.resting) {
                    const std::size_t mark = board_.mark();
                    board_.put(kind, place);
                    Kinds rest;
                    std::copy_if(kinds.begin(), kinds.end(), std::back_inserter(rest),
                                 [&](std::uint32_t k) { return board_.count_left(k) != 0; });
                    const SearchResult result = descend(rest);
                    if (result != SearchResult::impossible) return result;
                    board_.undo(mark);
                }
                if (choice.next_floor) {
                    board_.set_floor(choice.section, *choice.next_floor);
                    continue;
                }
            }
            for (const Key& state : states) table_[state.a % table_.size()] = state;
            return SearchResult::impossible;
        }
    }

    [[nodiscard]] bool out_of_budget() const {
        if (nodes_ >= last_node_) return true;
        return nodes_ % 64 == 0 && run_->budget != nullptr && run_->budget->expired();
    }

    // Needs `look` to have been there.
    Choice choose(const Kinds& kinds) {
        for (const std::uint32_t s : touched_) {
            if (views_[s].lowest > board_.floor(s)) board_.set_floor(s, views_[s].lowest);
        }
        if (const auto bottom = bottom_kind(kinds))
            return {0, {{*bottom, board_.floor(touched_.front())}}, {}};
        for (std::size_t k = 0; k < kinds.size(); ++k) count_resting(model_.kinds[kinds[k]], places_now_[k]);
        Choice choice;
        choice.section = *std::min_element(touched_.begin(), touched_.end(),
                                           [&](auto x, auto y) { return preference(x) < preference(y); });
        const std::uint64_t floor = board_.floor(choice.section);
        std::uint64_t next = UINT64_MAX;
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            const UnitRectangle* const piece = lowest_piece(model_.kinds[kinds[k]], choice.section);
            if (piece == nullptr) continue;
            if (places_now_[k] + piece->begin == floor) {
                choice.resting.emplace_back(kinds[k], places_now_[k]);
                next = std::min(next, next_above(kinds, k, choice.section, *piece));
            } else {
                next = std::min(next, places_now_[k] + piece->begin);
            }
        }
        if (next != UINT64_MAX) choice.next_floor = next;
        std::sort(choice.resting.begin(), choice.resting.end(),
                  [&](const auto& x, const auto& y) { return rank_[x.first] < rank_[y.first]; });
        return choice;
    }

    // A kind that nothing else in the group can be beside: above an even floor its place does not matter, as
    // long as what was below it may move up by its size. (See the header.)
    [[nodiscard]] std::optional<std::uint32_t> bottom_kind(const Kinds& kinds) const {
        if (!model_.flat) return std::nullopt;
        const std::uint64_t floor = board_.floor(touched_.front());
        std::uint64_t lowest_taken = UINT64_MAX;
        for (const std::uint32_t s : touched_) {
            if (board_.floor(s) != floor) return std::nullopt;
            for (const UnitRange& range : board_.taken(s)) {
                if (range.end > floor) lowest_taken = std::min(lowest_taken, range.begin);
            }
        }
        const auto may_move_up = [&](std::uint32_t k) {
            return model_.kinds[k].alignment == 1 && model_.kinds[k].top == model_.kinds[k].size;
        };
        if (!std::all_of(kinds.begin(), kinds.end(), may_move_up)) return std::nullopt;
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            const ItemKind& kind = model_.kinds[kinds[k]];
            const auto& pieces = kind.rectangles;
            const bool covers_all =
                pieces.size() == 1 && pieces.front().last - pieces.front().first == touched_.size();
            if (!covers_all || places_now_[k] != floor) continue;
            const bool below_taken =
                lowest_taken == UINT64_MAX || board_.lowest_place(kind, lowest_taken) + kind.size > capacity_;
            if (below_taken) return kinds[k];
        }
        return std::nullopt;
    }

    void count_resting(const ItemKind& kind, std::uint64_t place) {
        bool even = true;
        for_each_section(kind, [&](std::uint32_t s, const UnitRectangle& piece) {
            even = even && place + piece.begin <= board_.floor(s);
        });
        for_each_section(kind, [&](std::uint32_t s, const UnitRectangle& piece) {
            if (place + piece.begin != board_.floor(s)) return;
            ++views_[s].resting;
            views_[s].even = views_[s].even && even;
        });
    }

    // Of sections: the least is branched on. Holes under what is placed are avoided where possible.
    [[nodiscard]] std::array<std::uint64_t, 4> preference(std::uint32_t section) const {
        const View& view = views_[section];
        const std::uint64_t branches = view.resting + (view.slack == 0 ? 0 : 1);
        if (!view.even) return {1, view.lowest, branches, section};
        switch (run_->sections) {
            case SectionRule::fewest:
                return {0, branches, view.lowest, section};
            case SectionRule::fewest_tight:
                return {0, branches, view.slack, section};
            case SectionRule::tightest:
                return {0, view.slack, branches, section};
            case SectionRule::lowest:
                return {0, view.lowest, branches, section};
        }
        return {};
    }

    static const UnitRectangle* lowest_piece(const ItemKind& kind, std::uint32_t section) {
        const UnitRectangle* lowest = nullptr;
        for (const UnitRectangle& piece : kind.rectangles) {
            const bool there = piece.first <= section && section < piece.last;
            if (there && (lowest == nullptr || piece.begin < lowest->begin)) lowest = &piece;
        }
        return lowest;
    }

    // Kind k of `kinds` could rest on the floor of a section, with `piece`, but does not, and nothing else is
    // below it there: how low can this piece begin? Something else must be in its way elsewhere.
    [[nodiscard]] std::uint64_t next_above(const Kinds& kinds, std::size_t k, std::uint32_t section,
                                           const UnitRectangle& piece) const {
        const ItemKind& kind = model_.kinds[kinds[k]];
        std::uint64_t lowest = UINT64_MAX;
        for (std::size_t j = 0; j < kinds.size(); ++j) {
            if (j == k) continue;
            const ItemKind& other = model_.kinds[kinds[j]];
            const UnitRectangle* const above = lowest_piece(other, section);
            for (const UnitRectangle& own : kind.rectangles) {
                for (const UnitRectangle& theirs : other.rectangles) {
                    if (theirs.last <= own.first || own.last <= theirs.first) continue;
                    // Above it in the section and below it elsewhere: if their shapes allow.
                    if (above != nullptr && piece.end + theirs.end > above->begin + own.begin) continue;
                    const std::uint64_t end = places_now_[j] + theirs.end;
                    lowest = std::min(lowest, end - std::min(end, own.begin));
                }
            }
        }
        if (lowest == UINT64_MAX) return lowest;
        const std::uint64_t place = board_.lowest_place(kind, std::max(lowest, places_now_[k] + 1));
        return place + kind.size > capacity_ ? UINT64_MAX : place + piece.begin;
    }

    void remember_offsets() {
        offsets_.assign(model_.items, Offset{});
        for (const auto& [item, place] : model_.fixed) offsets_[item] = place;
        for (std::size_t kind = 0; kind < model_.kinds.size(); ++kind) {
            for (std::size_t k = 0; k < board_.places(static_cast<std::uint32_t>(kind)).size(); ++k) {
                offsets_[model_.kinds[kind].members[k]] = {
                    board_.places(static_cast<std::uint32_t>(kind))[k] * model_.unit};
            }
        }
    }

    GeneralModel model_;
    std::uint64_t capacity_;
    std::vector<Key> table_;
    GeneralBoard board_;
    std::vector<std::uint32_t> rank_;  // by kind
    // What `look` found:
    std::vector<View> views_;  // by section
    std::vector<std::uint32_t> touched_;
    std::vector<std::uint64_t> places_now_;
    Key key_;
    std::vector<Offset> offsets_;
    const GeneralRun* run_ = nullptr;
    std::uint64_t nodes_ = 0;
    std::uint64_t last_node_ = 0;
};

GeneralSearch::GeneralSearch(std::span<const Item> items, Bytes capacity, unsigned table_bits)
    : state_(std::make_unique<State>(make_model(items), capacity, table_bits)) {}

GeneralSearch::~GeneralSearch() = default;

SearchResult GeneralSearch::run(const GeneralRun& run) {
    return state_->run(run);
}

std::vector<Offset> GeneralSearch::offsets() const {
    return state_->offsets();
}

std::uint64_t GeneralSearch::nodes() const {
    return state_->nodes();
}

Bytes GeneralSearch::bound(std::span<const Item> items) {
    State state(make_model(items), {}, 0);
    const auto refused = [&](std::uint64_t units) {
        state.set_capacity(units);
        return state.refused();
    };
    if (!refused(0)) return {};
    std::uint64_t low = 0;  // refused
    std::uint64_t high = 1;
    for (; refused(high); high *= 2) low = high;
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        (refused(middle) ? low : high) = middle;
    }
    return {high * state.model().unit};
}

}  // namespace memo::planner
