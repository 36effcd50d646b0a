// Period detection: does a sequence of requests repeat, with which period, and where does it deviate?
// Used offline on traces (memo periods, memo plan) and, later, online by the allocator's learner.
//
// The sequence is one thread's allocations in program order. Two requests are the same if size, alignment and
// caller agree. Layers repeat inside a round, so the shortest local repeat is not the answer: the period is
// the shortest one that explains (nearly) as much of the sequence as any, and breaks no oftener
// (common/periods_fit.h). Where no period explains enough, the modules whose requests do not repeat are
// filtered out (common/periods_modules.h); and where that does not help either, sizes may be left out of the
// comparison (common/periods_variable.h).
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo {

// What the allocator can see of a request: the key of matching.
struct Request {
    std::uint64_t size = 0;
    std::uint32_t alignment = 0;  // 0: none asked for
    std::uint32_t module = 0;     // of the caller; any dense numbering
    std::uint64_t caller = 0;     // offset in that module

    bool operator==(const Request&) const = default;
};

namespace periods {
struct SymbolSequence;  // requests as small integers (common/periods_symbols.h)
struct SymbolView;      // of such a sequence
}  // namespace periods

struct PeriodOptions {
    std::size_t min_period = 16;  // requests; shorter repeats are loops, not rounds
    std::size_t min_rounds = 3;   // exact rounds before we believe it
    double min_coverage = 0.5;    // share of the requests after the warm-up that exact rounds must explain
    double min_share = 0.001;     // share of all requests that they must explain: a loop at exit is no period
    bool variable_sizes = false;  // where no exact period is found, look for one whose sizes change
};

// Which sizes count when requests are compared.
enum class SizeRule : std::uint8_t { exact, recurring, none };

enum class DeviationKind : std::uint8_t { extra, missing };

// A stretch where the sequence departs from the period.
struct Deviation {
    std::size_t round = 0;     // index into Period::rounds: where it happened, or (extra, slot 0) after which
    std::size_t position = 0;  // in the original sequence: the first extra one, or where the missing would be
    std::size_t slot = 0;      // index into the period: the slot after the extra ones, or the first missing
    std::size_t count = 0;     // how many requests in a row
    DeviationKind kind = DeviationKind::extra;
};

// One pass through the period. `positions[k]` is the index into the original sequence of the k-th request of
// the period, or SIZE_MAX where that request is missing in this round.
struct Round {
    std::size_t begin = 0;  // half-open range [begin, end) in the original sequence
    std::size_t end = 0;
    bool exact = false;  // every request present and, after the module filter, nothing extra
    std::vector<std::size_t> positions;
};

struct Period {
    std::size_t length = 0;              // requests a round, after the module filter
    std::size_t warm_up = 0;             // requests of the original sequence before the first round
    std::vector<std::uint32_t> modules;  // modules kept, ascending; empty: all
    std::vector<Request> requests;       // the period itself, `length` of them; sizes are the largest seen
    SizeRule sizes = SizeRule::exact;    // by which it was found
    std::vector<bool> varies;            // unless sizes are exact: whether that of request k does
    std::vector<Round> rounds;           // in order, disjoint; the first and the last may be incomplete
    std::vector<Deviation> deviations;   // in order; with the rounds they account for every request between
                                         // the first round's begin and the last one's end, and every slot
};

// The period of `sequence`, or nothing if it has none. Its first request is where the repeating part starts,
// which need not be the true boundary of rounds. O(n log n) expected, O(n) memory; at most 2^32 - 2 requests.
[[nodiscard]] std::optional<Period> detect_period(std::span<const Request> sequence,
                                                  const PeriodOptions& options = {});
[[nodiscard]] std::optional<Period> detect_period(periods::SymbolView sequence,
                                                  const PeriodOptions& options = {});

// The same period with its first request moved to `shift` (0 <= shift < length), for callers that know a
// better boundary (the point with the fewest live blocks). The rounds are found anew. If no round is whole
// when cut there, the period comes back as it was.
[[nodiscard]] Period rotate_period(std::span<const Request> sequence, const Period& period,
                                   std::size_t shift);
[[nodiscard]] Period rotate_period(const periods::SymbolSequence& sequence, const Period& period,
                                   std::size_t shift);

}  // namespace memo
