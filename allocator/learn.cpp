// From watched requests to a plan, in four steps: requests that can be compared (Watched), the stretch of
// exact rounds that the thread is in (find_repeat), how long the blocks of a round live and where the round
// begins (RoundLives), and the plan (make_plan).
//
// The steps work on positions in what the module filter leaves of the sequence; only `freed_at` counts in the
// whole of it.
#include "allocator/learn.h"

#include "allocator/placing.h"
#include "common/pause_point.h"
#include "common/periods.h"
#include "common/periods_modules.h"
#include "common/periods_symbols.h"
#include "common/periods_variable.h"
#include "common/plan_format.h"
#include "common/plan_view.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace memo {
namespace {

using periods::Symbol;
using periods::SymbolSequence;
using periods::SymbolView;
using planner::PlannedCaller;
using planner::PlannedSlot;

// Rounds that lifetimes are taken from: enough to see what varies, and not what was long ago.
constexpr std::size_t kRoundsJudged = 16;

constexpr std::size_t kBetweenPauses = 256;  // requests, in loops over many

// Where requests come from, each address looked up once.
class Places {
  public:
    explicit Places(LearnOptions::PlaceOf place_of) : place_of_(place_of) {}

    const std::optional<PlannedCaller>& operator()(const void* address) {
        const auto [found, is_new] = places_.try_emplace(address);
        if (is_new) found->second = place_of_(address);
        return found->second;
    }

  private:
    LearnOptions::PlaceOf place_of_;
    std::unordered_map<const void*, std::optional<PlannedCaller>> places_;
};

// What can be compared of the requests: a request from no module is told apart by its address.
[[nodiscard]] SymbolSequence comparable(std::span<const WatchedRequest> watched, Places& places) {
    constexpr std::uint32_t kNoModule = UINT32_MAX;
    std::map<std::string, std::uint32_t> modules;
    SymbolSequence sequence;
    sequence.symbols.reserve(watched.size());
    periods::Interner interner;
    for (const WatchedRequest& request : watched) {
        Request made;
        made.size = request.size;
        made.alignment = request.alignment;
        if (const auto& place = places(request.caller)) {
            const auto number = static_cast<std::uint32_t>(modules.size());
            made.module = modules.try_emplace(place->module, number).first->second;
            made.caller = place->offset;
        } else {
            made.module = kNoModule;
            made.caller = reinterpret_cast<std::uintptr_t>(request.caller);
        }
        interner.append(made, sequence);
    }
    return sequence;
}

// A stretch of at least two exact rounds, cut anywhere: half-open range of positions.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
};

// What a thread repeats.
struct Repeat {
    std::vector<Symbol> symbols;         // what the module filter left
    std::vector<std::size_t> positions;  // of each in the whole sequence
    std::size_t length = 0;              // of a round
    SizeRule sizes = SizeRule::exact;
    Stretch now;  // the exact rounds that the thread is in

    [[nodiscard]] std::size_t rounds() const { return now.size() / length; }
};

[[nodiscard]] std::vector<Stretch> stretches_of(std::span<const Symbol> symbols, std::size_t length) {
    std::vector<Stretch> stretches;
    std::size_t begin = 0;
    for (std::size_t i = 0; i + length <= symbols.size(); ++i) {
        if (i + length < symbols.size() && symbols[i] == symbols[i + length]) continue;
        if (i - begin >= length) stretches.push_back({begin, i + length});
        begin = i + 1;
    }
    return stretches;
}

// The round with its least rotation first, so that rounds are equal wherever they are cut (Booth's question;
// two candidates are compared and the worse one's whole matched part is passed over, O(length)).
[[nodiscard]] std::vector<Symbol> least_rotation(std::span<const Symbol> round) {
    const std::size_t length = round.size();
    std::size_t best = 0;
    for (std::size_t other = 1, same = 0; other < length && best < length && same < length;) {
        const Symbol a = round[(best + same) % length];
        const Symbol b = round[(other + same) % length];
        if (a == b) {
            ++same;
            continue;
        }
        (b < a ? best : other) += same + 1;
        if (best > other) std::swap(best, other);
        if (best == other) ++other;
        same = 0;
    }
    std::vector<Symbol> rotated(round.begin(), round.end());
    std::rotate(rotated.begin(), rotated.begin() + static_cast<std::ptrdiff_t>(best), rotated.end());
    return rotated;
}

