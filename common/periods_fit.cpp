// From a pattern to a fit: which of the aligned rounds belong to the repeating part of the sequence.
#include "common/periods_fit.h"

#include <algorithm>

namespace memo::periods {
namespace {

// What was found of one round.
struct FoundRound {
    std::int64_t round = 0;
    std::size_t present = 0;
    std::size_t begin = 0;  // half-open range of positions
    std::size_t end = 0;

    [[nodiscard]] bool exact(std::size_t length) const { return present == length && end - begin == length; }
};

std::vector<FoundRound> found_rounds(std::span<const Stretch> stretches, std::size_t length) {
    std::vector<FoundRound> rounds;
    for (const Stretch& stretch : stretches) {
        std::size_t done = 0;
        while (done < stretch.count) {
            const std::int64_t step = stretch.step + static_cast<std::int64_t>(done);
            const std::size_t count = std::min(stretch.count - done, length - slot_of(step, length));
            const std::size_t begin = stretch.position + done;
            if (rounds.empty() || rounds.back().round != round_of(step, length)) {
                rounds.push_back({.round = round_of(step, length), .begin = begin});
            }
            rounds.back().present += count;
            rounds.back().end = begin + count;
            done += count;
        }
    }
    return rounds;
}

// An inexact round at the rim of the repeating part belongs to it if it is there for the most part and near
// its neighbour; else it is a chance resemblance in the warm-up or the tail.
bool belongs(const FoundRound& round, const FoundRound& neighbour, std::size_t length) {
    const std::size_t gap =
        round.begin < neighbour.begin ? neighbour.begin - round.end : round.begin - neighbour.end;
    const bool adjacent = round.round + 1 == neighbour.round || neighbour.round + 1 == round.round;
    return adjacent && 2 * round.present >= length && round.end - round.begin <= 2 * length && gap <= length;
}

}  // namespace

std::optional<Fit> fit_rounds(std::size_t size, std::vector<Symbol> pattern, std::vector<Stretch> stretches,
                              const PeriodOptions& options) {
    const std::size_t length = pattern.size();
    const std::vector<FoundRound> rounds = found_rounds(stretches, length);

    // The warm-up ends with the earliest exact round from which on exact rounds explain enough.
    constexpr std::size_t kUnknown = SIZE_MAX;
    const auto enough = [&](std::size_t exact, std::size_t begin) {
        return static_cast<double>(exact * length) >=
               options.min_coverage * static_cast<double>(size - begin);
    };
    std::size_t first = kUnknown;
    std::size_t last = kUnknown;
    std::size_t exact_so_far = 0;
    std::size_t exact_rounds = 0;
    for (std::size_t i = rounds.size(); i-- > 0;) {
        if (!rounds[i].exact(length)) continue;
        if (last == kUnknown) last = i;
        ++exact_so_far;
        if (!enough(exact_so_far, rounds[i].begin)) continue;
        first = i;
        exact_rounds = exact_so_far;
    }
    if (first == kUnknown || exact_rounds < options.min_rounds) return std::nullopt;
    if (static_cast<double>(exact_rounds * length) < options.min_share * static_cast<double>(size))
        return std::nullopt;

    while (first > 0 && belongs(rounds[first - 1], rounds[first], length) &&
           enough(exact_rounds, rounds[first - 1].begin)) {
        --first;
    }
    while (last + 1 < rounds.size() && belongs(rounds[last + 1], rounds[last], length)) ++last;
    std::size_t explained = 0;
    for (std::size_t i = first; i <= last; ++i) explained += rounds[i].present;
    return Fit{.pattern = std::move(pattern),
               .stretches = std::move(stretches),
               .first_round = rounds[first].round,
               .last_round = rounds[last].round,
               .begin = rounds[first].begin,
               .end = rounds[last].end,
               .exact_rounds = exact_rounds,
               .explained = explained};
}

std::optional<Fit> fit_pattern(std::span<const Symbol> sequence, std::vector<Symbol> pattern,
                               std::size_t anchor, const PeriodOptions& options) {
    std::optional<std::vector<Stretch>> stretches = align(sequence, pattern, anchor);
    if (!stretches) return std::nullopt;
    return fit_rounds(sequence.size(), std::move(pattern), std::move(*stretches), options);
}

}  // namespace memo::periods
