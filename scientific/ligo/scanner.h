// The scan of two detectors' strain: conditioning, all models, what they agree on, and the matched filter's
// word on it.
//
// Thread safety: one thread calls a scanner, which shares the work out to its own.
#pragma once

#include "scientific/ligo/nets/model.h"
#include "scientific/ligo/search/calibration.h"
#include "scientific/ligo/search/scan_row.h"
#include "scientific/ligo/strain/conditioning.h"
#include "scientific/ligo/strain/matched_filter.h"

#include <array>
#include <optional>
#include <vector>

namespace memo::ligo {

struct ScanOptions {
    PeakRules rules;
    FilterRules filter;
    ConditioningOptions conditioning;
    double slide_seconds = 0;  // of time slides wanted for each pair
    double block_seconds = 8;  // that a model is given at a time
    unsigned threads = 1;
};

// A time in which both detectors' data is good; samples of each, as many.
struct CommonRange {
    std::array<Range, 2> samples;
    double gps_start = 0;
};
[[nodiscard]] std::vector<CommonRange> common_ranges(const Conditioned& first, const Conditioned& second,
                                                     double least_seconds);

// What a page shows beside the row.
struct ScanDetail {
    std::array<Conditioned, 2> white;
    std::vector<CommonRange> ranges;
    std::vector<std::vector<Track>> tracks;  // of each range, each model
};

// What all models agree on, and the filter's answer.
struct Proposal {
    Consensus agreed;
    std::optional<Candidate> matched;
    double snr = 0;  // how loud the answer is (filter_rules.h)
};
[[nodiscard]] bool is_candidate(const Proposal& proposal, const FilterRules& rules);

class Scanner {
  public:
    Scanner(std::vector<Model> models, const ScanOptions& options);

    [[nodiscard]] const std::vector<Model>& models() const { return models_; }
    [[nodiscard]] const ScanOptions& options() const { return options_; }

    // Reads and scans a pair of files. What is wrong is in the row.
    [[nodiscard]] ScanRow scan(const FilePair& pair, ScanDetail* detail = nullptr);
    // Strain that was read or made already; row.pair, notes and times are filled by the caller.
    void scan(const Strain& first, const Strain& second, ScanRow& row, ScanDetail* detail = nullptr);

    // Of white strain: what all models say. A track each.
    [[nodiscard]] std::vector<Track> tracks(std::span<const float> first,
                                            std::span<const float> second) const;
    // All that models agree on. `slide` samples the second detector is turned against the
    // first.
    [[nodiscard]] std::vector<Consensus> search(std::span<const float> first, std::span<const float> second,
                                                std::size_t slide = 0) const;
    // That of a range of white strain, and what the filter says of it.
    [[nodiscard]] std::vector<Proposal> propose(const std::array<Conditioned, 2>& white,
                                                const CommonRange& range, std::size_t slide = 0);

  private:
    void scan_range(const std::array<Conditioned, 2>& white, const CommonRange& range, ScanRow& row,
                    ScanDetail* detail);
    [[nodiscard]] Proposal ask_matched_filter(const std::array<Conditioned, 2>& white,
                                              const CommonRange& range, const Consensus& agreed,
                                              std::size_t slide);

    std::vector<Model> models_;
    ScanOptions options_;
    std::optional<Bank> bank_;  // made when first wanted
};

// How many slides of a stretch give so many seconds, and how many samples a slide is further than the last.
struct SlidePlan {
    int slides = 0;
    std::size_t step = 0;
};
[[nodiscard]] SlidePlan plan_slides(std::size_t samples, double rate, double seconds);

}  // namespace memo::ligo
