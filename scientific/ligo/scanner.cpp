// The scan of two detectors' strain (scanner.h).
#include "scientific/ligo/scanner.h"

#include "scientific/imaging/threads.h"
#include "scientific/ligo/strain/coincidence.h"
#include "scientific/ligo/strain/simulator.h"
#include "scientific/ligo/strain/strain_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>

namespace memo::ligo {

namespace {

// Slides further apart than signals last in a model's eyes, and than light's way.
constexpr double kLeastSlide = 0.5;  // s
constexpr double kLeastRange = 4;    // s of common data
// The bank of the cross-check reaches further than the models' training.
constexpr double kLightest = 15;
constexpr double kHeaviest = 160;
constexpr double kOfCandidate = 0.5;  // s: from a candidate to what slides make of it in one detector
constexpr double kBankRange = 1.5;    // s, around a proposal

// The range's samples of a detector.
[[nodiscard]] std::span<const float> samples_of(const std::array<Conditioned, 2>& white,
                                                const CommonRange& range, std::size_t detector) {
    const Range& samples = range.samples[detector];
    return std::span<const float>(white[detector].samples).subspan(samples.begin, samples.size());
}

[[nodiscard]] double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// The part of a strain within [begin, end) of GPS time.
[[nodiscard]] Strain part_of(Strain strain, double begin, double end) {
    const auto sample = [&](double gps) {
        const double at = std::round((gps - strain.gps_start) * strain.rate);
        return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(strain.samples.size())));
    };
    const Range kept{sample(begin), sample(end)};
    if (kept.begin == 0 && kept.end == strain.samples.size()) return strain;
    Strain part = strain;
    part.samples.assign(strain.samples.begin() + static_cast<std::ptrdiff_t>(kept.begin),
                        strain.samples.begin() + static_cast<std::ptrdiff_t>(kept.end));
    part.gps_start = strain.gps_start + static_cast<double>(kept.begin) / strain.rate;
    part.good.clear();
    for (const Range& range : strain.good) {
        const Range clipped{std::max(range.begin, kept.begin), std::min(range.end, kept.end)};
        if (clipped.begin < clipped.end)
            part.good.push_back({clipped.begin - kept.begin, clipped.end - kept.begin});
    }
    return part;
}

}  // namespace

bool is_candidate(const Proposal& proposal, const FilterRules& rules) {
    return proposal.snr > 0 && proposal.snr >= rules.least_snr;
}

