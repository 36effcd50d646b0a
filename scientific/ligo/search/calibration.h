// The threshold, fixed before any event's file is opened, and what it was fixed on: the record that ligo scan
// obeys. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/ligo/search/consensus.h"

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
    std::uint64_t seed = 0;      // of simulated noise; 0: of files
    double seconds = 0;          // in all, slides included
    double of_each = 0;          // s of each detector's data, from which they are made
    int slides = 0;              // shifts of one detector against the other, unshifted included
    std::vector<float> loudest;  // ranks, descending, kMostRanks at most
    std::vector<std::string> files;
};
inline constexpr std::size_t kMostRanks = 100;

struct Calibration {
    std::vector<KnownModel> models;
    PeakRules rules;
    float threshold = 0;      // rank
    double wanted_hours = 0;  // to a false alarm: what the threshold was chosen for
    double margin = 0;        // log odds above what the background asked for
    std::vector<Background> backgrounds;
    std::string commit;
};

// The least threshold at which background falls to one false alarm in `hours`, plus `margin`. The error: less
// background than that.
[[nodiscard]] Result<float> threshold_for(const std::vector<Background>& backgrounds, double hours,
                                          double margin);

[[nodiscard]] std::string json_of(const Calibration& calibration);
[[nodiscard]] Result<Calibration> calibration_of_json(const std::string& text);

}  // namespace memo::ligo
