// From what models say to what they agree on, the candidates: the post-processing of Huerta and others
// (arXiv:2012.08545), as the group's later work has it.
//
// As published: peaks of the output within windows, in two passes whose windows are half a window apart; a
// peak has a least height, a least and a greatest width; more than 95 % of the frames inside it are above
// .95; its time is its right edge; the passes' peaks within 0.5 s are one; all models must agree within 0.25
// s. Our choices: log odds, since probabilities like .999999 and .9999999 are hardly numbers any more in
// single precision, and their mean over `smooth` seconds, three quarters of what a merger's plateau was
// taught to last, so that faint mergers stand out of the noise. Windows of 1 s, in our frames.
// Edges where the mean falls half way down to `least`; the right one is the end of the last frame above even
// odds. The 95 % rule with .02 in place of .95, which says that no frame inside denies the merger: faint ones
// are not above .95 throughout. A candidate's rank is the mean of its models' heights, each of which is above
// `least`: log odds of -2, since the matched filter has its say on what is found (filter_rules.h).
//
// Thread safety: pure functions.
#pragma once

#include "scientific/ligo/search/track.h"

#include <span>
#include <string>
#include <vector>

namespace memo::ligo {

struct PeakRules {
    double smooth = 0.094;        // s
    double window = 1;            // s; also how far peaks of a pass are apart at least
    double least_width = 0.05;    // s
    double greatest_width = 0.3;  // s
    float least = -2;             // log odds of a peak
    double inside = 0.02;         // probability
    double inside_share = 0.95;   // of the frames
    double merge = 0.5;           // s, between the passes
    double agree = 0.25;          // s, between the models

    bool operator==(const PeakRules&) const = default;
};

// One model's.
struct Peak {
    double time = 0;   // s, from the first sample of the strain: that of the merger
    float height = 0;  // log odds, smoothed
    double width = 0;  // s
};

// In order of time; heights of at least `least_height`.
[[nodiscard]] std::vector<Peak> peaks_of(const Track& track, const PeakRules& rules, float least_height);

// A merger that all models see.
struct Consensus {
    double time = 0;           // s, from the first sample of the strain: the median of the models'
    float rank = 0;            // log odds: the mean of the models' heights
    std::vector<Peak> models;  // one each
};

// In order of time; ranks of at least `least_rank`. One track a model.
[[nodiscard]] std::vector<Consensus> consensus_of(std::span<const Track> tracks, const PeakRules& rules,
                                                  float least_rank);

}  // namespace memo::ligo
