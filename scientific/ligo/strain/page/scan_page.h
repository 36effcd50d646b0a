// A scan as one HTML page that needs nothing else: what was found, and what the data looks like there.
// Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/coincidence.h"
#include "scientific/ligo/strain/page/chart.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace memo::ligo {

// A few seconds of both detectors, as `look_at` makes it.
struct PageView {
    std::string title;
    double gps = 0;     // time 0 of its axis
    double before = 0;  // s
    double after = 0;
    std::array<Curve, kDetectors> strain;                 // white
    std::array<std::optional<Curve>, kDetectors> fitted;  // the template as loud as it was heard
    std::array<TimeFrequencyMap, kDetectors> maps;
    std::vector<Curve> models;          // one each, `colour` left empty
    std::array<Curve, kDetectors> snr;  // of the matched filter
    std::optional<Candidate> matched;
};

struct PageCandidate {
    double gps = 0;
    double rank = 0;
    std::vector<double> model_gps;  // in the models' order
    std::vector<double> model_heights;
    std::optional<Candidate> matched;  // none: the matched filter hears nothing there
};

struct PageFact {
    std::string label;
    std::string value;
};

struct ScanPage {
    std::string title = "Binary black holes in strain";
    std::string subtitle;         // files, GPS times
    std::vector<PageFact> facts;  // in cards
    std::vector<std::string> notes;
    std::vector<std::string> model_names;
    std::string model_unit = "log odds";
    double threshold = 0;  // from which on models propose, in their unit
    std::vector<PageCandidate> candidates;
    std::string overview;  // what the models are shown over: all of the scan, or a pair of its files
    double gps_start = 0;  // of that
    double gps_end = 0;
    std::vector<Curve> models;  // over all of that, `colour` left empty
    std::vector<PageView> views;
};

// White strain, map, matched filter and fit around a time; `models` are cut out of what is given. Without a
// candidate of the matched filter, `binary` is the template.
[[nodiscard]] PageView look_at(const std::array<const Conditioned*, kDetectors>& data,
                               const std::vector<Curve>& models, const ConditioningOptions& options,
                               const std::optional<Candidate>& matched, const Binary& binary, double gps);

[[nodiscard]] std::string html_of(const ScanPage& page);

}  // namespace memo::ligo
