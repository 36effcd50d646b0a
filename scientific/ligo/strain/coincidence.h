// Triggers of the matched filter in each detector, and candidates that both detectors agree on.
//
// Our choices: a trigger is the loudest sample of a template within a quarter of a second, above SNR 4; both
// detectors' triggers must be of one template and no further apart than light's way and 5 ms more; of
// candidates within half a second of each other the loudest remains. Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/matched_filter.h"
#include "scientific/ligo/strain/network.h"

#include <array>
#include <optional>
#include <vector>

namespace memo::ligo {

struct CoincidenceOptions {
    double lowest_snr = 4;          // in a detector
    double trigger_window = 0.25;   // s: one trigger of a template in each
    double tolerance = 0.005;       // s, beyond light's way between the detectors
    double candidate_window = 0.5;  // s: one candidate in each
};

struct Trigger {
    std::size_t index = 0;  // of the template
    double gps = 0;         // of the merger, between samples by a parabola
    double snr = 0;         // at the sample
    std::size_t sample = 0;
};

struct Candidate {
    Binary binary;
    std::array<double, kDetectors> gps{};
    std::array<double, kDetectors> snr{};
    std::array<double, kDetectors> chi_squared{};  // over its degrees of freedom; 0 where it was not computed

    [[nodiscard]] double network_snr() const { return std::hypot(snr[0], snr[1]); }
    [[nodiscard]] double delay() const { return gps[0] - gps[1]; }  // s: H1 after L1
    // The SNR as lowered by Allen's discriminator: rho / ((1 + (chi^2)^3) / 2)^(1/6) where that exceeds 1
    // (Babak and others, Phys. Rev. D 87, 024033 (2013), equation 17), of both detectors.
    [[nodiscard]] double reweighted_snr() const;
};

// Within the good ranges of the data and [gps_begin, gps_end), in order of template and time.
[[nodiscard]] std::vector<Trigger> find_triggers(const Conditioned& data, const Bank& bank, double gps_begin,
                                                 double gps_end, const CoincidenceOptions& options = {});

// `slide` seconds are added to the second detector's times: a time slide, in which no signal can be
// coincident. In order of time; without chi squared.
[[nodiscard]] std::vector<Candidate> coincide(const std::array<std::vector<Trigger>, kDetectors>& triggers,
                                              const Bank& bank, double slide = 0,
                                              const CoincidenceOptions& options = {});

// The matched filter's word on a candidate of other origin: the loudest coincidence whose first detector's
// time is within `window` of gps, with chi squared; none if there is none above the lowest SNR. `slide`
// seconds are added to the second detector's times.
[[nodiscard]] std::optional<Candidate> check_candidate(const std::array<const Conditioned*, kDetectors>& data,
                                                       const Bank& bank, double gps, double window = 0.5,
                                                       const CoincidenceOptions& options = {},
                                                       double slide = 0);

}  // namespace memo::ligo
