// A scan as one HTML page (scan_page.h).
#include "scientific/ligo/strain/page/scan_page.h"

#include "scientific/ligo/strain/gps_time.h"
#include "scientific/ligo/strain/page/colours.h"
#include "scientific/ligo/strain/page/escaped.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::ligo {

namespace {

constexpr double kBrightest = 25;   // normalised energy
constexpr double kStrainReach = 4;  // standard deviations, at least
constexpr const char* kColours[] = {"a", "b", "c", "d"};
constexpr const char* kDetectorColours[] = {"h1", "l1"};

[[nodiscard]] std::vector<Curve> coloured(std::vector<Curve> curves) {
    for (std::size_t i = 0; i < curves.size(); ++i) curves[i].colour = kColours[i % std::size(kColours)];
    return curves;
}

[[nodiscard]] std::string models_row(const ScanPage& page, const PageCandidate& candidate) {
    std::string text = fmt::format("<tr><td>{}</td><td>{:.3f}</td><td>{:.1f}</td>", utc_of_gps(candidate.gps),
                                   candidate.gps, candidate.rank);
    for (std::size_t i = 0; i < page.model_names.size(); ++i) {
        const bool known = i < candidate.model_gps.size() && i < candidate.model_heights.size();
        text += known ? fmt::format("<td>{:.1f} at {:+.0f} ms</td>", candidate.model_heights[i],
                                    1e3 * (candidate.model_gps[i] - candidate.gps))
                      : "<td>-</td>";
    }
    return text + "</tr>\n";
}

[[nodiscard]] std::string filter_row(const PageCandidate& candidate) {
    std::string text = fmt::format("<tr><td>{:.3f}</td>", candidate.gps);
    if (!candidate.matched)
        return text + "<td colspan=\"8\">nothing above the matched filter's threshold</td></tr>\n";
    const Candidate& heard = *candidate.matched;
    const double after = 0.5 * (heard.gps[0] + heard.gps[1]) - candidate.gps;
    return text + fmt::format(
                      "<td>{:.1f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.2f}, {:.2f}</td><td>{:.1f}</td>"
                      "<td>{:+.1f} ms</td><td>{:+.0f} ms</td><td>{:.0f} + {:.0f}</td></tr>\n",
                      heard.snr[0], heard.snr[1], heard.network_snr(), heard.chi_squared[0],
                      heard.chi_squared[1], heard.reweighted_snr(), 1e3 * heard.delay(), 1e3 * after,
                      heard.binary.mass1, heard.binary.mass2);
}

[[nodiscard]] std::string tables_of(const ScanPage& page) {
    if (page.candidates.empty())
        return "<p>None: nothing that all models propose is confirmed by the matched filter.</p>\n";
    std::string text = "<div class=\"wide\"><table><thead><tr><th>UTC</th><th>GPS (s)</th><th>rank</th>";
    for (const std::string& name : page.model_names) text += "<th>" + escaped(name) + "</th>";
    text += "</tr></thead>\n<tbody>";
    for (const PageCandidate& candidate : page.candidates) text += models_row(page, candidate);
    text +=
        "</tbody></table></div>\n<p class=\"sub\">Heights of the models, and when; rank: their "
        "mean.</p>\n"
        "<div class=\"wide\"><table><thead><tr><th>GPS (s)</th><th>H1 SNR</th><th>L1 "
        "SNR</th>"
        "<th>network</th><th>chi&sup2; / d.o.f.</th><th>reweighted</th><th>H1 &minus; L1</th>"
        "<th>filter &minus; models</th><th>masses (M&#9737;)</th></tr></thead>\n<tbody>";
    for (const PageCandidate& candidate : page.candidates) text += filter_row(candidate);
    return text +
           "</tbody></table></div>\n<p class=\"sub\">The matched filter, with the template that hears it "
           "loudest; "
           "its time is the mean of both detectors'. Masses are the detector's: (1 + z) times the "
           "source's.</p>\n";
}

[[nodiscard]] std::string overview_of(const ScanPage& page) {
    if (page.models.empty() || !(page.gps_end > page.gps_start)) return "";
    Figure figure(page.gps_start, page.gps_start, page.gps_end);
    for (const PageCandidate& candidate : page.candidates)
        figure.mark(candidate.gps, fmt::format("candidate at GPS {:.3f}", candidate.gps));
    figure.add({"Models",
                page.model_unit,
                coloured(page.models),
                {page.threshold},
                std::min(0.0, page.threshold),
                std::max(0.0, page.threshold),
                160});
    return "<h2>" + escaped(page.overview) + "</h2>\n" +
           figure.svg("The models over " + page.overview, fmt::format("s from GPS {:.3f}", page.gps_start)) +
           "<p class=\"sub\">Dashed: from here on they propose. Dotted: candidates.</p>\n";
}

[[nodiscard]] std::string view_of(const ScanPage& page, const PageView& view) {
    Figure figure(view.gps, view.gps - view.before, view.gps + view.after);
    figure.mark(view.gps, fmt::format("GPS {:.3f}", view.gps));
    for (std::size_t d = 0; d < kDetectors; ++d) {
        Panel panel{view.strain[d].name + ": white strain",
                    "st. dev.",
                    {view.strain[d]},
                    {},
                    -kStrainReach,
                    kStrainReach};
        panel.curves[0].colour = kDetectorColours[d];
        if (view.fitted[d]) panel.curves.push_back(*view.fitted[d]);
        figure.add(panel);
        figure.add(view.strain[d].name + ": energy over noise's mean", view.maps[d], kBrightest);
    }
    if (!view.models.empty())
        figure.add({"Models",
                    page.model_unit,
                    coloured(view.models),
                    {page.threshold},
                    std::min(0.0, page.threshold),
                    std::max(0.0, page.threshold),
                    140});
    Panel snr{"Matched filter", "SNR", {view.snr[0], view.snr[1]}, {}, 0, 6};
    for (std::size_t d = 0; d < kDetectors; ++d) snr.curves[d].colour = kDetectorColours[d];
    figure.add(snr);
    return fmt::format("<h2>{}</h2>\n<p class=\"sub\">{}, GPS {:.3f}</p>\n", escaped(view.title),
                       utc_of_gps(view.gps), view.gps) +
           figure.svg(view.title, fmt::format("s from GPS {:.3f}", view.gps));
}

}  // namespace

std::string html_of(const ScanPage& page) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
        escaped(page.title) + "</title>\n<style>" + page_style() + "</style></head><body>\n" + gradient() +
        "<h1>" + escaped(page.title) + "</h1>\n<p class=\"sub\">" + escaped(page.subtitle) +
        "</p>\n<div class=\"cards\">\n";
    for (const PageFact& fact : page.facts)
        html += "<div class=\"card\"><b>" + escaped(fact.value) + "</b><span>" + escaped(fact.label) +
                "</span></div>\n";
    html += "</div>\n<h2>Candidates</h2>\n" + tables_of(page);
    for (const PageView& view : page.views) html += view_of(page, view);
    html += overview_of(page);
    if (!page.notes.empty()) {
        html += "<h2>Notes</h2>\n<ul>\n";
        for (const std::string& note : page.notes) html += "<li>" + escaped(note) + "</li>\n";
        html += "</ul>\n";
    }
    return html + "</body></html>\n";
}

}  // namespace memo::ligo
