// One timeline for all arenas, one after another: position i stands for the time between two neighbouring
// moments at which anything changes. What a block (or a tag: anything with a key) adds to the load is a step
// function over positions, and so is what would be gone without it, which differs only within aliases. The
// max load without a key is then a maximum over ranges, one for each step of the key's function: all steps of
// all keys together are O(n), each costs O(log n).
#include "planner/peak.h"

#include "planner/parts.h"
#include "planner/range_maximum.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::uint32_t kNoKey = UINT32_MAX;  // of blocks that nobody asks about

[[nodiscard]] std::uint32_t arena_of(const Problem& problem, std::size_t block) {
    return problem.arena_of.empty() ? 0 : problem.arena_of[block];
}

[[nodiscard]] std::uint32_t alias_of(const Problem& problem, std::size_t block) {
    return problem.aliases.empty() ? kNoAlias : problem.aliases[block];
}

// A range of positions in which a block keeps the same bytes.
struct Stay {
    std::uint32_t block = 0;
    std::size_t first = 0;  // positions [first, last)
    std::size_t last = 0;
    Bytes bytes;
};

class Timeline {
  public:
    explicit Timeline(const Problem& problem) {
        moments_.reserve(2 * problem.blocks.size());
        for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
            for_each_part(problem, block, [&](const Piece& piece) {
                moments_.emplace_back(arena_of(problem, block), piece.life.lower);
                moments_.emplace_back(arena_of(problem, block), piece.life.upper);
            });
        }
        std::sort(moments_.begin(), moments_.end());
        moments_.erase(std::unique(moments_.begin(), moments_.end()), moments_.end());
        stays_.reserve(problem.blocks.size());
        for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
            const std::uint32_t arena = arena_of(problem, block);
            for_each_part(problem, block, [&](const Piece& piece) {
                stays_.push_back({block, position(arena, piece.life.lower), position(arena, piece.life.upper),
                                  piece.end - piece.begin});
            });
        }
    }

    [[nodiscard]] std::size_t size() const { return moments_.size(); }
    [[nodiscard]] std::uint32_t arena(std::size_t position) const { return moments_[position].first; }
    [[nodiscard]] EventIndex moment(std::size_t position) const { return moments_[position].second; }
    // Positions of an arena are [begin(arena), begin(arena + 1)).
    [[nodiscard]] std::size_t begin(std::uint64_t arena) const {
        const auto found = std::partition_point(moments_.begin(), moments_.end(),
                                                [&](const auto& moment) { return moment.first < arena; });
        return static_cast<std::size_t>(found - moments_.begin());
    }
    [[nodiscard]] const std::vector<Stay>& stays() const { return stays_; }

  private:
    [[nodiscard]] std::size_t position(std::uint32_t arena, EventIndex moment) const {
        const auto found = std::lower_bound(moments_.begin(), moments_.end(), std::pair{arena, moment});
        return static_cast<std::size_t>(found - moments_.begin());
    }

    std::vector<std::pair<std::uint32_t, EventIndex>> moments_;
    std::vector<Stay> stays_;
};

// In positions [first, last) `key` adds `counted` bytes to the load, and without it `marginal` are gone.
struct Share {
    std::uint32_t key = kNoKey;
    std::size_t first = 0;
    std::size_t last = 0;
    Bytes counted;
    Bytes marginal;
};

// The members of one alias that are alive, by key: which counts, and what would if its key were gone. Of
// equals the lowest key counts.
class AliveMembers {
  public:
    void add(std::uint32_t key, Bytes bytes) {
        rank(key, [&](auto& sizes) { sizes.insert(bytes); });
    }
    void remove(std::uint32_t key, Bytes bytes) {
        rank(key, [&](auto& sizes) { sizes.erase(sizes.find(bytes)); });
    }
    [[nodiscard]] bool empty() const { return ranks_.empty(); }
    [[nodiscard]] Share counting(std::size_t first, std::size_t last) const {
        const auto top = ranks_.rbegin();
        const auto next = std::next(top);
        const Bytes rest = next == ranks_.rend() ? Bytes{} : next->first;
        return {~top->second, first, last, top->first, top->first - rest};
    }

  private:
    template <class Change>
    void rank(std::uint32_t key, Change change) {
        auto& sizes = sizes_[key];
        if (!sizes.empty()) ranks_.erase({*sizes.rbegin(), ~key});
        change(sizes);
        if (!sizes.empty()) ranks_.emplace(*sizes.rbegin(), ~key);
    }

    std::map<std::uint32_t, std::multiset<Bytes>> sizes_;
    std::set<std::pair<Bytes, std::uint32_t>> ranks_;  // (largest of a key, the key's complement)
};

