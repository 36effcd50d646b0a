// Made-up data and the matched filter: an injection is heard as loud as it was made, when and by what it was
// made.
#include "scientific/ligo/strain/coincidence.h"
#include "scientific/ligo/strain/simulator.h"
#include "scientific/ligo/strain/strain_file.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace memo::ligo;
using Catch::Detail::Approx;

namespace {

constexpr std::size_t kIn = 4096;  // samples of a second
constexpr std::size_t kOut = 1024;

using Pair = std::array<Conditioned, kDetectors>;

[[nodiscard]] std::array<Strain, kDetectors> noise(std::uint64_t seed, double seconds) {
    return {simulate_noise({.seed = seed, .seconds = seconds}, 0),
            simulate_noise({.seed = seed, .seconds = seconds}, 1)};
}

[[nodiscard]] Pair conditioned(const std::array<Strain, kDetectors>& strain) {
    return {condition(strain[0]).value(), condition(strain[1]).value()};
}

[[nodiscard]] Injection injection(double snr, std::uint64_t seed, double gps) {
    Injection one;
    one.binary = {38, 32, 0.1};
    one.source = Source::random(RandomStream(seed, 9), 0);
    one.network_snr = snr;
    one.gps = gps;
    return one;
}

[[nodiscard]] const Candidate& loudest(const std::vector<Candidate>& candidates) {
    return *std::max_element(
        candidates.begin(), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.network_snr() < b.network_snr(); });
}

}  // namespace

TEST_CASE("noise depends on seed, detector and time alone") {
    const Strain whole = simulate_noise({.seed = 4, .gps_start = 1000, .seconds = 80}, 0);
    const Strain part = simulate_noise({.seed = 4, .gps_start = 1050, .seconds = 8}, 0);
    const Strain other = simulate_noise({.seed = 5, .gps_start = 1000, .seconds = 80}, 0);
    const Strain there = simulate_noise({.seed = 4, .gps_start = 1000, .seconds = 80}, 1);
    double squares = 0;
    double products[2] = {};
    for (std::size_t i = 0; i < whole.samples.size(); ++i) {
        const double sample = static_cast<double>(whole.samples[i]) * 1e20;
        squares += sample * sample;
        products[0] += sample * static_cast<double>(other.samples[i]) * 1e20;
        products[1] += sample * static_cast<double>(there.samples[i]) * 1e20;
    }
    for (const double product : products) CHECK(std::abs(product) < 0.1 * squares);
    float largest = 0;
    for (std::size_t i = 0; i < part.samples.size(); ++i)
        largest = std::max(largest, std::abs(part.samples[i] - whole.samples[50 * kIn + i]));
    CHECK(static_cast<double>(largest) <
          1e-4 * std::sqrt(squares / static_cast<double>(whole.samples.size())) * 1e-20);
}

TEST_CASE("noise has the design's spectrum") {
    const Strain strain = simulate_noise({.seed = 6, .seconds = 256}, 1);
    const Spectrum psd = median_welch(strain.samples, strain.rate, strain.good, 1000);
    for (const double low : {20.0, 40.0, 100.0, 300.0, 900.0}) {
        double ratio = 0;
        for (int k = 0; k < 40; ++k)
            ratio += psd.at(low + k * psd.step) / design_psd(low + k * psd.step) / 40;
        CHECK(ratio == Approx(1).epsilon(0.08));
    }
}

