// The choice among fits: candidate lags become patterns, patterns become fits, and the period is the shortest
// one that no longer one explains better.
#include "common/periods_fit.h"
#include "common/periods_lags.h"

#include <algorithm>
#include <utility>

namespace memo::periods {
namespace {

constexpr std::size_t kCandidates = 16;
constexpr double kAsMuch = 0.9;  // of what the best fit explains

// The length of the shortest string of which `pattern` is a power (Knuth, Morris and Pratt 1977).
std::size_t primitive_length(std::span<const Symbol> pattern) {
    std::vector<std::size_t> border(pattern.size() + 1, 0);
    std::size_t matched = 0;
    for (std::size_t i = 1; i < pattern.size(); ++i) {
        while (matched > 0 && pattern[i] != pattern[matched]) matched = border[matched];
        if (pattern[i] == pattern[matched]) ++matched;
        border[i + 1] = matched;
    }
    const std::size_t length = pattern.size() - border[pattern.size()];
    return pattern.size() % length == 0 ? length : pattern.size();
}

// Where the repeating part of a sequence starts: the first stretch of at least a round that ends after
// `position`, or what leads up to it with small gaps.
std::optional<Stretch> beginning(std::span<const Stretch> stretches, std::size_t length,
                                 std::size_t position) {
    const auto reaches = [&](const Stretch& stretch) {
        return stretch.end() > position && stretch.count >= length;
    };
    auto start = std::find_if(stretches.begin(), stretches.end(), reaches);
    if (start == stretches.end()) return std::nullopt;
    while (start != stretches.begin()) {
        const Stretch& before = *(start - 1);
        const bool near = start->position - before.end() <= length / 4 &&
                          static_cast<std::size_t>(start->step - before.end_step()) <= length / 4;
        if (!near) break;
        --start;
    }
    return *start;
}

// The pattern with its first symbol moved to slot `slot`.
std::vector<Symbol> rotated(std::span<const Symbol> pattern, std::size_t slot) {
    std::vector<Symbol> result(pattern.begin() + static_cast<std::ptrdiff_t>(slot), pattern.end());
    result.insert(result.end(), pattern.begin(), pattern.begin() + static_cast<std::ptrdiff_t>(slot));
    return result;
}

// The fit of what stands in a window. Where rounds are few, it matters where they start: a deviation spoils
// one round, and so do the ends of the repeating part.
std::optional<Fit> fit_window(std::span<const Symbol> sequence, std::size_t begin, std::size_t length,
                              const PeriodOptions& options) {
    const std::span<const Symbol> window = sequence.subspan(begin, length);
    const std::size_t primitive = primitive_length(window);
    if (primitive < options.min_period) return std::nullopt;
    const std::span<const Symbol> pattern = window.first(primitive);
    const std::optional<std::vector<Stretch>> stretches = align(sequence, pattern, begin);
    if (!stretches) return std::nullopt;
    std::optional<Fit> fit =
        fit_rounds(sequence.size(), {pattern.begin(), pattern.end()}, *stretches, options);
    const std::optional<Stretch> start = beginning(*stretches, primitive, fit ? fit->begin : 0);
    if (!start || slot_of(start->step, primitive) == 0) return fit;
    std::vector<Stretch> moved = *stretches;
    for (Stretch& stretch : moved) stretch.step -= start->step;
    std::optional<Fit> other = fit_rounds(sequence.size(), rotated(pattern, slot_of(start->step, primitive)),
                                          std::move(moved), options);
    if (!fit || (other && other->explained > fit->explained)) return other;
    return fit;
}

// A stretch that equals itself one lag on and is at least a round long begins and ends with the same round.
// If it is shorter, no two neighbouring rounds are equal, and one of its ends may hold a deviation.
std::optional<Fit> fit_lag(std::span<const Symbol> sequence, const Lag& lag, const PeriodOptions& options) {
    std::optional<Fit> fit = fit_window(sequence, lag.run_begin, lag.length, options);
    if (lag.run_count >= lag.length) return fit;
    std::optional<Fit> other = fit_window(sequence, lag.run_begin + lag.run_count, lag.length, options);
    if (!fit || (other && other->exact_rounds > fit->exact_rounds)) return other;
    return fit;
}

// How often the rounds of a fit break between two positions. What agrees for a few symbols in between is
// still the same break.
std::size_t breaks_between(const Fit& fit, std::size_t begin, std::size_t end) {
    const std::size_t substantial = std::min<std::size_t>(12, fit.pattern.size());
    std::size_t pieces = 0;
    for (const Stretch& stretch : fit.stretches) {
        const std::size_t from = std::max(stretch.position, begin);
        const std::size_t to = std::min(stretch.end(), end);
        if (from < to && to - from >= substantial) ++pieces;
    }
    return pieces > 0 ? pieces - 1 : 0;
}

// A period that takes the place of several rounds of a shorter one must be worth it; one that is just a few
// requests longer, so that something that comes in most rounds is part of it, need only break less often.
bool explains_better(const Fit& longer, const Fit& shorter) {
    const std::size_t breaks = breaks_between(longer, longer.begin, longer.end);
    const std::size_t breaks_of_shorter = breaks_between(shorter, longer.begin, longer.end);
    if (breaks_of_shorter <= breaks) return false;
    const bool same_rounds = 2 * longer.pattern.size() < 3 * shorter.pattern.size();
    return same_rounds || 2 * (breaks_of_shorter - breaks) >= longer.rounds();
}

}  // namespace

std::optional<Fit> best_fit(std::span<const Symbol> sequence, const PeriodOptions& options) {
    const std::size_t max_length = sequence.size() / std::max<std::size_t>(options.min_rounds, 2);
    std::vector<Fit> fits;
    for (const Lag& lag : candidate_lags(sequence, options.min_period, max_length, kCandidates)) {
        if (std::optional<Fit> fit = fit_lag(sequence, lag, options)) fits.push_back(std::move(*fit));
    }
    if (fits.empty()) return std::nullopt;

    std::size_t most = 0;
    for (const Fit& fit : fits) most = std::max(most, fit.explained);
    std::stable_sort(fits.begin(), fits.end(),
                     [](const Fit& a, const Fit& b) { return a.pattern.size() < b.pattern.size(); });
    Fit* best = nullptr;
    for (Fit& fit : fits) {
        if (static_cast<double>(fit.explained) < kAsMuch * static_cast<double>(most)) continue;
        if (best == nullptr || explains_better(fit, *best)) best = &fit;
    }
    // Aligned anew from there, what is near the ends of the repeating part finds its place in a round best.
    const std::size_t length = best->pattern.size();
    if (const std::optional<Stretch> start = beginning(best->stretches, length, best->begin)) {
        std::optional<Fit> moved = fit_pattern(sequence, rotated(best->pattern, slot_of(start->step, length)),
                                               start->position, options);
        if (moved) return moved;
    }
    return std::move(*best);
}

}  // namespace memo::periods