// The stretch of rounds that a thread is in.
struct Belief {
    Stretch now;
    bool early = false;  // enough only if the round begins with nothing of the last one alive: rule 3
};

// The rules of learn.h on one candidate.
[[nodiscard]] std::optional<Belief> believed(std::span<const Symbol> symbols, std::span<const Symbol> round,
                                             const LearnOptions& options, SizeRule sizes) {
    const bool exact = sizes == SizeRule::exact;
    const std::size_t caution = exact ? 1 : kVariableCaution;
    const std::size_t enough = caution * options.min_requests;
    const std::size_t length = round.size();
    const std::vector<Symbol> canonical = least_rotation(round);
    const auto repeats_round = [&](const Stretch& stretch) {
        return least_rotation(symbols.subspan(stretch.begin, length)) == canonical;
    };
    std::vector<Stretch> stretches = stretches_of(symbols, length);
    if (stretches.empty() || !repeats_round(stretches.back())) return std::nullopt;
    const Stretch now = stretches.back();
    stretches.pop_back();
    if (symbols.size() - now.end >= length) return std::nullopt;
    if (now.size() / length < caution * std::max<std::size_t>(options.min_rounds, 3)) return std::nullopt;

    std::set<std::pair<std::size_t, Symbol>> ways_it_broke;
    std::size_t longest = 0;
    std::size_t requests = now.size();
    for (const Stretch& stretch : stretches) {
        pause_point();
        if (!repeats_round(stretch)) continue;
        ways_it_broke.emplace(stretch.size(), symbols[stretch.end]);
        longest = std::max(longest, stretch.size());
        requests += stretch.size();
    }
    if (requests < (exact ? enough / 2 : enough)) return std::nullopt;
    if (!exact && now.size() < 2 * longest) return std::nullopt;
    const bool like_layers = !ways_it_broke.empty() && ways_it_broke.size() < kWaysToBreak &&
                             now.size() / kLongStretch < options.min_requests;
    if (like_layers && now.size() <= longest + length) return std::nullopt;
    return Belief{now, requests < enough};
}

// What the sequence repeats, and what may do until there is more of it.
struct Found {
    std::optional<Repeat> repeat;
    std::optional<Repeat> early;
};

// Looks at ever shorter ends of the sequence, because a long phase that is over hides the one that began
// after it. The rules are about all of the sequence: in a short end, layers look like rounds.
[[nodiscard]] Found find_repeat(SymbolView requests, const LearnOptions& options, SizeRule sizes) {
    Found found;
    const PeriodOptions detection{.min_period = kMinPeriod,
                                  .min_rounds = std::max<std::size_t>(options.min_rounds, 3),
                                  .min_coverage = 0.5,
                                  .min_share = 0};
    const std::size_t all = requests.symbols.size();
    for (std::size_t size = all; size >= kMinPeriod * detection.min_rounds; size /= 2) {
        const auto period = detect_period(requests.last(size), detection);
        if (!period) continue;
        Repeat repeat;
        if (period->modules.empty()) {
            repeat.symbols.assign(requests.symbols.begin(), requests.symbols.end());
            repeat.positions.resize(all);
            std::iota(repeat.positions.begin(), repeat.positions.end(), std::size_t{0});
        } else {
            periods::Filtered kept = periods::keep_modules(requests, period->modules);
            repeat.symbols = std::move(kept.symbols);
            repeat.positions = std::move(kept.positions);
        }
        const auto exact = std::find_if(period->rounds.begin(), period->rounds.end(),
                                        [](const Round& round) { return round.exact; });
        if (exact == period->rounds.end()) continue;
        std::vector<Symbol> round;
        round.reserve(period->length);
        for (const std::size_t position : exact->positions)
            round.push_back(requests.symbols[all - size + position]);
        const auto belief = believed(repeat.symbols, round, options, sizes);
        if (!belief || (belief->early && found.early)) continue;
        repeat.length = round.size();
        repeat.sizes = sizes;
        repeat.now = belief->now;
        (belief->early ? found.early : found.repeat) = std::move(repeat);
        if (found.repeat) break;
    }
    return found;
}

