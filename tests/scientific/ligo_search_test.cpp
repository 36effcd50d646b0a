// From what models say to candidates, thresholds, rates, pairs and rows: without any model.
#include "scientific/ligo/search/calibration.h"
#include "scientific/ligo/search/consensus.h"
#include "scientific/ligo/search/journal.h"
#include "scientific/ligo/search/pairs.h"
#include "scientific/ligo/search/rates.h"
#include "scientific/ligo/search/scan_row.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace memo::ligo;

namespace {

constexpr double kRate = 128;

// Silence with plateaus of `height` in frames [begin, begin + width).
struct Plateau {
    std::size_t begin;
    std::size_t width;
    float height;
};
[[nodiscard]] Track track_of(std::size_t frames, const std::vector<Plateau>& plateaus) {
    Track track{kRate, 0, std::vector<float>(frames, -8)};
    for (const Plateau& plateau : plateaus) {
        for (std::size_t i = plateau.begin; i < std::min(frames, plateau.begin + plateau.width); ++i)
            track.log_odds[i] = plateau.height;
    }
    return track;
}

}  // namespace

TEST_CASE("a plateau is one peak, wherever windows cut it, and its time is its right edge") {
    for (std::size_t begin = 8; begin + 24 <= 400; ++begin) {
        const auto peaks = peaks_of(track_of(400, {{begin, 16, 6}}), {}, 3);
        INFO(begin);
        REQUIRE(peaks.size() == 1);
        CHECK(peaks[0].time == Approx(static_cast<double>(begin + 15) / kRate).margin(4 / kRate));
        CHECK(peaks[0].height == Approx(6).margin(1e-3));
        CHECK(peaks[0].width == Approx(16 / kRate).margin(8 / kRate));
    }
}

TEST_CASE("what is too low, too narrow, too wide or too hollow is no peak") {
    const PeakRules rules;
    CHECK(peaks_of(track_of(400, {{100, 16, 2.9F}}), rules, 3).empty());
    CHECK(peaks_of(track_of(400, {{100, 3, 40}}), rules, 1).empty());
    CHECK(peaks_of(track_of(400, {{100, 45, 9}}), rules, 3).empty());
    Track hollow = track_of(400, {{100, 16, 9}});
    hollow.log_odds[107] = -4;  // a probability of .02
    CHECK(peaks_of(hollow, rules, 3).empty());
    hollow.log_odds[107] = -2;
    CHECK(peaks_of(hollow, rules, 3).size() == 1);
}

TEST_CASE("of peaks within half a second the highest stays, and each window has one") {
    const auto peaks = peaks_of(track_of(1000, {{100, 16, 5}, {150, 16, 7}, {400, 16, 4}}), {}, 3);
    REQUIRE(peaks.size() == 2);
    CHECK(peaks[0].height == Approx(7).margin(1e-3));
    CHECK(peaks[1].height == Approx(4).margin(1e-3));
}

TEST_CASE(
    "a candidate is what all models agree on within a quarter of a second; its rank is the mean height") {
    const std::vector<Track> agreeing = {track_of(600, {{200, 16, 9}}), track_of(600, {{204, 16, 7}}),
                                         track_of(600, {{198, 16, 8}}), track_of(600, {{210, 16, 6}})};
    const auto all = consensus_of(agreeing, {}, 3);
    REQUIRE(all.size() == 1);
    CHECK(all[0].rank == Approx(7.5).margin(1e-3));
    CHECK(all[0].models.size() == 4);
    CHECK(all[0].time == Approx(0.5 * (215 + 219) / kRate).margin(4 / kRate));
    CHECK(consensus_of(agreeing, {}, 7.6F).empty());
    std::vector<Track> late = agreeing;
    late[3] = track_of(600, {{200 + 42, 16, 9}});
    CHECK(consensus_of(late, {}, 3).empty());
    std::vector<Track> silent = agreeing;
    silent[1] = track_of(600, {});
    CHECK(consensus_of(silent, {}, 3).empty());
    CHECK(consensus_of({}, {}, 3).empty());
}

