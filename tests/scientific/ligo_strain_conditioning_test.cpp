// Spectra and conditioning: noise becomes white, lines and everything outside the band go, gaps stay gaps.
#include "scientific/ligo/strain/block_filter.h"
#include "scientific/ligo/strain/conditioning.h"
#include "scientific/ligo/strain/random.h"
#include "scientific/ligo/strain/simulator.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

using namespace memo::ligo;
using Catch::Detail::Approx;

namespace {

[[nodiscard]] std::vector<float> white_noise(std::size_t size, std::uint64_t seed) {
    const RandomStream stream(seed, 0);
    std::vector<float> samples(size);
    for (std::size_t i = 0; i < size; ++i)
        samples[i] = i % 2 == 0 ? stream.normals(i / 2).first : stream.normals(i / 2).second;
    return samples;
}

[[nodiscard]] double mean_square(std::span<const float> samples) {
    double sum = 0;
    for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
    return sum / static_cast<double>(samples.size());
}

[[nodiscard]] std::span<const float> part(const Conditioned& data, const Range& range) {
    return std::span(data.samples).subspan(range.begin, range.size());
}

// The density between two frequencies, of which 1 is that of white noise of unit variance.
[[nodiscard]] double density(const Conditioned& data, double low, double high) {
    const Spectrum psd = median_welch(data.samples, data.rate, data.good, data.rate / 2);
    double sum = 0;
    int count = 0;
    for (; low + count * psd.step <= high; ++count) sum += psd.at(low + count * psd.step) * data.rate / 2;
    return sum / count;
}

constexpr std::size_t kIn = 4096;  // samples of a second
constexpr std::size_t kOut = 1024;
constexpr double kBandShare = 424.0 / 512;  // of the default band, its edges included, in half the rate

}  // namespace

TEST_CASE("the median's bias is that of exponential variables") {
    CHECK(median_bias(1) == 1.0);
    CHECK(median_bias(3) == Approx(1.0 - 1.0 / 2 + 1.0 / 3));
    CHECK(median_bias(100001) == Approx(std::numbers::ln2).epsilon(1e-4));
}

TEST_CASE("Welch's spectrum of white noise is its variance over half the rate") {
    const std::vector<float> samples = white_noise(64 * kOut, 3);
    const Range all[] = {{0, samples.size()}};
    const Spectrum psd = median_welch(samples, 1024, all, 512);
    double sum = 0;
    for (std::size_t k = 4; k < 2044; ++k) sum += psd.values[k] / 2040;
    CHECK(sum == Approx(2.0 / 1024).epsilon(0.03));
    CHECK(psd.at(100.125) == Approx((psd.at(100) + psd.at(100.25)) / 2));
}

TEST_CASE("Welch's spectrum does not look into bad data") {
    std::vector<float> samples = white_noise(32 * kOut, 4);
    for (std::size_t i = 10000; i < 12000; ++i) samples[i] = 1e6F;
    const Range good[] = {{0, 10000}, {12000, samples.size()}};
    CHECK(median_welch(samples, 1024, good, 512).at(200) < 4.0 / 1024);
    const Range few[] = {{0, 1000}};
    CHECK(median_welch(samples, 1024, few, 512).values.empty());
}

TEST_CASE("a block filter is the convolution with its taps, however a series is cut") {
    constexpr double kRate = 256;
    Spectrum gain{1, {}};  // 1 s: 256 taps
    for (int k = 0; k <= 128; ++k) gain.values.push_back(k > 10 && k < 50 ? 1.0 + 0.01 * k : 0.0);
    const std::vector<float> in = white_noise(5000, 5);
    const auto read = [&](std::ptrdiff_t first, std::span<float> to) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(i);
            to[i] = at >= 0 && at < 5000 ? in[static_cast<std::size_t>(at)] : 0.0F;
        }
    };
    BlockFilter filter(gain, kRate, kRate / 2);
    REQUIRE(filter.reach() == 128);
    std::vector<float> out(2500);
    filter.run(read, 0, 2500, out);

    std::vector<double> taps(257);  // by the definition
    for (std::ptrdiff_t n = -128; n <= 128; ++n) {
        double sum = 0;
        for (int k = 0; k < 256; ++k)
            sum += gain.values[static_cast<std::size_t>(std::min(k, 256 - k))] *
                   std::cos(2 * std::numbers::pi * k * static_cast<double>(n) / 256) / 256;
        taps[static_cast<std::size_t>(n + 128)] =
            sum * (0.5 + 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / 256));
    }
    for (const std::ptrdiff_t m : {0, 1, 700, 1023, 1024, 2499}) {
        double sum = 0;
        for (std::ptrdiff_t n = -128; n <= 128; ++n) {
            const std::ptrdiff_t at = 2 * m - n;
            if (at >= 0 && at < 5000)
                sum += taps[static_cast<std::size_t>(n + 128)] *
                       static_cast<double>(in[static_cast<std::size_t>(at)]);
        }
        CHECK(static_cast<double>(out[static_cast<std::size_t>(m)]) == Approx(sum).margin(1e-4));
    }
    std::vector<float> middle(777);
    filter.run(read, 321, 321 + 777, middle);
    for (std::size_t i = 0; i < middle.size(); ++i) CHECK(std::abs(middle[i] - out[321 + i]) < 1e-4F);
}

