// From what models say to candidates (consensus.h).
#include "scientific/ligo/search/consensus.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace memo::ligo {

namespace {

// The peak of frames [begin, end), all above 1/2; nothing if it breaks a rule.
[[nodiscard]] std::optional<Peak> peak_of(const Track& track, std::size_t begin, std::size_t end,
                                          const PeakRules& rules, float least_height) {
    const auto first = track.log_odds.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = track.log_odds.begin() + static_cast<std::ptrdiff_t>(end);
    Peak peak;
    peak.height = *std::max_element(first, last);
    peak.width = static_cast<double>(end - begin) / track.rate;
    peak.time = track.start + static_cast<double>(end - 1) / track.rate;
    if (peak.height < least_height || peak.width < rules.least_width || peak.width > rules.greatest_width)
        return std::nullopt;
    const float inside = log_odds(rules.inside);
    if (last - first > 2 * rules.ramp) {
        const auto count = std::count_if(first + rules.ramp, last - rules.ramp,
                                         [&](float value) { return value > inside; });
        const auto all = static_cast<double>(last - first - 2 * rules.ramp);
        if (static_cast<double>(count) <= rules.inside_share * all) return std::nullopt;
    }
    return peak;
}

// The highest peak within frames [begin, end), its edges included.
[[nodiscard]] std::optional<Peak> highest_within(const Track& track, std::size_t begin, std::size_t end,
                                                 const PeakRules& rules, float least_height) {
    std::optional<Peak> highest;
    for (std::size_t i = begin; i < end;) {
        if (track.log_odds[i] <= 0) {
            ++i;
            continue;
        }
        std::size_t stop = i;
        while (stop < end && track.log_odds[stop] > 0) ++stop;
        // What the window cuts is left to the other pass, but at the ends of the track there is none.
        const bool cut = (i == begin && begin > 0) || (stop == end && end < track.log_odds.size());
        if (!cut) {
            const auto peak = peak_of(track, i, stop, rules, least_height);
            if (peak && (!highest || peak->height > highest->height)) highest = peak;
        }
        i = stop;
    }
    return highest;
}

// Of those within `apart` of each other the highest stays.
template <class Found, class Height>
void thin_out(std::vector<Found>& all, double apart, const Height& height) {
    std::stable_sort(all.begin(), all.end(),
                     [&](const Found& a, const Found& b) { return height(a) > height(b); });
    std::vector<Found> kept;
    for (const Found& one : all) {
        const bool near = std::any_of(kept.begin(), kept.end(), [&](const Found& other) {
            return std::abs(other.time - one.time) <= apart;
        });
        if (!near) kept.push_back(one);
    }
    std::sort(kept.begin(), kept.end(), [](const Found& a, const Found& b) { return a.time < b.time; });
    all = std::move(kept);
}

}  // namespace

std::vector<Peak> peaks_of(const Track& track, const PeakRules& rules, float least_height) {
    std::vector<Peak> peaks;
    const auto window = static_cast<std::size_t>(std::max(2L, std::lround(rules.window * track.rate)));
    for (const std::size_t offset : {std::size_t{0}, window / 2}) {
        // The first window of the second pass is half a window.
        std::size_t begin = 0;
        for (std::size_t end = offset > 0 ? offset : window; begin < track.log_odds.size(); end += window) {
            end = std::min(end, track.log_odds.size());
            if (const auto peak = highest_within(track, begin, end, rules, least_height)) peaks.push_back(*peak);
            begin = end;
        }
    }
    thin_out(peaks, rules.merge, [](const Peak& peak) { return peak.height; });
    return peaks;
}

std::vector<Consensus> consensus_of(std::span<const Track> tracks, const PeakRules& rules, float least_rank) {
    std::vector<Consensus> all;
    if (tracks.empty()) return all;
    std::vector<std::vector<Peak>> peaks;
    for (const Track& track : tracks) peaks.push_back(peaks_of(track, rules, least_rank));
    for (const Peak& first : peaks.front()) {
        Consensus one;
        for (const std::vector<Peak>& others : peaks) {
            const Peak* best = nullptr;
            for (const Peak& other : others) {
                if (std::abs(other.time - first.time) <= rules.agree && (best == nullptr || other.height > best->height))
                    best = &other;
            }
            if (best != nullptr) one.models.push_back(*best);
        }
        if (one.models.size() != tracks.size()) continue;
        std::vector<double> times;
        one.rank = one.models.front().height;
        for (const Peak& peak : one.models) {
            times.push_back(peak.time);
            one.rank = std::min(one.rank, peak.height);
        }
        std::sort(times.begin(), times.end());
        if (times.back() - times.front() > rules.agree) continue;
        const std::size_t half = times.size() / 2;
        one.time = times.size() % 2 == 1 ? times[half] : 0.5 * (times[half - 1] + times[half]);
        all.push_back(std::move(one));
    }
    thin_out(all, rules.merge, [](const Consensus& one) { return one.rank; });
    return all;
}

}  // namespace memo::ligo
