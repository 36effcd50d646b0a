// The threshold, fixed before any event's file is opened, and what it was fixed on: the record that ligo scan
// obeys. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/ligo/search/consensus.h"
#include "scientific/ligo/search/filter_rules.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memo::ligo {

struct KnownModel {
    std::string name;
    std::string checksum;

    bool operator==(const KnownModel&) const = default;
};

// Background: what was searched, and how often what was found.
struct Background {
    std::uint64_t seed = 0;        // of simulated noise; 0: of files
    double seconds = 0;            // in all, slides included
    double of_each = 0;            // s of each detector's data, from which they are made
    int slides = 0;                // shifts of one detector against the other, unshifted included
    std::vector<float> loudest;    // ranks, descending, kMostRanks at most
    std::uint64_t proposals = 0;   // what the matched filter was asked about
    std::vector<float> confirmed;  // how loud its answers were (filter_rules.h); as `loudest`
    std::vector<std::string> files;
};
inline constexpr std::size_t kMostRanks = 100;

struct Calibration {
    std::vector<KnownModel> models;
    PeakRules rules;
    FilterRules filter;
    float threshold = 0;      // rank: of networks that decide alone
    double wanted_hours = 0;  // to a false alarm: what both thresholds were chosen for, each by itself
    double margin = 0;        // log odds above what the background asked for
    double snr_margin = 0;    // the same of the filter's threshold
    std::vector<Background> backgrounds;
    std::string commit;
};

// The least threshold at which background falls to one false alarm in `hours`, plus `margin`: by the models'
// ranks, or by what the filter answered. The error: less background than that.
using Loudest = std::vector<float> Background::*;
[[nodiscard]] Result<float> threshold_for(const std::vector<Background>& backgrounds, double hours,
                                          double margin, Loudest loudest = &Background::loudest);

[[nodiscard]] std::string json_of(const Calibration& calibration);
[[nodiscard]] Result<Calibration> calibration_of_json(const std::string& text);

}  // namespace memo::ligo