// Whether the sequence, without its sizes, ends in rounds that nothing disturbs: as many as are asked for
// where sizes change, each longer than a loop. O(n).
[[nodiscard]] bool ends_in_rounds(SymbolView requests, const LearnOptions& options) {
    std::vector<Symbol> reversed = periods::comparable(requests, SizeRule::none).symbols;
    std::reverse(reversed.begin(), reversed.end());
    const std::size_t size = reversed.size();
    const std::size_t rounds = kVariableCaution * std::max<std::size_t>(options.min_rounds, 3);
    // same[k]: how many of the symbols from k on are those from 0 on (the Z algorithm: Gusfield, Algorithms
    // on Strings, Trees and Sequences, 1.4).
    std::vector<std::size_t> same(size, 0);
    std::size_t loop = 0;  // how much of the end is a loop
    for (std::size_t k = 1, begin = 0, end = 0; k < size; ++k) {
        std::size_t count = k < end ? std::min(end - k, same[k - begin]) : 0;
        while (k + count < size && reversed[count] == reversed[k + count]) ++count;
        same[k] = count;
        if (k + count > end) {
            begin = k;
            end = k + count;
        }
        if (k < kMinPeriod) {
            loop = std::max(loop, count);
        } else if (loop < k && count >= (rounds - 1) * k) {
            return true;
        }
    }
    return false;
}

// Rounds whose sizes change.
[[nodiscard]] std::optional<Repeat> find_variable_repeat(SymbolView requests, const LearnOptions& options) {
    if (requests.symbols.size() < kVariableCaution * options.min_requests) return std::nullopt;
    if (!options.thorough && !ends_in_rounds(requests, options)) return std::nullopt;
    for (const SizeRule sizes : {SizeRule::recurring, SizeRule::none}) {
        Found found = find_repeat(periods::comparable(requests, sizes), options, sizes);
        if (found.repeat) return std::move(found.repeat);
    }
    return std::nullopt;
}

// The sizes that the requests of a slot had in the exact rounds that the thread is in.
struct Sizes {
    std::uint64_t least = UINT64_MAX;
    std::uint64_t most = 0;

    [[nodiscard]] bool vary() const { return least < most; }
};

[[nodiscard]] Sizes sizes_of(std::span<const WatchedRequest> watched, const Repeat& repeat,
                             std::size_t position) {
    Sizes sizes;
    const std::size_t first = repeat.now.begin + (position - repeat.now.begin) % repeat.length;
    for (std::size_t i = first; i < repeat.now.end; i += repeat.length) {
        const std::uint64_t size = watched[repeat.positions[i]].size;
        sizes.least = std::min(sizes.least, size);
        sizes.most = std::max(sizes.most, size);
    }
    return sizes;
}

// How long the blocks of a round live, for rounds that begin at `begin()` and a multiple of the length later.
class RoundLives {
  public:
    RoundLives(std::span<const WatchedRequest> watched, const Repeat& repeat)
        : length_(repeat.length),
          lives_(length_, 1),
          varies_(length_, false),
          symbols_(repeat.symbols),
          blocks_(length_ + 1, 0),
          bytes_(length_ + 1, 0) {
        const std::size_t rounds = std::min(repeat.rounds() - 2, kRoundsJudged);
        first_ = repeat.now.end - (rounds + 1) * length_;
        for (std::size_t i = first_; i + length_ < repeat.now.end; ++i) {
            if (i % kBetweenPauses == 0) pause_point();
            // The requests, this one the first, that were made while the block lived; one of them more than a
            // round has says that it outlived whatever round it was in.
            const auto own = repeat.positions.begin() + static_cast<std::ptrdiff_t>(i);
            const auto next = own + static_cast<std::ptrdiff_t>(length_) + 1;
            const WatchedRequest& request = watched[*own];
            const auto freed = std::lower_bound(own + 1, next, request.freed_at);
            add((i - first_) % length_, static_cast<std::size_t>(freed - own), request.size);
        }
        for (std::size_t slot = 0; repeat.sizes != SizeRule::exact && slot < length_; ++slot)
            varies_[slot] = sizes_of(watched, repeat, first_ + slot).vary();
        boundary_ = quietest();
    }

    // The position where the first round looked at begins.
    [[nodiscard]] std::size_t begin() const { return first_ + boundary_; }

    // Whether no block that dies within a round's length lives where the round begins.
    [[nodiscard]] bool begins_empty() const { return begins_empty_; }

    // One past the last request of the round, counted from its begin, that was made while the block of
    // request k lived; more than the round has where the block outlived it in some round.
    [[nodiscard]] std::size_t upper(std::size_t k) const { return k + lives_[(k + boundary_) % length_]; }

