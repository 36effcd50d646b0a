// detect_period and rotate_period: from requests to symbols, from the best fit back to rounds and deviations
// in terms of the original sequence.
#include "common/periods.h"

#include "common/periods_fit.h"
#include "common/periods_modules.h"
#include "common/periods_variable.h"

#include <algorithm>
#include <utility>

namespace memo {
namespace {

using periods::Filtered;
using periods::Fit;
using periods::Stretch;
using periods::Symbol;
using periods::SymbolSequence;
using periods::SymbolView;

// From positions in what the module filter left to positions in the original sequence.
class Origin {
  public:
    explicit Origin(std::span<const std::size_t> positions) : positions_(positions) {}
    [[nodiscard]] std::size_t operator()(std::size_t position) const {
        return positions_.empty() ? position : positions_[position];
    }

  private:
    std::span<const std::size_t> positions_;  // empty: nothing was left out
};

// Writes down the rounds of a fit, one stretch after the other, and what lies between the stretches.
class PeriodBuilder {
  public:
    PeriodBuilder(const Fit& fit, std::span<const Request> requests, Origin origin)
        : fit_(fit), origin_(origin), length_(fit.pattern.size()) {
        period_.length = length_;
        period_.requests.reserve(length_);
        for (const Symbol symbol : fit.pattern) period_.requests.push_back(requests[symbol]);
        period_.rounds.resize(fit.rounds());
        for (Round& round : period_.rounds) round.positions.assign(length_, kMissing);
    }

    Period build() && {
        std::size_t position = fit_.begin;
        std::int64_t step = first_step();
        for (const Stretch& stretch : fit_.stretches) {
            const std::int64_t begin = std::max(stretch.step, first_step());
            const std::int64_t end = std::min(stretch.end_step(), end_step());
            if (begin >= end) continue;
            const std::size_t from = stretch.position + static_cast<std::size_t>(begin - stretch.step);
            record_extra(position, from, step);
            record_missing(step, begin, from);
            const auto count = static_cast<std::size_t>(end - begin);
            record_slots(from, begin, count);
            position = from + count;
            step = end;
        }
        record_missing(step, end_step(), position);
        for (Round& round : period_.rounds) finish(round);
        period_.warm_up = period_.rounds.front().begin;
        return std::move(period_);
    }

  private:
    static constexpr std::size_t kMissing = SIZE_MAX;

    [[nodiscard]] std::int64_t first_step() const {
        return fit_.first_round * static_cast<std::int64_t>(length_);
    }
    [[nodiscard]] std::int64_t end_step() const {
        return (fit_.last_round + 1) * static_cast<std::int64_t>(length_);
    }
    [[nodiscard]] std::size_t round_index(std::int64_t step) const {
        return static_cast<std::size_t>(periods::round_of(step, length_) - fit_.first_round);
    }
    // The position in the original sequence, which for one past the end is one past the last.
    [[nodiscard]] std::size_t original(std::size_t position) const {
        return position == 0 ? origin_(0) : origin_(position - 1) + 1;
    }

    // Symbols in [begin, end) stand before slot `step`; between two rounds they belong to the earlier one.
    void record_extra(std::size_t begin, std::size_t end, std::int64_t step) {
        if (begin == end) return;
        const std::size_t slot = periods::slot_of(step, length_);
        const std::size_t round = round_index(slot == 0 && step > first_step() ? step - 1 : step);
        period_.deviations.push_back({round, origin_(begin), slot, end - begin, DeviationKind::extra});
    }

    // A stretch of missing slots that spans two rounds is two deviations.
    void record_missing(std::int64_t begin, std::int64_t end, std::size_t position) {
        while (begin < end) {
            const std::size_t slot = periods::slot_of(begin, length_);
            const std::size_t count = std::min(static_cast<std::size_t>(end - begin), length_ - slot);
            const std::size_t where = position == fit_.end ? original(position) : origin_(position);
            period_.deviations.push_back({round_index(begin), where, slot, count, DeviationKind::missing});
            begin += static_cast<std::int64_t>(count);
        }
    }

    void record_slots(std::size_t position, std::int64_t step, std::size_t count) {
        while (count > 0) {
            Round& round = period_.rounds[round_index(step)];
            const std::size_t slot = periods::slot_of(step, length_);
            const std::size_t here = std::min(count, length_ - slot);
            for (std::size_t i = 0; i < here; ++i) round.positions[slot + i] = origin_(position + i);
            round.exact = here == length_;
            position += here;
            step += static_cast<std::int64_t>(here);
            count -= here;
        }
    }

    static void finish(Round& round) {
        const auto present = [](std::size_t position) { return position != kMissing; };
        const auto first = std::find_if(round.positions.begin(), round.positions.end(), present);
        const auto last = std::find_if(round.positions.rbegin(), round.positions.rend(), present);
        if (first == round.positions.end()) return;
        round.begin = *first;
        round.end = *last + 1;
    }

