// When the matched filter confirms what the networks propose: the second stage of the decision.
//
// Networks propose times, more often than there are mergers; a bank of templates, asked there and nowhere
// else, must then hear one signal in both detectors, as loud as `least_snr`. Our choices: the SNR is that of
// both detectors lowered by chi squared (coincidence.h). Noise is to be no partner to what one detector hears
// alone: the weaker detector must hear at least `lowest_snr`, and, the louder the whole is, the more:
// `least_share` of it, until `enough` is heard, which noise hardly reaches within light's way. Thread safety:
// pure functions.
#pragma once

#include "scientific/ligo/strain/coincidence.h"

#include <optional>

namespace memo::ligo {

struct FilterRules {
    double window = 0.15;       // s, between the networks' time and the filter's in the first detector
    double lowest_snr = 3.25;   // in each detector
    double least_share = 0.27;  // of the network SNR, in the weaker detector,
    double enough = 4.25;       // but no more than this SNR
    double least_snr = 0;       // lowered by chi squared; fixed by ligo calibrate

    bool operator==(const FilterRules&) const = default;
};

[[nodiscard]] CoincidenceOptions coincidence_options(const FilterRules& rules);

// How loud the filter's answer is by these rules; 0 if there is none, or one that breaks them.
[[nodiscard]] double loudness_of(const std::optional<Candidate>& answer, const FilterRules& rules);

}  // namespace memo::ligo