  private:
    void add(std::size_t slot, std::size_t life, std::uint64_t size) {
        lives_[slot] = std::max(lives_[slot], life);
        if (life > length_) return;  // live at every boundary once: makes no difference
        const auto bytes = static_cast<std::int64_t>(std::min(size, kMaxPlanHeight));
        const std::size_t end = slot + life;
        add_boundaries(slot + 1, std::min(end, length_), bytes);
        if (end > length_) add_boundaries(0, end - length_, bytes);
    }

    // The block is live before the slots [begin, end).
    void add_boundaries(std::size_t begin, std::size_t end, std::int64_t bytes) {
        if (begin >= end) return;
        ++blocks_[begin];
        --blocks_[end];
        bytes_[begin] += bytes;
        bytes_[end] -= bytes;
    }

    [[nodiscard]] std::size_t quietest() {
        const std::span<const Symbol> round = symbols_.subspan(first_, length_);
        std::unordered_map<Symbol, std::int64_t> times;
        for (const Symbol symbol : round) ++times[symbol];
        struct Noise {
            std::int64_t blocks, bytes;
            bool varies;
            std::int64_t times;
            auto operator<=>(const Noise&) const = default;
        };
        std::size_t best = 0;
        Noise least{INT64_MAX, INT64_MAX, true, INT64_MAX};
        std::int64_t blocks = 0;
        std::int64_t bytes = 0;
        for (std::size_t slot = 0; slot < length_; ++slot) {
            blocks += blocks_[slot];
            bytes += bytes_[slot];
            const Noise noise{blocks, bytes, varies_[slot], times[round[slot]]};
            if (noise >= least) continue;
            least = noise;
            best = slot;
        }
        begins_empty_ = least.blocks == 0;
        return best;
    }

    std::size_t length_;
    std::size_t first_ = 0;
    std::size_t boundary_ = 0;
    bool begins_empty_ = false;
    std::vector<std::size_t> lives_;  // the longest seen
    std::vector<bool> varies_;        // whether the size did
    std::span<const Symbol> symbols_;
    std::vector<std::int64_t> blocks_;  // live before each slot, as differences from slot to slot
    std::vector<std::int64_t> bytes_;
};

[[nodiscard]] bool can_be_planned(const WatchedRequest& request, Bytes min_size) {
    return request.size >= min_size.value && request.size <= kMaxPlanHeight &&
           request.alignment <= kMaxPlanAlignment &&
           (request.alignment == 0 || is_power_of_two(request.alignment));
}

[[nodiscard]] planner::PlanContents slots_of_round(std::span<const WatchedRequest> watched,
                                                   const Repeat& repeat, Places& places, Bytes min_size) {
    const RoundLives lives(watched, repeat);
    planner::PlanContents contents;
    contents.min_size = min_size;
    contents.period_requests = repeat.length;
    for (std::size_t k = 0; k < repeat.length; ++k) {
        pause_point();
        WatchedRequest request = watched[repeat.positions[lives.begin() + k]];
        const Sizes sizes = sizes_of(watched, repeat, lives.begin() + k);
        request.size = sizes.most;
        contents.period_bytes += Bytes{request.size};
        const auto& caller = places(request.caller);
        if (!caller || !can_be_planned(request, min_size)) continue;
        const std::size_t upper = lives.upper(k);
        PlannedSlot& slot = contents.slots.emplace_back();
        slot.size = Bytes{request.size};
        slot.alignment = request.alignment;
        slot.caller = *caller;
        slot.life = {{k}, {std::min(upper, repeat.length)}};
        slot.position = static_cast<std::uint32_t>(k);
        slot.left_out = upper > repeat.length;
        slot.variable = sizes.vary();
    }
    return contents;
}

// Exact rounds if there are any, else rounds whose sizes change, else exact ones that are few but begin with
// nothing alive.
[[nodiscard]] std::optional<Repeat> find_repeat(std::span<const WatchedRequest> watched, SymbolView requests,
                                                const LearnOptions& options) {
    Found exact = find_repeat(requests, options, SizeRule::exact);
    if (exact.repeat) return std::move(exact.repeat);
    if (auto variable = find_variable_repeat(requests, options)) return variable;
    if (exact.early && RoundLives(watched, *exact.early).begins_empty()) return std::move(exact.early);
    return std::nullopt;
}