TEST_CASE("raising the threshold never makes a candidate") {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, 3);
    for (int round = 0; round < 50; ++round) {
        std::vector<Track> tracks;
        for (int model = 0; model < 2; ++model) {
            Track track{kRate, 0, {}};
            float value = 0;
            for (int i = 0; i < 2000; ++i) track.log_odds.push_back(value = 0.9F * value + normal(random));
            tracks.push_back(track);
        }
        PeakRules loose;
        loose.inside_share = 0;
        std::size_t before = consensus_of(tracks, loose, 0).size();
        for (const float threshold : {2.0F, 4.0F, 8.0F}) {
            const auto found = consensus_of(tracks, loose, threshold);
            for (const Consensus& one : found) CHECK(one.rank >= threshold);
            CHECK(found.size() <= before);
            before = found.size();
        }
    }
}

TEST_CASE("upper limits are those of the tables, intervals hold the share") {
    CHECK(poisson_upper_limit(0) == Approx(2.303).epsilon(1e-3));
    CHECK(poisson_upper_limit(1) == Approx(3.890).epsilon(1e-3));
    CHECK(poisson_upper_limit(10) == Approx(15.41).epsilon(1e-3));
    CHECK(poisson_upper_limit(0, 0.95) == Approx(2.996).epsilon(1e-3));
    const Share half = binomial_share(50, 100);
    CHECK(half.value == 0.5);
    CHECK(half.high - half.low == Approx(0.0995).epsilon(0.01));
    const Share all = binomial_share(20, 20);
    CHECK(all.high == Approx(1));
    CHECK(all.low < 1);
    CHECK(binomial_share(0, 0).high == 1);
}

TEST_CASE("the threshold leaves as many false alarms as were allowed, and wants enough background") {
    Background background;
    background.seconds = 40 * 3600;
    background.loudest = {9, 7, 5, 4.5F, 4, 3, 2};
    const auto threshold = threshold_for({background}, 10, 0);
    REQUIRE(threshold.ok());
    CHECK(*threshold > 4);  // four in 40 hours may be at or above it
    CHECK(*threshold <= 4.5F);
    CHECK(*threshold_for({background}, 10, 1) == Approx(*threshold + 1));
    CHECK_FALSE(threshold_for({background}, 50, 0).ok());
    Background louder = background;
    louder.loudest = {20, 19, 18, 17, 16, 15};
    CHECK(*threshold_for({background, louder}, 10, 0) >= 16);
    // What the filter confirmed is counted by itself.
    background.confirmed = {9.5F, 8.5F};
    CHECK(*threshold_for({background}, 10, 0, &Background::confirmed) == 0);
    CHECK(*threshold_for({background}, 40, 0, &Background::confirmed) == Approx(8.5));
}

TEST_CASE("the filter confirms what both detectors hear, each its share") {
    const FilterRules rules;
    const Candidate even{{30, 20, 0}, {110.5, 110.49}, {8, 6}, {1, 1}};
    CHECK(loudness_of(even, rules) == Approx(10));
    CHECK(loudness_of(std::nullopt, rules) == 0);
    Candidate faint = even;
    faint.snr = {8, rules.lowest_snr - 0.01};
    CHECK(loudness_of(faint, rules) == 0);
    Candidate uneven = even;
    uneven.snr = {12, 3.3};  // a share of .265, above the lowest SNR
    CHECK(loudness_of(uneven, rules) == 0);
    uneven.snr = {40, rules.enough + 0.01};
    CHECK(loudness_of(uneven, rules) > 40);
    Candidate glitch = even;
    glitch.chi_squared = {4, 1};
    CHECK(loudness_of(glitch, rules) < 8);
    CHECK(coincidence_options(rules).lowest_snr == rules.lowest_snr);
}