TEST_CASE("a signal in strain and the same signal in white data are one") {
    auto strain = noise(21, 64);
    const Pair quiet = conditioned(strain);
    const Injection one = injection(18, 3, 1000000030.123);
    const ConditioningOptions options;
    const WhiteSignals raw =
        inject(one, {&quiet[0].stretches[0].psd, &quiet[1].stretches[0].psd}, options, 15, strain);
    const WhiteSignals white =
        white_signals(one, {&quiet[0].stretches[0].gain, &quiet[1].stretches[0].gain}, options);
    CHECK(std::hypot(raw.snr[0], raw.snr[1]) == Approx(18));
    CHECK(std::hypot(white.snr[0], white.snr[1]) == Approx(18));
    CHECK(std::abs(white.merger[0] - white.merger[1]) <= light_time());
    CHECK(raw.merger == white.merger);

    // Conditioned by the same spectrum (the injection changes the estimate by little), less the noise.
    for (std::size_t d = 0; d < kDetectors; ++d) {
        std::vector<float> both = quiet[d].samples;
        add(white.samples[d], white.gps_start, white.rate, quiet[d].gps_start, both);
        const Conditioned loud = condition(strain[d]).value();
        double difference = 0;
        double power = 0;
        for (std::size_t i = 28 * kOut; i < 31 * kOut; ++i) {
            difference += std::pow(static_cast<double>(both[i] - loud.samples[i]), 2);
            power += std::pow(static_cast<double>(both[i] - quiet[d].samples[i]), 2);
        }
        CHECK(difference < 0.01 * power + 0.02 * 3 * kOut);
    }
}

TEST_CASE("the matched filter hears an injection as loud as it was made") {
    double heard = 0;
    double made = 0;
    const ConditioningOptions options;
    const Pair quiet = conditioned(noise(22, 64));
    for (std::uint64_t i = 0; i < 6; ++i) {
        const Injection one = injection(20, i, 1000000010 + 8 * static_cast<double>(i));
        const WhiteSignals signal =
            white_signals(one, {&quiet[0].stretches[0].gain, &quiet[1].stretches[0].gain}, options);
        for (std::size_t d = 0; d < kDetectors; ++d) {
            Conditioned data = quiet[d];
            add(signal.samples[d], signal.gps_start, signal.rate, data.gps_start, data.samples);
            const SnrSeries series = snr_series(data, one.binary, options, one.gps - 1, one.gps + 1);
            REQUIRE(series.z.size() == 2048);
            const auto at =
                static_cast<std::size_t>(std::lround((signal.merger[d] - series.gps_start) * series.rate));
            const auto snr = static_cast<double>(std::abs(series.z[at]));
            CHECK(std::abs(snr - signal.snr[d]) < 4);
            heard += snr * snr - 2;  // the noise's own part
            made += signal.snr[d] * signal.snr[d];
        }
    }
    CHECK(std::sqrt(heard / made) == Approx(1).epsilon(0.05));
}

TEST_CASE("a signal where two spectra meet is heard all the same") {
    const ConditioningOptions options{.psd_stretch = 32};
    const Injection one = injection(20, 3, 1000000032.02);  // stretches are 32 s each
    auto strain = noise(26, 64);
    const Spectrum psd = sampled_design(options);
    const WhiteSignals made = inject(one, {&psd, &psd}, options, 15, strain);
    for (std::size_t d = 0; d < kDetectors; ++d) {
        const Conditioned data = condition(strain[d], options).value();
        REQUIRE(data.stretches.size() == 2);
        const SnrSeries series = snr_series(data, one.binary, options, one.gps - 0.1, one.gps + 0.1);
        float loudest = 0;
        for (const Complex& z : series.z) loudest = std::max(loudest, std::abs(z));
        CHECK(static_cast<double>(loudest) == Approx(made.snr[d]).margin(2.5));
    }
}

TEST_CASE("in noise both parts of the matched filter have unit variance, however a time is cut") {
    const ConditioningOptions options;
    const Conditioned data = condition(simulate_noise({.seed = 23, .seconds = 256}, 0)).value();
    const Binary binary{30, 25, 0};
    const SnrSeries whole = snr_series(data, binary, options, data.gps_start + 2, data.gps_start + 254);
    double sum = 0;
    for (const Complex& z : whole.z) sum += static_cast<double>(std::norm(z)) / 2;
    CHECK(sum / static_cast<double>(whole.z.size()) == Approx(1).epsilon(0.08));
    const SnrSeries part = snr_series(data, binary, options, data.gps_start + 100, data.gps_start + 103);
    for (std::size_t i = 0; i < part.z.size(); ++i)
        REQUIRE(std::abs(part.z[i] - whole.z[98 * kOut + i]) < 0.02F);
}