[[nodiscard]] std::optional<Lesson> learn_or_throw(std::span<const WatchedRequest> watched,
                                                   const LearnOptions& options) {
    if (watched.size() < std::max(kMinPeriod * 3, options.min_requests / 2) || options.place_of == nullptr)
        return std::nullopt;
    Places places(options.place_of);
    const SymbolSequence requests = comparable(watched, places);
    const auto repeat = find_repeat(watched, requests, options);
    if (!repeat) return std::nullopt;
    planner::PlanContents contents =
        slots_of_round(watched, *repeat, places, std::max(options.min_size, Bytes{1}));
    contents.program = options.program;

    Lesson lesson;
    lesson.plan = lay_out(contents, options.budget);
    if (lesson.plan.empty()) return std::nullopt;
    lesson.period = repeat->length;
    lesson.rounds = repeat->rounds();
    lesson.height = contents.height.value;
    lesson.variable = static_cast<std::uint64_t>(std::count_if(
        contents.slots.begin(), contents.slots.end(), [](const PlannedSlot& slot) { return slot.variable; }));
    lesson.left_out = static_cast<std::uint64_t>(std::count_if(
        contents.slots.begin(), contents.slots.end(), [](const PlannedSlot& slot) { return slot.left_out; }));
    return lesson;
}

[[nodiscard]] bool alike(const WatchedRequest& a, const WatchedRequest& b) {
    return a.size == b.size && a.caller == b.caller && a.alignment == b.alignment;
}

// How far back the same kGram requests in a row were last, most often: candidates for the length of a round.
[[nodiscard]] std::vector<std::size_t> likely_lags(std::span<const WatchedRequest> requests) {
    constexpr std::size_t kGram = 8;
    constexpr std::size_t kCandidates = 4;
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
    // The last place of a gram: the other half of its hash, and one past its end; 0: none. Where two grams
    // share an entry, the older one is forgotten, which costs a count.
    struct Last {
        std::uint32_t gram = 0;
        std::uint32_t end = 0;
    };
    std::vector<Last> last(std::bit_ceil(requests.size() + 1));
    std::vector<std::uint32_t> times(std::max(requests.size() / 4, kMinPeriod) + 1, 0);  // of each lag
    std::uint64_t gram = 0;  // shifts out what is older: a byte of each request's hash
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (i % kBetweenPauses == 0) pause_point();
        const WatchedRequest& request = requests[i];
        const std::uint64_t hash =
            (request.size ^ std::rotl(reinterpret_cast<std::uintptr_t>(request.caller), 32)) * kOdd;
        gram = gram << 8 | hash >> 56;
        if (i + 1 < kGram) continue;
        const std::uint64_t mixed = periods::mix(gram);
        const auto rest = static_cast<std::uint32_t>(mixed >> 32);
        const auto end = static_cast<std::uint32_t>(i + 1);
        Last& before = last[mixed & (last.size() - 1)];
        if (before.end != 0 && before.gram == rest && end - before.end < times.size())
            ++times[end - before.end];
        before = {rest, end};
    }
    std::vector<std::size_t> most;
    while (most.size() < kCandidates) {
        const auto best = std::max_element(times.rbegin(), times.rend() - kMinPeriod);
        if (*best == 0) break;
        most.push_back(static_cast<std::size_t>(times.rend() - best) - 1);
        *best = 0;
    }
    return most;
}

// Whether seven in eight of the last `count` requests are like those `lag` before them.
[[nodiscard]] bool mostly_repeats(std::span<const WatchedRequest> requests, std::size_t lag,
                                  std::size_t count) {
    if (lag + count > requests.size()) return false;
    std::size_t same = 0;
    for (std::size_t i = requests.size() - count; i < requests.size(); ++i)
        same += alike(requests[i], requests[i - lag]) ? 1 : 0;
    return 8 * same >= 7 * count;
}

}  // namespace

bool seems_to_repeat(std::span<const WatchedRequest> requests) {
    constexpr std::size_t kEnough = 500;
    for (const std::size_t lag : likely_lags(requests)) {
        if (mostly_repeats(requests, lag, std::max(3 * lag, kEnough - std::min(lag, kEnough)))) return true;
    }
    return false;
}

std::optional<Lesson> learn(std::span<const WatchedRequest> requests, const LearnOptions& options) noexcept {
    try {
        return learn_or_throw(requests, options);
    } catch (...) {  // memory ran out
        return std::nullopt;
    }
}

}  // namespace memo