    const Fit& fit_;
    Origin origin_;
    std::size_t length_;
    Period period_;
};

// The kept requests of the rounds of a period, and of one more length on either side.
struct Window {
    std::vector<Request> requests;
    std::vector<std::size_t> positions;
};

Window window_of(const SymbolSequence& sequence, const Period& period) {
    const auto request = [&](std::size_t i) -> const Request& {
        return sequence.requests[sequence.symbols[i]];
    };
    const auto kept = [&](std::size_t position) {
        return period.modules.empty() ||
               std::binary_search(period.modules.begin(), period.modules.end(), request(position).module);
    };
    std::size_t begin = period.rounds.front().begin;
    for (std::size_t wanted = period.length; begin > 0 && wanted > 0; --begin)
        wanted -= kept(begin - 1) ? 1 : 0;
    Window window;
    std::size_t wanted = period.length;
    for (std::size_t i = begin; i < sequence.symbols.size() && wanted > 0; ++i) {
        if (!kept(i)) continue;
        window.requests.push_back(request(i));
        window.positions.push_back(i);
        if (i >= period.rounds.back().end) --wanted;
    }
    return window;
}

std::optional<Period> detect_exact(SymbolView interned, const PeriodOptions& options) {
    if (const std::optional<Fit> fit = periods::best_fit(interned.symbols, options)) {
        return PeriodBuilder(*fit, interned.requests, Origin({})).build();
    }
    std::vector<std::uint32_t> modules = periods::repeating_modules(interned, options);
    if (modules.empty()) return std::nullopt;
    const Filtered filtered = periods::keep_modules(interned, modules);
    const std::optional<Fit> fit = periods::best_fit(filtered.symbols, options);
    if (!fit) return std::nullopt;
    Period period = PeriodBuilder(*fit, interned.requests, Origin(filtered.positions)).build();
    period.modules = std::move(modules);
    return period;
}

Period rotate_exact(const SymbolSequence& sequence, const Period& period, std::size_t shift) {
    const Window window = window_of(sequence, period);
    const auto exact = [](const Round& round) { return round.exact; };
    const auto model = std::find_if(period.rounds.begin(), period.rounds.end(), exact);
    if (model == period.rounds.end() || shift >= period.length) return period;
    const SymbolSequence interned = periods::intern(window.requests);
    const auto index_of = [&](std::size_t position) {
        const auto found = std::lower_bound(window.positions.begin(), window.positions.end(), position);
        return static_cast<std::size_t>(found - window.positions.begin());
    };
    std::vector<Symbol> pattern;
    pattern.reserve(period.length);
    for (std::size_t slot = 0; slot < period.length; ++slot) {
        pattern.push_back(interned.symbols[index_of(model->positions[(slot + shift) % period.length])]);
    }
    const PeriodOptions any_round{.min_period = 1, .min_rounds = 1, .min_coverage = 0, .min_share = 0};
    const std::optional<Fit> fit = periods::fit_pattern(interned.symbols, std::move(pattern),
                                                        index_of(model->positions[shift]), any_round);
    if (!fit) return period;
    Period rotated = PeriodBuilder(*fit, interned.requests, Origin(window.positions)).build();
    rotated.modules = period.modules;
    return rotated;
}

}  // namespace

std::optional<Period> detect_period(std::span<const Request> sequence, const PeriodOptions& options) {
    if (sequence.size() > periods::kMaxSequence) return std::nullopt;
    return detect_period(periods::intern(sequence), options);
}

std::optional<Period> detect_period(SymbolView sequence, const PeriodOptions& options) {
    if (sequence.symbols.size() > periods::kMaxSequence) return std::nullopt;
    std::optional<Period> period = detect_exact(sequence, options);
    if (period || !options.variable_sizes) return period;
    for (const SizeRule rule : {SizeRule::recurring, SizeRule::none}) {
        period = detect_exact(periods::comparable(sequence, rule), periods::stricter(options));
        if (!period || !periods::is_steady(*period, sequence.symbols.size())) continue;
        period->sizes = rule;
        periods::fill_in_sizes(sequence, *period);
        return period;
    }
    return std::nullopt;
}

Period rotate_period(std::span<const Request> sequence, const Period& period, std::size_t shift) {
    return rotate_period(periods::intern(sequence), period, shift);
}

Period rotate_period(const SymbolSequence& sequence, const Period& period, std::size_t shift) {
    if (period.sizes == SizeRule::exact) return rotate_exact(sequence, period, shift);
    Period rotated = rotate_exact(periods::comparable(sequence, period.sizes), period, shift);
    rotated.sizes = period.sizes;
    periods::fill_in_sizes(sequence, rotated);
    return rotated;
}

}  // namespace memo