// The shares of the stays of one alias.
void append_alias(std::vector<Share>& shares, std::span<const Stay> stays,
                  std::span<const std::uint32_t> keys) {
    std::vector<std::tuple<std::size_t, bool, std::uint32_t, Bytes>> events;  // position, birth, key, bytes
    events.reserve(2 * stays.size());
    for (const Stay& stay : stays) {
        events.emplace_back(stay.first, true, keys[stay.block], stay.bytes);
        events.emplace_back(stay.last, false, keys[stay.block], stay.bytes);
    }
    std::sort(events.begin(), events.end());
    AliveMembers alive;
    std::size_t since = 0;
    for (const auto& [position, birth, key, bytes] : events) {
        if (position > since && !alive.empty()) shares.push_back(alive.counting(since, position));
        since = position;
        if (birth) {
            alive.add(key, bytes);
        } else {
            alive.remove(key, bytes);
        }
    }
}

// `keys` is parallel to the blocks.
[[nodiscard]] std::vector<Share> shares_of(const Problem& problem, const Timeline& timeline,
                                           std::span<const std::uint32_t> keys) {
    std::vector<Share> shares;
    shares.reserve(timeline.stays().size());
    std::vector<Stay> aliased;
    for (const Stay& stay : timeline.stays()) {
        if (alias_of(problem, stay.block) != kNoAlias) {
            aliased.push_back(stay);
        } else {
            shares.push_back({keys[stay.block], stay.first, stay.last, stay.bytes, stay.bytes});
        }
    }
    const auto alias = [&](const Stay& stay) { return alias_of(problem, stay.block); };
    std::stable_sort(aliased.begin(), aliased.end(),
                     [&](const Stay& a, const Stay& b) { return alias(a) < alias(b); });
    for (auto first = aliased.begin(); first != aliased.end();) {
        const auto last = std::find_if(first, aliased.end(),
                                       [&](const Stay& stay) { return alias(stay) != alias(*first); });
        append_alias(shares, {first, last}, keys);
        first = last;
    }
    return shares;
}

[[nodiscard]] std::vector<Bytes> loads_of(const Timeline& timeline, std::span<const Share> shares) {
    std::vector<Bytes> loads(timeline.size());  // first differences, modulo 2^64
    for (const Share& share : shares) {
        loads[share.first] += share.counted;
        loads[share.last] -= share.counted;
    }
    for (std::size_t i = 1; i < loads.size(); ++i) loads[i] += loads[i - 1];
    return loads;
}

// For each key below `count`, by how much the maximum of `loads` falls if the key is gone from position
// `from` on.
[[nodiscard]] std::vector<Bytes> savings(std::span<const Share> shares, std::size_t count,
                                         const RangeMaximum& loads, std::size_t positions, std::size_t from) {
    struct Change {
        std::uint32_t key;
        std::size_t position;
        Bytes by;  // modulo 2^64

        auto operator<=>(const Change&) const = default;
    };
    std::vector<Change> changes;
    for (const Share& share : shares) {
        const std::size_t first = std::max(share.first, from);
        if (share.key == kNoKey || first >= share.last) continue;
        changes.push_back({share.key, first, share.marginal});
        changes.push_back({share.key, share.last, Bytes{} - share.marginal});
    }
    std::sort(changes.begin(), changes.end());
    const Bytes peak = loads.over(0, positions);
    std::vector<Bytes> saved(count);
    for (std::size_t i = 0; i < changes.size();) {
        const std::uint32_t key = changes[i].key;
        Bytes most;
        Bytes gone;
        std::size_t since = 0;
        for (; i < changes.size() && changes[i].key == key; ++i) {
            if (changes[i].position > since) {
                most = std::max(most, loads.over(since, changes[i].position) - gone);
                since = changes[i].position;
            }
            gone += changes[i].by;
        }
        saved[key] = peak - std::max(most, loads.over(since, positions));
    }
    return saved;
}

[[nodiscard]] std::vector<std::uint32_t> block_keys(const Problem& problem) {
    std::vector<std::uint32_t> keys(problem.blocks.size());
    for (std::uint32_t block = 0; block < keys.size(); ++block) keys[block] = block;
    return keys;
}

// What `find_peak` works out step by step.
class PeakFinder {
  public:
    PeakFinder(const Problem& problem, std::span<const std::string> tags)
        : problem_(problem), tags_(tags), timeline_(problem) {}

    Peak find() {
        if (timeline_.size() == 0) return {};
        std::vector<Share> shares = shares_of(problem_, timeline_, block_keys(problem_));
        loads_ = loads_of(timeline_, shares);
        const auto top = std::max_element(loads_.begin(), loads_.end());
        moment_ = static_cast<std::size_t>(top - loads_.begin());
        peak_.max_load = *top;
        peak_.arena = timeline_.arena(moment_);
        add_stretches();
        add_blocks(shares);
        if (!tags_.empty()) add_tags();
        return std::move(peak_);
    }

