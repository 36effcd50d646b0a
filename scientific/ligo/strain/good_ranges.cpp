// Which parts of a detector's strain are good (good_ranges.h).
#include "scientific/ligo/strain/good_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace memo::ligo {

namespace {

constexpr std::size_t kMostNotes = 8;  // gaps told one by one

void note_gaps(Strain& strain) {
    std::vector<Range> gaps;
    std::size_t end = 0;
    for (const Range& range : strain.good) {
        if (range.begin > end) gaps.push_back({end, range.begin});
        end = range.end;
    }
    if (end < strain.samples.size()) gaps.push_back({end, strain.samples.size()});
    double missing = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const double seconds = static_cast<double>(gaps[i].size()) / strain.rate;
        missing += seconds;
        if (i >= kMostNotes) continue;
        strain.notes.push_back(
            fmt::format("no good data for {:.4g} s from GPS {:.3f}", seconds,
                        strain.gps_start + static_cast<double>(gaps[i].begin) / strain.rate));
    }
    if (gaps.size() > kMostNotes)
        strain.notes.push_back(
            fmt::format("{} gaps in all, {:.4g} s of {:.4g} s", gaps.size(), missing, strain.seconds()));
}

}  // namespace

void find_good(Strain& strain, const std::vector<bool>& fit) {
    strain.good.clear();
    const auto second = static_cast<std::size_t>(std::lround(strain.rate));
    const std::size_t count = strain.samples.size();
    bool inside = false;
    for (std::size_t begin = 0; begin < count; begin += second) {
        const bool is_fit = begin / second >= fit.size() || fit[begin / second];
        for (std::size_t i = begin; i < std::min(count, begin + second); ++i) {
            const bool good = is_fit && std::isfinite(strain.samples[i]);
            if (good && !inside) strain.good.push_back({i, i});
            if (good) strain.good.back().end = i + 1;
            inside = good;
        }
    }
    zero_outside(strain);
    note_gaps(strain);
}

void zero_outside(Strain& strain) {
    std::size_t end = 0;
    for (const Range& range : strain.good) {
        std::fill(strain.samples.begin() + static_cast<std::ptrdiff_t>(end),
                  strain.samples.begin() + static_cast<std::ptrdiff_t>(range.begin), 0.0F);
        end = range.end;
    }
    std::fill(strain.samples.begin() + static_cast<std::ptrdiff_t>(end), strain.samples.end(), 0.0F);
}

}  // namespace memo::ligo
