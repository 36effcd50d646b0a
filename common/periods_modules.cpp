// The module filter: a seed that repeats by itself, then one module after the other, tested against the
// seed's rounds.
#include "common/periods_modules.h"

#include "common/periods_fit.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace memo::periods {
namespace {

constexpr std::size_t kModulesTried = 64;
constexpr std::size_t kKeptPerTen = 9;

// The distinct modules, those that asked for most bytes first.
std::vector<std::uint32_t> modules_by_bytes(SymbolView sequence) {
    std::unordered_map<std::uint32_t, std::uint64_t> bytes;
    for (const Symbol symbol : sequence.symbols) {
        const Request& request = sequence.requests[symbol];
        bytes[request.module] += request.size;
    }
    std::vector<std::uint32_t> modules;
    modules.reserve(bytes.size());
    for (const auto& entry : bytes) modules.push_back(entry.first);
    std::sort(modules.begin(), modules.end(), [&](std::uint32_t a, std::uint32_t b) {
        return bytes[a] != bytes[b] ? bytes[a] > bytes[b] : a < b;
    });
    if (modules.size() > kModulesTried) modules.resize(kModulesTried);
    return modules;
}

// Where a round begins and where the next one does, in the original sequence.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// The exact rounds that are followed by another round.
std::vector<Span> exact_spans(const Fit& fit, std::span<const std::size_t> positions) {
    std::vector<Span> spans;
    const auto length = static_cast<std::int64_t>(fit.pattern.size());
    for (const Stretch& stretch : fit.stretches) {
        if (stretch.end() <= fit.begin || stretch.position >= fit.end) continue;
        std::int64_t round = round_of(stretch.step, fit.pattern.size());
        if (round * length < stretch.step) ++round;
        for (; (round + 1) * length < stretch.end_step(); ++round) {
            const std::size_t begin =
                stretch.position + static_cast<std::size_t>(round * length - stretch.step);
            spans.push_back({positions[begin], positions[begin + fit.pattern.size()]});
        }
    }
    return spans;
}

// How regular the rounds stay when a module joins those that are kept, if it has a part in them at all.
class Agreement {
  public:
    Agreement(SymbolView sequence, std::span<const std::uint32_t> kept, std::uint32_t module)
        : sequence_(sequence) {
        parts_.reserve(sequence.requests.size());
        for (const Request& request : sequence.requests) {
            const bool is_kept = std::find(kept.begin(), kept.end(), request.module) != kept.end();
            parts_.push_back(request.module == module ? Part::tested : is_kept ? Part::kept : Part::ignored);
        }
    }

    // In how many of the spans the requests are the most common ones.
    [[nodiscard]] std::size_t among(std::span<const Span> spans) const {
        std::vector<std::uint64_t> hashes;
        hashes.reserve(spans.size());
        for (const Span& span : spans) hashes.push_back(hash_of(span));
        std::sort(hashes.begin(), hashes.end());
        std::uint64_t common = kAbsent;
        std::ptrdiff_t most = 0;
        for (auto first = hashes.begin(); first != hashes.end();) {
            const auto last = std::upper_bound(first, hashes.end(), *first);
            if (last - first > most) {
                most = last - first;
                common = *first;
            }
            first = last;
        }
        return common == kAbsent ? 0 : static_cast<std::size_t>(most);
    }

  private:
    enum class Part : std::uint8_t { ignored, kept, tested };
    static constexpr std::uint64_t kAbsent = 0;

    [[nodiscard]] std::uint64_t hash_of(const Span& span) const {
        std::uint64_t hash = 1;
        bool present = false;
        for (std::size_t i = span.begin; i < span.end; ++i) {
            const Symbol symbol = sequence_.symbols[i];
            if (parts_[symbol] == Part::ignored) continue;
            present = present || parts_[symbol] == Part::tested;
            hash = combine(hash, symbol);
        }
        return present ? hash : kAbsent;
    }

    SymbolView sequence_;
    std::vector<Part> parts_;  // by symbol
};

struct Seed {
    std::uint32_t module = 0;
    std::uint64_t bytes = 0;  // in exact rounds
    std::vector<Span> spans;
};

std::optional<Seed> find_seed(SymbolView sequence, std::span<const std::uint32_t> modules,
                              const PeriodOptions& options) {
    std::optional<Seed> best;
    for (const std::uint32_t module : modules) {
        const Filtered filtered = keep_modules(sequence, std::span(&module, 1));
        const std::optional<Fit> fit = best_fit(filtered.symbols, options);
        if (!fit) continue;
        std::uint64_t bytes = 0;
        for (const Symbol symbol : fit->pattern) bytes += sequence.requests[symbol].size;
        bytes *= fit->exact_rounds;
        if (!best || bytes > best->bytes) best = Seed{module, bytes, exact_spans(*fit, filtered.positions)};
    }
    return best;
}

}  // namespace

Filtered keep_modules(SymbolView sequence, std::span<const std::uint32_t> modules) {
    std::vector<bool> kept;
    kept.reserve(sequence.requests.size());
    for (const Request& request : sequence.requests) {
        kept.push_back(std::binary_search(modules.begin(), modules.end(), request.module));
    }
    Filtered filtered;
    for (std::size_t i = 0; i < sequence.symbols.size(); ++i) {
        if (!kept[sequence.symbols[i]]) continue;
        filtered.symbols.push_back(sequence.symbols[i]);
        filtered.positions.push_back(i);
    }
    return filtered;
}

std::vector<std::uint32_t> repeating_modules(SymbolView sequence, const PeriodOptions& options) {
    const std::vector<std::uint32_t> modules = modules_by_bytes(sequence);
    if (modules.size() < 2) return {};
    std::optional<Seed> seed = find_seed(sequence, modules, options);
    if (!seed) return {};
    std::vector<std::uint32_t> kept{seed->module};
    for (const std::uint32_t module : modules) {
        if (module == seed->module) continue;
        const std::size_t agreeing = Agreement(sequence, kept, module).among(seed->spans);
        if (agreeing > 0 && agreeing * 10 >= seed->spans.size() * kKeptPerTen) kept.push_back(module);
    }
    std::sort(kept.begin(), kept.end());
    // Together the modules must have a period of their own; if they interfere, the seed alone is sure to have
    // one.
    const std::optional<Fit> together = best_fit(keep_modules(sequence, kept).symbols, options);
    if (!together || together->exact_rounds * 10 < seed->spans.size() * kKeptPerTen) return {seed->module};
    return kept;
}

}  // namespace memo::periods
