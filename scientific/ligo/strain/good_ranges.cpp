// Which parts of a detector's strain are good (good_ranges.h).
#include "scientific/ligo/strain/good_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace memo::ligo {

namespace {

constexpr std::size_t kMostTold = 3;  // gaps told one by one
constexpr float kMostStrain = 1;      // arms twice as long: damage, and too much for transforms of floats

}  // namespace

std::string told(const std::vector<Range>& ranges, const Strain& strain) {
    std::string text;
    double seconds = 0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const double length = static_cast<double>(ranges[i].size()) / strain.rate;
        seconds += length;
        if (i < kMostTold)
            text += fmt::format("{}{:.4g} s from GPS {:.3f}", i > 0 ? ", " : "", length,
                                strain.gps_start + static_cast<double>(ranges[i].begin) / strain.rate);
    }
    if (ranges.size() > kMostTold)
        text += fmt::format(" and {} more, {:.4g} s in all", ranges.size() - kMostTold, seconds);
    return text;
}

namespace {

void note_gaps(Strain& strain) {
    std::vector<Range> gaps;
    std::size_t end = 0;
    for (const Range& range : strain.good) {
        if (range.begin > end) gaps.push_back({end, range.begin});
        end = range.end;
    }
    if (end < strain.samples.size()) gaps.push_back({end, strain.samples.size()});
    if (!gaps.empty()) strain.notes.push_back("no good data for " + told(gaps, strain));
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
            const bool good = is_fit && std::abs(strain.samples[i]) < kMostStrain;
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