TEST_CASE("records and rows are read as they were written; what is none is refused") {
    Calibration calibration;
    calibration.models = {{"model0", "0123abcd"}};
    calibration.threshold = 4.25F;
    calibration.wanted_hours = 10;
    calibration.filter.least_snr = 8.125;
    calibration.backgrounds.push_back({7, 36000, 2048, 18, {3.5F, 2}, 5, {8.5F, 7}, {}});
    const auto again = calibration_of_json(json_of(calibration));
    REQUIRE(again.ok());
    CHECK(again->threshold == calibration.threshold);
    CHECK(again->models == calibration.models);
    CHECK(again->rules == calibration.rules);
    CHECK(again->filter == calibration.filter);
    CHECK(again->backgrounds[0].loudest == calibration.backgrounds[0].loudest);
    CHECK(again->backgrounds[0].confirmed == calibration.backgrounds[0].confirmed);
    for (const char* wrong :
         {"", "{}", "[1]", R"({"ligo_calibration": 2})", R"({"ligo_calibration": 1, "threshold": "x"})"})
        CHECK_FALSE(calibration_of_json(wrong).ok());
    const std::string slides = "\"slides\": 18";
    for (const char* none : {"2e103", "18.5", "2147483648", "18446744073709551616"}) {
        std::string wrong = json_of(calibration);
        REQUIRE(wrong.find(slides) != std::string::npos);
        CHECK_FALSE(calibration_of_json(
                        wrong.replace(wrong.find(slides), slides.size(), std::string("\"slides\": ") + none))
                        .ok());
    }

    ScanRow row;
    row.pair = {"h", "l", 100, 132};
    row.notes = {"a note"};
    row.found.push_back({110.5, 6, {{110.4, 7, 0.1}}, std::nullopt});
    row.found[0].matched = Candidate{{30, 20, 0}, {110.5, 110.49}, {19, 13}, {1, 1.1}};
    row.slides = {3, 96, {5}, {6}, 5, {{5, 9.5F}, {1, 0}}};
    const auto read = row_of_line(line_of(row));
    REQUIRE(read.ok());
    CHECK(line_of(*read) == line_of(row));
    CHECK_FALSE(row_of_line("{}").ok());
    CHECK_FALSE(row_of_line("nonsense").ok());
}

TEST_CASE("a journal's last line counts only if it is whole; other options are refused") {
    ScanRow row;
    row.pair = {"h", "l", 0, 32};
    const std::string head = "{\"ligo_journal\":1,\"options\":\"x\"}\n";
    std::size_t whole = 0;
    const auto cut = rows_of_journal(head + line_of(row) + line_of(row).substr(0, 20), "x", &whole);
    REQUIRE(cut.ok());
    CHECK(cut->size() == 1);
    CHECK(whole == head.size() + line_of(row).size());
    CHECK_FALSE(rows_of_journal(head, "y", &whole).ok());
    CHECK_FALSE(rows_of_journal("something\n", "x", &whole).ok());
    CHECK_FALSE(rows_of_journal(head + "nonsense\n", "x", &whole).ok());
}

TEST_CASE("files are paired where they overlap in time; what has no partner is named") {
    const auto file = [](const char* path, const char* detector, double start, std::uint64_t seconds) {
        return StrainFile{path, {detector, start, 4096, seconds * 4096}};
    };
    const Pairing pairing =
        pair_up({file("h1", "H1", 0, 64), file("h2", "H1", 64, 64), file("l1", "L1", 32, 64),
                 file("l2", "L1", 500, 64), file("v", "V1", 0, 64)},
                16);
    REQUIRE(pairing.pairs.size() == 2);
    CHECK(pairing.pairs[0] == FilePair{"h1", "l1", 32, 64});
    CHECK(pairing.pairs[1] == FilePair{"h2", "l1", 64, 96});
    REQUIRE(pairing.problems.size() == 2);
    CHECK(pairing.problems[0].find("v: detector V1") == 0);
    CHECK(pairing.problems[1].find("l2: left out: no file of H1 covers") == 0);
    const Pairing alone = pair_up({file("h1", "H1", 0, 64)}, 16);
    CHECK(alone.pairs.empty());
    CHECK(alone.problems.at(0).find("there is no file of L1") != std::string::npos);
}