std::vector<CommonRange> common_ranges(const Conditioned& first, const Conditioned& second,
                                       double least_seconds) {
    // Both are sampled at whole multiples of their rate since their start, which may lie apart.
    const std::ptrdiff_t shift = std::lround((second.gps_start - first.gps_start) * first.rate);
    std::vector<CommonRange> common;
    for (const Range& a : first.good) {
        for (const Range& b : second.good) {
            const auto begin =
                std::max(static_cast<std::ptrdiff_t>(a.begin), static_cast<std::ptrdiff_t>(b.begin) + shift);
            const auto end =
                std::min(static_cast<std::ptrdiff_t>(a.end), static_cast<std::ptrdiff_t>(b.end) + shift);
            if (static_cast<double>(end - begin) < least_seconds * first.rate) continue;
            CommonRange range;
            range.samples[0] = {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
            range.samples[1] = {static_cast<std::size_t>(begin - shift),
                                static_cast<std::size_t>(end - shift)};
            range.gps_start = first.gps_start + static_cast<double>(begin) / first.rate;
            common.push_back(range);
        }
    }
    std::sort(common.begin(), common.end(),
              [](const CommonRange& a, const CommonRange& b) { return a.gps_start < b.gps_start; });
    return common;
}

SlidePlan plan_slides(std::size_t samples, double rate, double seconds) {
    const double length = static_cast<double>(samples) / rate;
    if (!(seconds > 0) || length < 2 * kLeastSlide) return {};
    const auto most = static_cast<int>(length / kLeastSlide) - 1;
    const int slides = std::min(most, static_cast<int>(std::ceil(seconds / length)));
    return {slides, samples / (static_cast<std::size_t>(slides) + 1)};
}

Scanner::Scanner(std::vector<Model> models, const ScanOptions& options)
    : models_(std::move(models)), options_(options) {}

std::vector<Track> Scanner::tracks(std::span<const float> first, std::span<const float> second) const {
    std::vector<Track> tracks(models_.size());
    const auto block = static_cast<std::size_t>(options_.block_seconds * kNetRate);
    imaging::for_ranges(options_.threads, static_cast<int>(models_.size()), [&](int begin, int end) {
        for (int i = begin; i < end; ++i)
            tracks[static_cast<std::size_t>(i)] =
                models_[static_cast<std::size_t>(i)].run(first, second, block);
    });
    return tracks;
}

std::vector<Consensus> Scanner::search(std::span<const float> first, std::span<const float> second,
                                       std::size_t slide) const {
    if (slide == 0) return consensus_of(tracks(first, second), options_.rules, options_.rules.least);
    std::vector<float> turned(second.size());
    std::rotate_copy(second.begin(), second.begin() + static_cast<std::ptrdiff_t>(slide % second.size()),
                     second.end(), turned.begin());
    return consensus_of(tracks(first, turned), options_.rules, options_.rules.least);
}

Proposal Scanner::ask_matched_filter(const std::array<Conditioned, 2>& white, const CommonRange& range,
                                     const Consensus& agreed, std::size_t slide) {
    Proposal proposal{agreed, std::nullopt, 0};
    if (!bank_) {
        const BankOptions grid{.lowest_total = kLightest, .highest_total = kHeaviest};
        const Spectrum design = sampled_design(options_.conditioning);
        bank_.emplace(make_grid(grid, design, options_.conditioning), options_.conditioning, kBankRange);
    }
    // Where the second detector's data was before it was turned.
    const double length = static_cast<double>(range.samples[0].size()) / kNetRate;
    const double there = std::fmod(agreed.time + static_cast<double>(slide) / kNetRate, length);
    proposal.matched =
        check_candidate({white.data(), white.data() + 1}, *bank_, range.gps_start + agreed.time,
                        options_.filter.window, coincidence_options(options_.filter), agreed.time - there);
    proposal.snr = loudness_of(proposal.matched, options_.filter);
    return proposal;
}

std::vector<Proposal> Scanner::propose(const std::array<Conditioned, 2>& white, const CommonRange& range,
                                       std::size_t slide) {
    std::vector<Proposal> proposals;
    for (const Consensus& agreed : search(samples_of(white, range, 0), samples_of(white, range, 1), slide))
        proposals.push_back(ask_matched_filter(white, range, agreed, slide));
    return proposals;
}

void Scanner::scan_range(const std::array<Conditioned, 2>& white, const CommonRange& range, ScanRow& row,
                         ScanDetail* detail) {
    const double begin = cpu_seconds();
    std::vector<Track> said = tracks(samples_of(white, range, 0), samples_of(white, range, 1));
    const std::vector<Consensus> agreed = consensus_of(said, options_.rules, options_.rules.least);
    row.cpu[2] += cpu_seconds() - begin;
    for (const Consensus& one : agreed) {
        const double asked = cpu_seconds();
        const Proposal proposal = ask_matched_filter(white, range, one, 0);
        row.cpu[3] += cpu_seconds() - asked;
        if (!is_candidate(proposal, options_.filter)) {
            row.loudest_other = std::max(row.loudest_other, one.rank);
            continue;
        }
        FoundMerger found{range.gps_start + one.time, one.rank, one.models, proposal.matched};
        for (Peak& peak : found.models) peak.time += range.gps_start;
        row.found.push_back(std::move(found));
    }
    const double seconds = static_cast<double>(range.samples[0].size()) / kNetRate;
    row.searched += seconds;
    const SlidePlan plan =
        plan_slides(range.samples[0].size(), kNetRate, options_.slide_seconds - row.slides.seconds);
    for (int i = 1; i <= plan.slides; ++i) {
        for (const Proposal& one : propose(white, range, static_cast<std::size_t>(i) * plan.step)) {
            const float rank = one.agreed.rank;
            row.slides.loudest = std::max(row.slides.loudest, rank);
            row.slides.proposals.push_back({rank, static_cast<float>(one.snr)});
            if (!is_candidate(one, options_.filter)) continue;
            const double shift = static_cast<double>(static_cast<std::size_t>(i) * plan.step) / kNetRate;
            const double there = std::fmod(one.agreed.time + shift, seconds);
            const bool known = std::any_of(row.found.begin(), row.found.end(), [&](const FoundMerger& found) {
                return std::abs(found.gps - range.gps_start - one.agreed.time) < kOfCandidate ||
                       std::abs(found.gps - range.gps_start - there) < kOfCandidate;
            });
            (known ? row.slides.of_candidates : row.slides.ranks).push_back(rank);
        }
        ++row.slides.slides;
        row.slides.seconds += seconds;
    }
    if (detail != nullptr) {
        detail->ranges.push_back(range);
        detail->tracks.push_back(std::move(said));
    }
}

void Scanner::scan(const Strain& first, const Strain& second, ScanRow& row, ScanDetail* detail) {
    const double begin = cpu_seconds();
    std::array<Conditioned, 2> white;
    const Strain* strain[2] = {&first, &second};
    std::string wrong[2];
    imaging::for_ranges(options_.threads, 2, [&](int from, int until) {
        for (int d = from; d < until; ++d) {
            const auto at = static_cast<std::size_t>(d);
            auto result = condition(*strain[at], options_.conditioning);
            if (result) {
                white[at] = *std::move(result);
            } else {
                wrong[at] = result.error();
            }
        }
    });
    for (std::size_t d = 0; d < 2; ++d) {
        if (!wrong[d].empty()) {
            row.error = (d == 0 ? row.pair.first : row.pair.second) + ": " + wrong[d];
            return;
        }
        for (const std::string& note : white[d].notes)
            row.notes.push_back((d == 0 ? row.pair.first : row.pair.second) + ": " + note);
    }
    row.cpu[1] += cpu_seconds() - begin;
    const std::vector<CommonRange> ranges = common_ranges(white[0], white[1], kLeastRange);
    if (ranges.empty()) {
        row.error = fmt::format("{}, {}: no {:g} s in which both detectors' data is good", row.pair.first,
                                row.pair.second, kLeastRange);
        return;
    }
    for (const CommonRange& range : ranges) scan_range(white, range, row, detail);
    std::sort(row.slides.ranks.begin(), row.slides.ranks.end(), std::greater<>());
    std::sort(row.slides.of_candidates.begin(), row.slides.of_candidates.end(), std::greater<>());
    if (detail != nullptr) detail->white = std::move(white);
}

ScanRow Scanner::scan(const FilePair& pair, ScanDetail* detail) {
    ScanRow row;
    row.pair = pair;
    const double begin = cpu_seconds();
    auto first = read_strain(pair.first);
    auto second = read_strain(pair.second);
    row.cpu[0] = cpu_seconds() - begin;
    if (!first || !second) {
        row.error = first ? second.error() : first.error();
        return row;
    }
    scan(part_of(*std::move(first), pair.gps_start, pair.gps_end),
         part_of(*std::move(second), pair.gps_start, pair.gps_end), row, detail);
    return row;
}

}  // namespace memo::ligo
