// Rounds, medians, tables (cli/bench_results.h).
#include "cli/bench_results.h"

#include "cli/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

namespace memo::cli {

namespace {

// Takes one number off the front of `text`; false if there is none, or it is negative or not finite.
[[nodiscard]] bool take_number(std::string_view& text, double& value) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return text.empty() || text.front() == ' ' || text.front() == '\t' || text.front() == '\r';
}

// Three digits or more.
[[nodiscard]] std::string format_number(double value) {
    if (value == 0) return "0";
    return fmt::format("{:.{}f}", value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

[[nodiscard]] std::string format_megabytes(double kilobytes) {
    return format_number(kilobytes / 1024);
}

// One column of the table: which number of a measurement, and how it is written.
struct Figure {
    const char* title;
    std::function<double(const Measurement&)> value;
    std::string (*format)(double);
};

[[nodiscard]] const std::array<Figure, 5>& figures() {
    static const std::array<Figure, 5> all = {
        Figure{"wall ms", [](const Measurement& m) { return m.wall_ms_median; }, format_number},
        Figure{"p99 ms", [](const Measurement& m) { return m.wall_ms_p99; }, format_number},
        Figure{"CPU ms", [](const Measurement& m) { return m.cpu_ms_median; }, format_number},
        Figure{"faults", [](const Measurement& m) { return m.faults; }, format_number},
        Figure{"peak RSS MiB", [](const Measurement& m) { return static_cast<double>(m.peak_rss_kb); },
               format_megabytes},
    };
    return all;
}
constexpr std::size_t kCpuFigure = 2;

struct Spread {
    double median = 0;
    double least = 0;
    double most = 0;
};

struct Summary {
    std::string allocator;
    std::array<Spread, 5> spreads;
};

[[nodiscard]] std::vector<Summary> summaries_of(std::span<const Measurement> measurements) {
    std::vector<Summary> summaries;
    for (const Measurement& first : measurements) {
        const bool seen = std::any_of(summaries.begin(), summaries.end(),
                                      [&](const Summary& s) { return s.allocator == first.allocator; });
        if (seen) continue;
        Summary summary{first.allocator, {}};
        for (std::size_t f = 0; f < figures().size(); ++f) {
            std::vector<double> values;
            for (const Measurement& m : measurements) {
                if (m.allocator == first.allocator) values.push_back(figures()[f].value(m));
            }
            const auto [least, most] = std::minmax_element(values.begin(), values.end());
            summary.spreads[f] = {median_of(values), *least, *most};
        }
        summaries.push_back(std::move(summary));
    }
    return summaries;
}

[[nodiscard]] std::string describe(const Spread& spread, const Figure& figure) {
    std::string text = figure.format(spread.median);
    const std::string least = figure.format(spread.least);
    const std::string most = figure.format(spread.most);
    if (least != most) text += " (" + least + "–" + most + ")";
    return text;
}

}  // namespace

Result<std::vector<BenchRound>> parse_rounds(std::string_view text) {
    std::vector<BenchRound> rounds;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, length);
        text.remove_prefix(std::min(length + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        BenchRound round;
        const auto at_end = [&] { return line.find_first_not_of(" \t\r") == std::string_view::npos; };
        const bool good = take_number(line, round.wall_ms) && take_number(line, round.cpu_ms) &&
                          take_number(line, round.faults) && (at_end() || take_number(line, round.rss_kb));
        if (!good || !at_end()) {
            return Error{
                fmt::format("line {} of the rounds is not `wall_ms cpu_ms faults [rss_kb]`", number)};
        }
        rounds.push_back(round);
    }
    return rounds;
}

double quantile_of(std::vector<double> values, double quantile) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(values.size())));
    return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

double median_of(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void summarise(std::span<const BenchRound> rounds, Measurement& measurement) {
    std::vector<double> wall;
    std::vector<double> cpu;
    std::vector<double> resident;
    double cpu_total = 0;
    double faults = 0;
    for (const BenchRound& round : rounds) {
        wall.push_back(round.wall_ms);
        cpu.push_back(round.cpu_ms);
        resident.push_back(round.rss_kb);
        cpu_total += round.cpu_ms;
        faults += round.faults;
    }
    measurement.rounds = rounds.size();
    measurement.wall_ms_median = median_of(wall);
    measurement.wall_ms_p99 = quantile_of(wall, 0.99);
    measurement.cpu_ms_median = median_of(cpu);
    measurement.cpu_ms_mean = cpu_total / static_cast<double>(rounds.size());
    measurement.faults = faults / static_cast<double>(rounds.size());
    measurement.steady_rss_kb = median_of(resident);
}

Json bench_json(std::span<const Measurement> measurements) {
    Json rows = Json::array();
    for (const Measurement& m : measurements) {
        rows.push_back({{"allocator", m.allocator},
                        {"start", m.start},
                        {"rounds", m.rounds},
                        {"wall_ms_median", m.wall_ms_median},
                        {"wall_ms_p99", m.wall_ms_p99},
                        {"cpu_ms_median", m.cpu_ms_median},
                        {"cpu_ms_mean", m.cpu_ms_mean},
                        {"faults", m.faults},
                        {"steady_rss_kb", m.steady_rss_kb},
                        {"process_cpu_ms", m.process_cpu_ms},
                        {"peak_rss_kb", m.peak_rss_kb}});
    }
    return rows;
}

std::string bench_text(std::span<const Measurement> measurements) {
    const std::vector<Summary> summaries = summaries_of(measurements);
    std::vector<Column> columns = {{"allocator", Align::left}};
    for (const Figure& figure : figures()) columns.push_back({figure.title});
    const auto base = std::find_if(summaries.begin(), summaries.end(),
                                   [](const Summary& s) { return s.allocator == "glibc"; });
    const bool has_base = base != summaries.end() && base->spreads[kCpuFigure].median > 0;
    if (has_base) columns.push_back({"CPU / glibc"});

    Table table(columns);
    for (const Summary& summary : summaries) {
        std::vector<Cell> row = {summary.allocator};
        for (std::size_t f = 0; f < figures().size(); ++f) {
            const double best = std::min_element(summaries.begin(), summaries.end(),
                                                 [f](const auto& a, const auto& b) {
                                                     return a.spreads[f].median < b.spreads[f].median;
                                                 })
                                    ->spreads[f]
                                    .median;
            row.emplace_back(describe(summary.spreads[f], figures()[f]), summary.spreads[f].median == best);
        }
        if (has_base) {
            row.emplace_back(
                fmt::format("{:.3f}", summary.spreads[kCpuFigure].median / base->spreads[kCpuFigure].median));
        }
        table.add(std::move(row));
    }
    return table.text();
}

}  // namespace memo::cli
