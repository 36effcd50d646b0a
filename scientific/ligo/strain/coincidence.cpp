// Triggers and candidates of the matched filter (coincidence.h).
#include "scientific/ligo/strain/coincidence.h"

#include <algorithm>
#include <cmath>

namespace memo::ligo {

namespace {

// How far from its middle, in samples within (-1/2, 1/2), a parabola through three values has its top.
[[nodiscard]] double top(double left, double middle, double right) {
    const double bend = left - 2 * middle + right;
    return bend < 0 ? std::clamp(0.5 * (left - right) / bend, -0.5, 0.5) : 0;
}

// Collects the loudest samples of one template.
class Collector {
  public:
    Collector(const Conditioned& data, const CoincidenceOptions& options)
        : data_(data),
          lowest_(static_cast<float>(options.lowest_snr * options.lowest_snr)),
          window_(static_cast<std::size_t>(options.trigger_window * data.rate)) {}

    void add(std::size_t index, std::size_t first, std::span<const Complex> z,
             std::vector<Trigger>& to) const {
        for (std::size_t i = 0; i < z.size(); ++i) {
            const float power = std::norm(z[i]);
            if (power < lowest_) continue;
            const double snr = std::sqrt(static_cast<double>(power));
            const bool near = !to.empty() && first + i < to.back().sample + window_;
            if (near && snr <= to.back().snr) continue;
            const auto left = static_cast<double>(std::abs(z[i > 0 ? i - 1 : i]));
            const auto right = static_cast<double>(std::abs(z[i + 1 < z.size() ? i + 1 : i]));
            const double place = static_cast<double>(first + i) + top(left, snr, right);
            const Trigger trigger{index, data_.gps_start + place / data_.rate, snr, first + i};
            if (near) {
                to.back() = trigger;
            } else {
                to.push_back(trigger);
            }
        }
    }

  private:
    const Conditioned& data_;
    float lowest_;
    std::size_t window_;
};

[[nodiscard]] std::size_t sample_at(const Conditioned& data, double gps) {
    const double at = std::round((gps - data.gps_start) * data.rate);
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(data.samples.size())));
}

}  // namespace

double Candidate::reweighted_snr() const {
    double squares = 0;
    for (std::size_t d = 0; d < kDetectors; ++d) {
        const double excess = std::max(1.0, chi_squared[d]);
        squares += std::pow(snr[d] / std::pow((1 + excess * excess * excess) / 2, 1.0 / 6), 2);
    }
    return std::sqrt(squares);
}

std::vector<Trigger> find_triggers(const Conditioned& data, const Bank& bank, double gps_begin,
                                   double gps_end, const CoincidenceOptions& options) {
    std::vector<std::vector<Trigger>> found(bank.size());
    MatchedFilter filter(data, bank);
    const Collector collector(data, options);
    for (const Range& good : data.good) {
        const Range range{std::max(good.begin, sample_at(data, gps_begin)),
                          std::min(good.end, sample_at(data, gps_end))};
        if (range.begin >= range.end) continue;
        filter.run(range, [&](std::size_t index, std::size_t first, std::span<const Complex> z) {
            collector.add(index, first, z, found[index]);
        });
    }
    std::vector<Trigger> triggers;
    for (const std::vector<Trigger>& some : found) triggers.insert(triggers.end(), some.begin(), some.end());
    return triggers;
}

std::vector<Candidate> coincide(const std::array<std::vector<Trigger>, kDetectors>& triggers,
                                const Bank& bank, double slide, const CoincidenceOptions& options) {
    const double most = light_time() + options.tolerance;
    std::vector<Candidate> pairs;
    std::size_t from = 0;
    for (const Trigger& h : triggers[0]) {
        const auto before = [&](const Trigger& l) {
            return l.index < h.index || (l.index == h.index && l.gps + slide < h.gps - most);
        };
        while (from < triggers[1].size() && before(triggers[1][from])) ++from;
        for (std::size_t i = from; i < triggers[1].size(); ++i) {
            const Trigger& l = triggers[1][i];
            if (l.index != h.index || l.gps + slide > h.gps + most) break;
            pairs.push_back({bank.binary(h.index), {h.gps, l.gps + slide}, {h.snr, l.snr}, {}});
        }
    }
    std::sort(pairs.begin(), pairs.end(),
              [](const Candidate& a, const Candidate& b) { return a.network_snr() > b.network_snr(); });
    std::vector<Candidate> candidates;
    for (const Candidate& pair : pairs) {
        const bool taken = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& louder) {
            return std::abs(louder.gps[0] - pair.gps[0]) < options.candidate_window;
        });
        if (!taken) candidates.push_back(pair);
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.gps[0] < b.gps[0]; });
    return candidates;
}

std::optional<Candidate> check_candidate(const std::array<const Conditioned*, kDetectors>& data,
                                         const Bank& bank, double gps, double window,
                                         const CoincidenceOptions& options, double slide) {
    std::array<std::vector<Trigger>, kDetectors> triggers;
    const double reach = window + light_time() + options.tolerance;
    const double added[kDetectors] = {0, slide};
    for (std::size_t d = 0; d < kDetectors; ++d)
        triggers[d] = find_triggers(*data[d], bank, gps - added[d] - reach, gps - added[d] + reach, options);
    const std::vector<Candidate> candidates = coincide(triggers, bank, slide, options);
    std::optional<Candidate> best;
    for (const Candidate& candidate : candidates)
        if (std::abs(candidate.gps[0] - gps) <= window &&
            (!best || candidate.network_snr() > best->network_snr()))
            best = candidate;
    if (!best) return best;
    const Bank one({best->binary}, bank.options(), 1);
    for (std::size_t d = 0; d < kDetectors; ++d) {
        MatchedFilter filter(*data[d], one);
        best->chi_squared[d] = filter.chi_squared(0, sample_at(*data[d], best->gps[d] - added[d]));
    }
    return best;
}

}  // namespace memo::ligo
