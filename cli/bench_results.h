// What `memo bench` measures, from the rounds of one start to the table over all starts.
//
// A round is one line that the program wrote to the file MEMO_BENCH_ROUNDS names: "wall_ms cpu_ms faults",
// and "rss_kb" behind them if the program says what is resident after the round. A program that writes no
// line has one round: the whole process. Thread safety: pure functions.
#pragma once

#include "cli/output.h"
#include "common/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo::cli {

struct BenchRound {
    double wall_ms = 0;
    double cpu_ms = 0;
    double faults = 0;
    double rss_kb = 0;  // resident after the round; 0: the program did not say
};

// One start of the program with one allocator.
struct Measurement {
    std::string allocator;
    std::size_t start = 0;   // from 1
    std::size_t rounds = 0;  // measured, the warm-up left out
    double wall_ms_median = 0;
    double wall_ms_p99 = 0;
    double cpu_ms_median = 0;
    double cpu_ms_mean = 0;
    double faults = 0;          // a round, on average
    double steady_rss_kb = 0;   // the median of the rounds; 0: the program did not say
    double process_cpu_ms = 0;  // of the whole process, its start and the warm-up too
    std::uint64_t peak_rss_kb = 0;
};

// The lines of a rounds file. The error names the first that is not three or four numbers of at least 0.
[[nodiscard]] Result<std::vector<BenchRound>> parse_rounds(std::string_view text);

// The value that at least the share `quantile` of the values are not above (nearest rank); 0 of no values.
// 0.5 gives the lower median.
[[nodiscard]] double quantile_of(std::vector<double> values, double quantile);

// The mean of the two middle values where their number is even; 0 of no values.
[[nodiscard]] double median_of(std::vector<double> values);

// Fills in what rounds say; `rounds` is not empty.
void summarise(std::span<const BenchRound> rounds, Measurement& measurement);

[[nodiscard]] Json bench_json(std::span<const Measurement> measurements);

// A row an allocator in the order in which they first appear: the median over the starts, and the range; the
// best value of each column is marked.
[[nodiscard]] std::string bench_text(std::span<const Measurement> measurements);

}  // namespace memo::cli
