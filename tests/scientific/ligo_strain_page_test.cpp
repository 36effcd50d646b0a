// What people look at: the map of time and frequency, dates, and the page.
#include "scientific/ligo/strain/gps_time.h"
#include "scientific/ligo/strain/page/scan_page.h"
#include "scientific/ligo/strain/simulator.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

using namespace memo::ligo;
using Catch::Detail::Approx;

namespace {

constexpr std::size_t kOut = 1024;  // samples of a second

[[nodiscard]] std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

[[nodiscard]] Conditioned white(double seconds) {
    return condition(simulate_noise({.seed = 31, .seconds = seconds}, 0)).value();
}

}  // namespace

TEST_CASE("GPS seconds are dates") {
    CHECK(utc_of_gps(0) == "1980-01-06 00:00:00.0 UTC");
    CHECK(utc_of_gps(1126259462.4) == "2015-09-14 09:50:45.4 UTC");
    CHECK(utc_of_gps(1187008882.4) == "2017-08-17 12:41:04.4 UTC");
    CHECK(utc_of_gps(1167264018) == "2017-01-01 00:00:00.0 UTC");  // the second after a leap second
    CHECK(utc_of_gps(1000000000) == "2011-09-14 01:46:25.0 UTC");
}

TEST_CASE("noise has a mean energy of 1 at every frequency, and a tone stands out at its own") {
    Conditioned data = white(64);
    const TimeFrequencyMap noise =
        time_frequency(data, data.gps_start + 10, data.gps_start + 50, {.columns = 40 * kOut});
    REQUIRE(noise.rows * noise.columns == noise.energy.size());
    for (std::size_t row = 0; row < noise.rows; row += 11) {
        double sum = 0;
        for (std::size_t i = 0; i < noise.columns; ++i) sum += static_cast<double>(noise.at(row, i));
        CHECK(sum / static_cast<double>(noise.columns) == Approx(1).epsilon(0.2));
    }
    for (std::size_t i = 0; i < 512; ++i)  // half a second at 100 Hz
        data.samples[30 * kOut + i] +=
            static_cast<float>(2 * std::sin(2 * std::numbers::pi * 100 * static_cast<double>(i) / 1024));
    const TimeFrequencyMap map = time_frequency(data, data.gps_start + 29.5, data.gps_start + 31.5);
    const auto loudest =
        static_cast<std::size_t>(std::max_element(map.energy.begin(), map.energy.end()) - map.energy.begin());
    CHECK(map.frequency(loudest / map.columns) == Approx(100).epsilon(0.1));
    CHECK(static_cast<double>(loudest % map.columns) / static_cast<double>(map.columns) * 2 ==
          Approx(0.75).margin(0.25));
    CHECK(map.energy[loudest] > 20);
    CHECK(time_frequency(data, data.gps_start + 100, data.gps_start + 101).energy.empty());
}

TEST_CASE("the page holds what was found, safe from the names of files") {
    std::array<Conditioned, kDetectors> data = {white(64), white(64)};
    data[1].detector = "L1";
    const ConditioningOptions options;
    Injection injection;
    injection.gps = data[0].gps_start + 30;
    injection.network_snr = 25;
    const WhiteSignals signal =
        white_signals(injection, {&data[0].stretches[0].gain, &data[1].stretches[0].gain}, options);
    for (std::size_t d = 0; d < kDetectors; ++d)
        add(signal.samples[d], signal.gps_start, signal.rate, data[d].gps_start, data[d].samples);
    const Bank bank({injection.binary}, options, 2);
    const std::array<const Conditioned*, kDetectors> both = {&data.front(), &data.back()};
    const std::optional<Candidate> heard = check_candidate(both, bank, injection.gps);
    REQUIRE(heard.has_value());

    ScanPage page;
    page.subtitle = "<b>&.hdf5";
    page.facts = {{"false alarms an hour", "< 0.1"}};
    page.notes = {"L1: a \"gap\""};
    page.model_names = {"model 1", "model 2"};
    page.gps_start = data[0].gps_start;
    page.gps_end = data[0].gps_start + 64;
    for (const std::string& name : page.model_names)
        page.models.push_back({name, "", page.gps_start, 64, std::vector<float>(4096, -3.0F)});
    page.candidates = {{injection.gps, 12, {injection.gps, injection.gps + 0.01}, {12, 13}, heard},
                       {injection.gps + 9, 11, {}, {}, std::nullopt}};
    page.views = {look_at(both, page.models, options, heard, {30, 30, 0}, injection.gps),
                  look_at(both, page.models, options, std::nullopt, {30, 30, 0}, page.gps_start)};
    const PageView& view = page.views[0];
    for (std::size_t d = 0; d < kDetectors; ++d) {
        REQUIRE(view.fitted[d].has_value());
        REQUIRE(view.fitted[d]->values.size() == view.strain[d].values.size());
        double rest = 0;  // the fit takes its SNR squared out of the strain
        double whole = 0;
        for (std::size_t i = 0; i < view.strain[d].values.size(); ++i) {
            whole += std::pow(static_cast<double>(view.strain[d].values[i]), 2);
            rest += std::pow(static_cast<double>(view.strain[d].values[i] - view.fitted[d]->values[i]), 2);
        }
        CHECK(whole - rest == Approx(heard->snr[d] * heard->snr[d]).epsilon(0.15));
    }

    const std::string html = html_of(page);
    CHECK(count_of(html, "<svg") == count_of(html, "</svg>"));
    CHECK(count_of(html, "data:image/png;base64,") == 4);
    CHECK(count_of(html, "<b>&.hdf5") == 0);
    CHECK(count_of(html, "&lt;b&gt;&amp;.hdf5") == 1);
    CHECK(count_of(html, "&lt; 0.1") == 1);
    CHECK(count_of(html, "2011-09-14 01:46:55.0 UTC") > 0);
    CHECK(count_of(html, "nothing above the matched filter") == 1);
    CHECK(count_of(html, "nan") == 0);
    CHECK(count_of(html, "src=\"http") + count_of(html, "href=\"http") == 0);
    CHECK(count_of(html_of({}), "None: nothing that all models propose") == 1);
}
