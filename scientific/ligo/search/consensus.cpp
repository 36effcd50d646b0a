// From what models say to candidates (consensus.h).
#include "scientific/ligo/search/consensus.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace memo::ligo {

namespace {

// The mean over `count` frames around each; the ends are those of fewer.
[[nodiscard]] std::vector<float> smoothed(const std::vector<float>& values, std::size_t count) {
    std::vector<double> sums = {0};
    sums.reserve(values.size() + 1);
    for (const float value : values) sums.push_back(sums.back() + static_cast<double>(value));
    std::vector<float> means(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t begin = i - std::min(i, (count - 1) / 2);
        const std::size_t end = std::min(values.size(), i + count / 2 + 1);
        means[i] = static_cast<float>((sums[end] - sums[begin]) / static_cast<double>(end - begin));
    }
    return means;
}

// A track, and what is left of it when it is smoothed.
struct Smoothed {
    const Track& track;
    std::vector<float> means;
};

// The peak with its top within frames [begin, end), which are above rules.least; nothing if it breaks a rule.
[[nodiscard]] std::optional<Peak> peak_of(const Smoothed& all, std::size_t begin, std::size_t end,
                                          const PeakRules& rules, float least_height) {
    const auto top =
        static_cast<std::size_t>(std::max_element(all.means.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  all.means.begin() + static_cast<std::ptrdiff_t>(end)) -
                                 all.means.begin());
    Peak peak;
    peak.height = all.means[top];
    if (peak.height < least_height) return std::nullopt;
    std::size_t left = top;
    const float half = 0.5F * (peak.height + rules.least);
    while (left > begin && all.means[left - 1] >= half) --left;
    std::size_t right = top;
    while (right + 1 < end && all.means[right + 1] >= half) ++right;
    const std::size_t frames = right + 1 - left;
    peak.width = static_cast<double>(frames) / all.track.rate;
    // The mean leaves the plateau before the plateau ends.
    std::size_t edge = right;
    while (edge + 1 < end && all.track.log_odds[edge + 1] > 0) ++edge;
    peak.time = all.track.start + static_cast<double>(edge + 1) / all.track.rate;
    if (peak.width < rules.least_width || peak.width > rules.greatest_width) return std::nullopt;
    const float inside = log_odds(rules.inside);
    const auto first = all.track.log_odds.begin() + static_cast<std::ptrdiff_t>(left);
    const auto affirm = std::count_if(first, first + static_cast<std::ptrdiff_t>(frames),
                                      [&](float value) { return value > inside; });
    if (static_cast<double>(affirm) <= rules.inside_share * static_cast<double>(frames)) return std::nullopt;
    return peak;
}

// The highest peak within frames [begin, end).
[[nodiscard]] std::optional<Peak> highest_within(const Smoothed& all, std::size_t begin, std::size_t end,
                                                 const PeakRules& rules, float least_height) {
    std::optional<Peak> highest;
    for (std::size_t i = begin; i < end;) {
        if (!(all.means[i] > rules.least)) {  // nor what is no number
            ++i;
            continue;
        }
        std::size_t stop = i;
        while (stop < end && all.means[stop] > rules.least) ++stop;
        // What the window cuts is left to the other pass, but at the ends of the track there is none.
        const bool cut = (i == begin && begin > 0) || (stop == end && end < all.means.size());
        if (!cut) {
            const auto peak = peak_of(all, i, stop, rules, least_height);
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
    const auto count = static_cast<std::size_t>(std::max(1L, std::lround(rules.smooth * track.rate)));
    const Smoothed all{track, smoothed(track.log_odds, count)};
    const auto window = static_cast<std::size_t>(std::max(2L, std::lround(rules.window * track.rate)));
    for (const std::size_t offset : {std::size_t{0}, window / 2}) {
        // The first window of the second pass is half a window.
        std::size_t begin = 0;
        for (std::size_t end = offset > 0 ? offset : window; begin < track.log_odds.size(); end += window) {
            end = std::min(end, track.log_odds.size());
            if (const auto peak = highest_within(all, begin, end, rules, least_height))
                peaks.push_back(*peak);
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
    for (const Track& track : tracks) peaks.push_back(peaks_of(track, rules, rules.least));
    for (const Peak& first : peaks.front()) {
        Consensus one;
        for (const std::vector<Peak>& others : peaks) {
            const Peak* best = nullptr;
            for (const Peak& other : others) {
                if (std::abs(other.time - first.time) <= rules.agree &&
                    (best == nullptr || other.height > best->height))
                    best = &other;
            }
            if (best != nullptr) one.models.push_back(*best);
        }
        if (one.models.size() != tracks.size()) continue;
        std::vector<double> times;
        double sum = 0;
        for (const Peak& peak : one.models) {
            times.push_back(peak.time);
            sum += static_cast<double>(peak.height);
        }
        one.rank = static_cast<float>(sum / static_cast<double>(times.size()));
        if (one.rank < least_rank) continue;
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
