// The page of a scan (scan_page_of.h).
#include "scientific/ligo/scan_page_of.h"

#include "scientific/ligo/strain/page/scan_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

namespace memo::ligo {

namespace {

constexpr std::size_t kMostViews = 6;
constexpr std::size_t kMostPoints = 200'000;  // of a curve over everything

[[nodiscard]] std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

// A model's log odds over the ranges of a pair, one curve each range.
[[nodiscard]] std::vector<Curve> curves_of(const ScanDetail& detail, std::size_t range,
                                           const std::vector<Model>& models) {
    std::vector<Curve> curves;
    for (std::size_t i = 0; i < models.size(); ++i) {
        const Track& track = detail.tracks[range][i];
        curves.push_back(
            {models[i].name(), "", detail.ranges[range].gps_start + track.start, track.rate, track.log_odds});
    }
    return curves;
}

// The highest of every few frames, so that a page stays small and no peak is lost.
[[nodiscard]] Curve thinned(Curve curve) {
    const std::size_t every = curve.values.size() / kMostPoints + 1;
    if (every == 1) return curve;
    std::vector<float> kept;
    for (std::size_t i = 0; i < curve.values.size(); i += every) {
        const std::size_t end = std::min(curve.values.size(), i + every);
        kept.push_back(*std::max_element(curve.values.begin() + static_cast<std::ptrdiff_t>(i),
                                         curve.values.begin() + static_cast<std::ptrdiff_t>(end)));
    }
    curve.values = std::move(kept);
    curve.rate /= static_cast<double>(every);
    return curve;
}

void add_facts(const std::vector<ScanRow>& rows, const Scanner& scanner, ScanPage& page) {
    double searched = 0;
    double slid = 0;
    std::size_t false_alarms = 0;
    std::size_t of_candidates = 0;
    float loudest_other = 0;
    for (const ScanRow& row : rows) {
        searched += row.searched;
        slid += row.slides.seconds;
        false_alarms += row.slides.ranks.size();
        of_candidates += row.slides.of_candidates.size();
        loudest_other = std::max(loudest_other, row.loudest_other);
        for (const std::string& note : row.notes) page.notes.push_back(note);
        if (!row.ok()) page.notes.push_back(row.error);
    }
    page.facts.push_back({"searched", fmt::format("{:.1f} s of both detectors", searched)});
    page.facts.push_back({"candidates", std::to_string(page.candidates.size())});
    const FilterRules& rules = scanner.options().filter;
    page.facts.push_back(
        {"thresholds",
         fmt::format("{:g} log odds of each of {} models; then SNR {:.2f} of the matched filter",
                     scanner.options().rules.least, scanner.models().size(), rules.least_snr)});
    page.facts.push_back({"highest rank of no candidate",
                          loudest_other > 0 ? fmt::format("{:.2f}", loudest_other) : "nothing"});
    if (slid > 0)
        page.facts.push_back(
            {"time slides",
             fmt::format("{} candidates in {:.0f} s, and {} that are one of the above in one detector",
                         false_alarms, slid, of_candidates)});
}

// What is looked at: candidates by rank, of rows that were scanned.
struct Look {
    const ScanRow* row;
    const FoundMerger* found;  // null: the middle of the pair
};

[[nodiscard]] std::vector<Look> choose(const std::vector<ScanRow>& rows) {
    std::vector<Look> looks;
    const ScanRow* first = nullptr;
    for (const ScanRow& row : rows) {
        if (!row.ok()) continue;
        if (first == nullptr) first = &row;
        for (const FoundMerger& found : row.found) looks.push_back({&row, &found});
    }
    std::stable_sort(looks.begin(), looks.end(),
                     [](const Look& a, const Look& b) { return a.found->rank > b.found->rank; });
    if (looks.size() > kMostViews) looks.resize(kMostViews);
    if (looks.empty() && first != nullptr) looks.push_back({first, nullptr});
    return looks;
}

void add_view(const Look& look, const ScanDetail& detail, const Scanner& scanner, ScanPage& page) {
    const auto in = [&](double gps) {
        std::size_t range = 0;
        while (range + 1 < detail.ranges.size() && detail.ranges[range + 1].gps_start <= gps) ++range;
        return range;
    };
    const double gps =
        look.found != nullptr
            ? look.found->gps
            : detail.ranges.front().gps_start +
                  0.5 * static_cast<double>(detail.ranges.front().samples[0].size()) / kNetRate;
    const std::vector<Curve> models = curves_of(detail, in(gps), scanner.models());
    const std::optional<Candidate> matched = look.found != nullptr ? look.found->matched : std::nullopt;
    PageView view =
        look_at({detail.white.data(), detail.white.data() + 1}, models, scanner.options().conditioning,
                matched, matched ? matched->binary : Binary{}, gps);
    view.title =
        look.found != nullptr ? fmt::format("Candidate of rank {:.1f}", look.found->rank) : "No candidate";
    page.views.push_back(std::move(view));
}

}  // namespace

std::string page_of(const std::vector<ScanRow>& rows, const std::vector<std::string>& problems,
                    Scanner& scanner) {
    ScanPage page;
    page.notes = problems;
    page.threshold = static_cast<double>(scanner.options().rules.least);
    for (const Model& model : scanner.models()) page.model_names.push_back(model.name());
    for (const ScanRow& row : rows) {
        for (const FoundMerger& found : row.found) {
            PageCandidate candidate{found.gps, static_cast<double>(found.rank), {}, {}, found.matched};
            for (const Peak& peak : found.models) {
                candidate.model_gps.push_back(peak.time);
                candidate.model_heights.push_back(static_cast<double>(peak.height));
            }
            page.candidates.push_back(std::move(candidate));
        }
    }
    add_facts(rows, scanner, page);
    if (page.candidates.size() > kMostViews)
        page.notes.push_back(fmt::format("Of {} candidates, the {} of the highest ranks are shown.",
                                         page.candidates.size(), kMostViews));
    const ScanRow* shown = nullptr;
    for (const Look& look : choose(rows)) {
        ScanDetail detail;
        const ScanRow again = scanner.scan(look.row->pair, &detail);
        if (!again.ok() || detail.ranges.empty()) continue;
        if (shown == nullptr) {  // all of one pair, above the views
            shown = look.row;
            page.gps_start = shown->pair.gps_start;
            page.gps_end = shown->pair.gps_end;
            page.subtitle = name_of(shown->pair.first) + ", " + name_of(shown->pair.second);
            page.overview = rows.size() > 1 ? "All of " + page.subtitle : "All of the scan";
            if (rows.size() > 1) page.subtitle += fmt::format(" and {} more pairs", rows.size() - 1);
            for (std::size_t range = 0; range < detail.ranges.size(); ++range) {
                for (Curve& curve : curves_of(detail, range, scanner.models()))
                    page.models.push_back(thinned(std::move(curve)));
            }
        }
        add_view(look, detail, scanner, page);
    }
    return html_of(page);
}

}  // namespace memo::ligo