TEST_CASE("simulated noise is conditioned to unit variance in band and a flat spectrum") {
    const Conditioned data = condition(simulate_noise({.seed = 11, .seconds = 256}, 0)).value();
    REQUIRE(data.rate == 1024);
    REQUIRE(data.samples.size() == 256 * kOut);
    REQUIRE(data.good == std::vector<Range>{{kOut, 255 * kOut}});
    CHECK(mean_square(part(data, data.good[0])) == Approx(kBandShare).epsilon(0.03));
    for (int f = 30; f < 450; f += 20) CHECK(density(data, f, f + 20) == Approx(1).epsilon(0.12));
    CHECK(density(data, 5, 24) < 1e-3);
    CHECK(density(data, 456, 510) < 1e-3);
}

TEST_CASE("of few windows the variance is right all the same") {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Conditioned data = condition(simulate_noise({.seed = seed, .seconds = 32}, 1)).value();
        sum += mean_square(part(data, data.good[0])) / 4;
    }
    CHECK(sum == Approx(kBandShare).epsilon(0.03));
}

TEST_CASE("lines are whitened away, and what drifts slowly") {
    Strain strain = simulate_noise({.seed = 12, .seconds = 128}, 0);
    for (std::size_t i = 0; i < strain.samples.size(); ++i) {  // a thousand times the noise in a bin
        const double t = static_cast<double>(i) / strain.rate;
        strain.samples[i] += static_cast<float>(1e-20 * std::sin(2 * std::numbers::pi * 60.1 * t) +
                                                1e-18 * std::sin(2 * std::numbers::pi * 0.3 * t));
    }
    const Conditioned data = condition(strain).value();
    CHECK(mean_square(part(data, data.good[0])) == Approx(kBandShare).epsilon(0.05));
    CHECK(density(data, 57, 63) < 1.2);  // a notch, at most
    CHECK(density(data, 100, 300) == Approx(1).epsilon(0.05));
}

TEST_CASE("gaps are left out, and what is around them is clean") {
    Strain strain = simulate_noise({.seed = 13, .seconds = 64}, 0);
    strain.good = {{kIn * 2, kIn * 10}, {kIn * 12, kIn * 40 + 1}, {kIn * 41, kIn * 64}};
    for (std::size_t i = kIn * 10; i < kIn * 12; ++i) strain.samples[i] = 1.0F;
    const Conditioned data = condition(strain).value();
    REQUIRE(data.good == std::vector<Range>{{13 * kOut, 39 * kOut}, {42 * kOut, 63 * kOut}});
    REQUIRE(data.stretches.size() == 2);
    REQUIRE(data.notes.size() == 1);
    CHECK(data.notes[0].find("shorter than 16 s: 8 s from GPS 1000000002.000") != std::string::npos);
    for (const Range& range : data.good)
        CHECK(mean_square(part(data, range)) == Approx(kBandShare).epsilon(0.1));
    CHECK(mean_square(part(data, {0, 12 * kOut})) == 0);
    CHECK(data.stretch_at(1000000020)->samples.begin == 12 * kOut);
    CHECK(data.stretch_at(1000000063)->samples.begin == 41 * kOut);
    CHECK(data.stretch_at(0) == data.stretches.data());

    strain.samples.assign(strain.samples.size(), 0.0F);  // silence is no data either
    const Conditioned silent = condition(strain).value();
    CHECK(silent.good.empty());
    CHECK(silent.stretch_at(1000000020) == nullptr);
}

TEST_CASE("options that cannot be are told") {
    const Strain strain = simulate_noise({.seconds = 16}, 0);
    CHECK(condition(strain, {.rate = 1000}).error().find("power of two") != std::string::npos);
    CHECK(condition(strain, {.rate = 512}).error().find("at least 908 Hz") != std::string::npos);
    CHECK(condition(strain, {.low = 450, .high = 30}).error().find("no band") != std::string::npos);
    CHECK(condition(strain, {.psd_seconds = 0.3}).error().find("whole seconds") != std::string::npos);
    CHECK(condition(strain, {.shortest = 4}).error().find("two windows") != std::string::npos);
    CHECK(condition(strain, {.rate = 2048, .high = 900}).ok());
}