TEST_CASE("a bank finds an injection in both detectors at once, and time slides find none") {
    const ConditioningOptions options;
    auto strain = noise(24, 64);
    const Spectrum psd = sampled_design(options);
    const Injection one = injection(15, 8, 1000000040.3);
    const WhiteSignals made = inject(one, {&psd, &psd}, options, 15, strain);
    const Pair data = conditioned(strain);
    const Bank bank(make_grid({.lowest_total = 40}, psd, options), options);
    REQUIRE(bank.size() > 10);
    std::array<std::vector<Trigger>, kDetectors> triggers;
    for (std::size_t d = 0; d < kDetectors; ++d) triggers[d] = find_triggers(data[d], bank, 0, 2e9);
    const std::vector<Candidate> candidates = coincide(triggers, bank);
    REQUIRE(!candidates.empty());
    const Candidate& best = loudest(candidates);
    CHECK(best.network_snr() == Approx(15).margin(2.5));
    for (std::size_t d = 0; d < kDetectors; ++d) CHECK(best.gps[d] == Approx(made.merger[d]).margin(0.01));
    CHECK(best.binary.chirp_mass() == Approx(one.binary.chirp_mass()).epsilon(0.15));
    for (const Candidate& candidate : candidates)
        if (&candidate != &best) CHECK(candidate.network_snr() < 9);
    for (const Candidate& candidate : coincide(triggers, bank, 3))
        CHECK(candidate.network_snr() < best.network_snr());

    const Bank small(make_grid({.lowest_total = 40}, psd, options), options, 2);
    const std::optional<Candidate> checked =
        check_candidate({&data.front(), &data.back()}, small, 1000000040.2);
    REQUIRE(checked.has_value());
    CHECK(checked->network_snr() == Approx(best.network_snr()).epsilon(0.01));
    for (const double value : checked->chi_squared) CHECK(value < 2.5);
    CHECK(checked->reweighted_snr() <= checked->network_snr() * 1.0001);
    const std::optional<Candidate> elsewhere =
        check_candidate({&data.front(), &data.back()}, small, 1000000020);
    CHECK((!elsewhere || elsewhere->network_snr() < 9));
}

TEST_CASE("a glitch is loud, and no signal by its chi squared") {
    const ConditioningOptions options;
    Strain strain = simulate_noise({.seed = 25, .seconds = 64}, 0);
    for (std::size_t i = 0; i < 40; ++i) strain.samples[30 * kIn + i] += 2e-21F * (i % 2 == 0 ? 1.0F : 0.6F);
    const Conditioned data = condition(strain).value();
    const Bank bank({{40, 40, 0}}, options, 2);
    const std::vector<Trigger> triggers = find_triggers(data, bank, data.gps_start + 29, data.gps_start + 31);
    REQUIRE(!triggers.empty());
    const Trigger& loud = *std::max_element(triggers.begin(), triggers.end(),
                                            [](const Trigger& a, const Trigger& b) { return a.snr < b.snr; });
    REQUIRE(loud.snr > 10);
    MatchedFilter filter(data, bank);
    CHECK(filter.chi_squared(0, loud.sample) > 4);
}

