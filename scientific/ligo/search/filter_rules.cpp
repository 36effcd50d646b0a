// When the matched filter confirms (filter_rules.h).
#include "scientific/ligo/search/filter_rules.h"

#include <algorithm>

namespace memo::ligo {

namespace {

// A louder sample hides others of its template this near, and none further: what noise does just before a
// signal is not to hide it.
constexpr double kTriggerWindow = 0.01;  // s

}  // namespace

CoincidenceOptions coincidence_options(const FilterRules& rules) {
    CoincidenceOptions options;
    options.lowest_snr = rules.lowest_snr;
    options.trigger_window = kTriggerWindow;
    return options;
}

double loudness_of(const std::optional<Candidate>& answer, const FilterRules& rules) {
    if (!answer) return 0;
    const double weaker = std::min(answer->snr[0], answer->snr[1]);
    const double share = std::min(rules.least_share * answer->network_snr(), rules.enough);
    if (weaker < std::max(rules.lowest_snr, share)) return 0;
    return answer->reweighted_snr();
}

}  // namespace memo::ligo