  private:
    void add_stretches() {
        for (std::size_t i = moment_; i < timeline_.begin(std::uint64_t{peak_.arena} + 1); ++i) {
            if (loads_[i] != peak_.max_load) continue;
            const Lifetime stretch{timeline_.moment(i), timeline_.moment(i + 1)};  // the last load is 0
            if (!peak_.stretches.empty() && peak_.stretches.back().upper == stretch.lower) {
                peak_.stretches.back().upper = stretch.upper;
            } else {
                peak_.stretches.push_back(stretch);
            }
        }
    }

    // Keys of each block, below `count`: of those at the peak, which are freed early, and of all that are
    // dropped. Blocks at the peak lie in its arena, so what comes after their arena on the timeline is not
    // theirs.
    [[nodiscard]] std::vector<Blame> blame(std::size_t count, std::span<const std::uint32_t> at_peak,
                                           std::span<const std::uint32_t> all) const {
        const RangeMaximum maximum(loads_);
        const auto early =
            savings(shares_of(problem_, timeline_, at_peak), count, maximum, loads_.size(), moment_);
        const auto dropped = savings(shares_of(problem_, timeline_, all), count, maximum, loads_.size(), 0);
        std::vector<Blame> result(count);
        for (std::size_t i = 0; i < count; ++i) result[i] = {early[i], dropped[i]};
        return result;
    }

    void add_blocks(std::span<const Share> shares) {
        std::vector<std::uint32_t> keys(problem_.blocks.size(), kNoKey);
        for (const Stay& stay : timeline_.stays()) {
            if (stay.first > moment_ || moment_ >= stay.last) continue;
            keys[stay.block] = static_cast<std::uint32_t>(peak_.blocks.size());
            peak_.blocks.push_back({stay.block, {}, {}});
        }
        for (const Share& share : shares) {
            if (share.first <= moment_ && moment_ < share.last) {
                peak_.blocks[keys[share.key]].bytes = share.counted;
            }
        }
        const std::vector<Blame> saved = blame(peak_.blocks.size(), keys, keys);
        for (std::size_t i = 0; i < saved.size(); ++i) peak_.blocks[i].saved = saved[i];
        std::sort(peak_.blocks.begin(), peak_.blocks.end(), [](const PeakBlock& a, const PeakBlock& b) {
            return std::tie(b.saved.dropped, b.saved.freed_early, b.bytes, a.block) <
                   std::tie(a.saved.dropped, a.saved.freed_early, a.bytes, b.block);
        });
    }

    // Needs the blocks.
    void add_tags() {
        std::map<std::string_view, std::uint32_t> indices;
        std::vector<std::uint32_t> at_peak(problem_.blocks.size(), kNoKey);
        for (const PeakBlock& block : peak_.blocks) {
            const std::string& tag = tags_[block.block];
            const auto [found, is_new] = indices.emplace(tag, static_cast<std::uint32_t>(peak_.tags.size()));
            if (is_new) peak_.tags.push_back({tag, 0, {}, {}});
            at_peak[block.block] = found->second;
            ++peak_.tags[found->second].blocks;
            peak_.tags[found->second].bytes += block.bytes;
        }
        std::vector<std::uint32_t> all(problem_.blocks.size(), kNoKey);
        for (std::size_t block = 0; block < all.size(); ++block) {
            if (const auto found = indices.find(tags_[block]); found != indices.end())
                all[block] = found->second;
        }
        const std::vector<Blame> saved = blame(peak_.tags.size(), at_peak, all);
        for (std::size_t i = 0; i < saved.size(); ++i) peak_.tags[i].saved = saved[i];
        std::sort(peak_.tags.begin(), peak_.tags.end(), [](const PeakTag& a, const PeakTag& b) {
            return std::tie(b.saved.dropped, b.saved.freed_early, b.bytes, a.tag) <
                   std::tie(a.saved.dropped, a.saved.freed_early, a.bytes, b.tag);
        });
    }

    const Problem& problem_;
    std::span<const std::string> tags_;
    Timeline timeline_;
    std::vector<Bytes> loads_;
    std::size_t moment_ = 0;  // the position of the peak
    Peak peak_;
};

}  // namespace

std::vector<LoadStep> load_curve(const Problem& problem, std::uint32_t arena) {
    const Timeline timeline(problem);
    const std::vector<Bytes> loads = loads_of(timeline, shares_of(problem, timeline, block_keys(problem)));
    std::vector<LoadStep> steps;
    const std::size_t end = timeline.begin(std::uint64_t{arena} + 1);
    for (std::size_t i = timeline.begin(arena); i < end; ++i) {
        if (steps.empty() || steps.back().load != loads[i]) steps.push_back({timeline.moment(i), loads[i]});
    }
    return steps;
}

Peak find_peak(const Problem& problem, std::span<const std::string> tags) {
    return PeakFinder(problem, tags).find();
}

}  // namespace memo::planner
