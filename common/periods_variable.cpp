// Leaving sizes out, and putting them back (common/periods_variable.h).
#include "common/periods_variable.h"

#include <algorithm>

namespace memo::periods {
namespace {

constexpr std::size_t kMoreRounds = 8;
constexpr double kMoreCoverage = 0.8;
constexpr std::size_t kSteadyPerTen = 8;

// How often the request in the middle occurs, when all are ordered by how often they do. What is asked for
// once in every round occurs as often as there are rounds, and most requests are of that kind.
[[nodiscard]] std::size_t usual_count(SymbolView sequence, std::span<const std::size_t> counts) {
    std::vector<std::size_t> of_each;
    of_each.reserve(sequence.symbols.size());
    for (const Symbol symbol : sequence.symbols) of_each.push_back(counts[symbol]);
    const auto middle = of_each.begin() + static_cast<std::ptrdiff_t>(of_each.size() / 2);
    std::nth_element(of_each.begin(), middle, of_each.end());
    return *middle;
}

}  // namespace

SymbolSequence comparable(SymbolView sequence, SizeRule rule) {
    if (rule == SizeRule::exact || sequence.symbols.empty()) {
        return {{sequence.symbols.begin(), sequence.symbols.end()},
                {sequence.requests.begin(), sequence.requests.end()}};
    }
    std::vector<std::size_t> counts(sequence.requests.size(), 0);
    for (const Symbol symbol : sequence.symbols) ++counts[symbol];
    const std::size_t usual = usual_count(sequence, counts);
    SymbolSequence result;
    Interner interner;
    result.symbols.reserve(sequence.symbols.size());
    for (const Symbol symbol : sequence.symbols) {
        Request request = sequence.requests[symbol];
        const bool recurs = 2 * counts[symbol] >= usual && usual > 2;
        if (rule == SizeRule::none || !recurs) request.size = kAnySize;
        interner.append(request, result);
    }
    return result;
}

PeriodOptions stricter(const PeriodOptions& options) {
    PeriodOptions result = options;
    result.min_rounds = std::max(options.min_rounds, kMoreRounds);
    result.min_coverage = std::max(options.min_coverage, kMoreCoverage);
    return result;
}

bool is_steady(const Period& period, std::size_t requests) {
    const auto exact = static_cast<std::size_t>(std::count_if(
        period.rounds.begin(), period.rounds.end(), [](const Round& round) { return round.exact; }));
    const std::size_t after = requests - period.rounds.back().end;
    return exact * 10 >= period.rounds.size() * kSteadyPerTen && after < 2 * period.length;
}

void fill_in_sizes(SymbolView sequence, Period& period) {
    period.varies.assign(period.length, false);
    for (std::size_t slot = 0; slot < period.length; ++slot) {
        std::uint64_t least = UINT64_MAX;
        std::uint64_t most = 0;
        for (const Round& round : period.rounds) {
            if (round.positions[slot] >= sequence.symbols.size()) continue;  // missing
            const std::uint64_t size = sequence.requests[sequence.symbols[round.positions[slot]]].size;
            least = std::min(least, size);
            most = std::max(most, size);
        }
        period.requests[slot].size = most;
        period.varies[slot] = least < most;
    }
}

}  // namespace memo::periods
