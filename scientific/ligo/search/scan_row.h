// What came of the scan of one pair of files: a row of the results, and a line of JSON in the journal and
// between processes. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/ligo/search/consensus.h"
#include "scientific/ligo/search/pairs.h"
#include "scientific/ligo/strain/coincidence.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo::ligo {

struct FoundMerger {
    double gps = 0;  // the median of the models'
    float rank = 0;
    std::vector<Peak> models;          // their times are GPS seconds
    std::optional<Candidate> matched;  // the matched filter's word on it; none: it hears nothing there
};

// What models proposed where nothing can be, and how loud the filter's answer was (filter_rules.h).
struct FalseProposal {
    float rank = 0;
    float snr = 0;
};

struct SlideCount {
    int slides = 0;
    double seconds = 0;        // in all
    std::vector<float> ranks;  // of false candidates, descending
    // The same of those that are a candidate of the unshifted data in one detector, with noise for a partner:
    // background is where no signal is, so they are counted apart.
    std::vector<float> of_candidates;
    float loudest = 0;  // rank of the loudest of all, candidate or not
    std::vector<FalseProposal> proposals;
};

struct ScanRow {
    FilePair pair;
    std::string error;               // one line; empty if the pair was scanned
    std::vector<std::string> notes;  // a line each
    double searched = 0;             // s of good data of both
    std::vector<FoundMerger> found;  // in order of time
    float loudest_other = 0;         // rank of the loudest that is no candidate; 0: none that models agree on
    SlideCount slides;
    std::array<double, 4> cpu{};  // s: reading, conditioning, models, matched filter
    int worker = 0;               // the rank of the process

    [[nodiscard]] bool ok() const { return error.empty(); }
};

[[nodiscard]] std::string line_of(const ScanRow& row);  // with its newline
[[nodiscard]] Result<ScanRow> row_of_line(const std::string& line);

}  // namespace memo::ligo