TEST_CASE("neighbours on the grid match, and binaries between them") {
    const ConditioningOptions options;
    const Spectrum psd = sampled_design(options);
    const std::vector<Binary> grid = make_grid({.lowest_total = 30, .match = 0.9}, psd, options);
    REQUIRE(grid.size() > 5);
    CHECK(grid.front().total() == Approx(30));
    CHECK(grid.back().total() == Approx(100));
    CHECK(match_of(grid[0], grid[0], psd, options) == Approx(1).epsilon(1e-3));
    for (std::size_t i = 0; i + 1 < grid.size(); i += 3) {
        const double between = std::sqrt(grid[i].chirp_mass() * grid[i + 1].chirp_mass());
        CHECK(match_of(grid[i], Binary::of_chirp_mass(between, 1), psd, options) > 0.89);
    }
}

TEST_CASE("unequal masses keep their SNR in a bank of equal ones") {
    const ConditioningOptions options;
    const Spectrum psd = sampled_design(options);
    const std::vector<Binary> grid = make_grid({.lowest_total = 35}, psd, options);
    const RandomStream stream(27, 0);
    for (std::uint64_t i = 0; i < 8; ++i) {
        const double total = stream.between(2 * i, 45, 100);
        const double ratio = stream.between(2 * i + 1, 1.0 / 3, 1);
        const Binary binary{total / (1 + ratio), total * ratio / (1 + ratio), 0};
        double best = 0;
        for (const Binary& one : grid)
            if (std::abs(std::log(one.chirp_mass() / binary.chirp_mass())) < 0.2)
                best = std::max(best, match_of(binary, one, psd, options));
        CHECK(best > 0.94);
    }
}

TEST_CASE("GW150914 is heard by both detectors as published") {
    const char* folder = std::getenv("MEMO_DATA_DIR");
    const std::string start = folder == nullptr ? "" : std::string(folder) + "/ligo/";
    const std::string paths[] = {start + "H-H1_LOSC_4_V2-1126259446-32.hdf5",
                                 start + "L-L1_LOSC_4_V2-1126259446-32.hdf5"};
    if (folder == nullptr || !std::filesystem::exists(paths[0]) || !std::filesystem::exists(paths[1])) {
        std::puts("skip MEMO_DATA_DIR/ligo is not there: GW150914 is not looked at");
        return;
    }
    // Masses and spins of the tutorial's template, as the detectors see them.
    const Binary binary{41.743, 29.237, (41.743 * 0.355 - 29.237 * 0.769) / (41.743 + 29.237)};
    const ConditioningOptions options;
    std::array<double, kDetectors> snr{};
    std::array<double, kDetectors> gps{};
    std::array<double, kDetectors> elsewhere{};
    for (std::size_t d = 0; d < kDetectors; ++d) {
        const Conditioned data = condition(read_strain(paths[d]).value()).value();
        CHECK(data.detector == detectors()[d].name);
        const SnrSeries series = snr_series(data, binary, options, data.gps_start + 2, data.gps_start + 30);
        for (std::size_t i = 0; i < series.z.size(); ++i) {
            const auto value = static_cast<double>(std::abs(series.z[i]));
            if (value <= snr[d]) continue;
            snr[d] = value;
            gps[d] = series.gps_start + static_cast<double>(i) / series.rate;
        }
        for (std::size_t i = 0; i < series.z.size(); ++i)
            if (std::abs(series.gps_start + static_cast<double>(i) / series.rate - gps[d]) > 0.5)
                elsewhere[d] = std::max(elsewhere[d], static_cast<double>(std::abs(series.z[i])));
    }
    std::printf("GW150914: H1 %.2f, L1 %.2f, network %.2f, delay %.1f ms, elsewhere %.2f and %.2f\n", snr[0],
                snr[1], std::hypot(snr[0], snr[1]), 1e3 * (gps[0] - gps[1]), elsewhere[0], elsewhere[1]);
    CHECK(snr[0] == Approx(19.4).epsilon(0.05));
    CHECK(snr[1] == Approx(12.9).epsilon(0.05));
    CHECK(gps[0] - gps[1] == Approx(0.007).margin(0.002));
    CHECK(gps[0] == Approx(1126259462.43).margin(0.02));
    for (const double value : elsewhere) CHECK(value < 6);
}
