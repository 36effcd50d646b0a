// IMRPhenomB against what is known of it, and the two detectors' geometry.
#include "scientific/ligo/strain/network.h"
#include "scientific/ligo/strain/spectrum.h"
#include "scientific/ligo/strain/waveform.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace memo::ligo;
using Catch::Detail::Approx;
using std::numbers::pi;

namespace {

constexpr double kEarly = 0.002;  // Hz: v is 0.014 and less, and Newton right to a part in a hundred

[[nodiscard]] std::vector<Binary> some_binaries() {
    return {{30, 30, 0}, {36, 29, 0}, {50, 10, 0.5}, {10, 10, -0.5}, {60, 40, 0.8}, {45, 15, -0.2}};
}

}  // namespace

TEST_CASE("without spin and mass ratio the phase has the post-Newtonian coefficients") {
    // eta -> 0 leaves 3715/756, -16 pi and 15293365/508032 of Ajith's table; spin adds 113/3 chi and -405/8
    // chi^2.
    const Waveform light({1000, 1e-9, 0});
    CHECK(light.coefficients()[0] == 1.0);
    CHECK(light.coefficients()[2] == Approx(4.914021164).epsilon(1e-8));
    CHECK(light.coefficients()[3] == Approx(-50.26548246).epsilon(1e-8));
    CHECK(light.coefficients()[4] == Approx(30.10315295).epsilon(1e-8));
    CHECK(light.coefficients()[6] == Approx(0).margin(1e-4));
    const Waveform spinning({1000, 1e-9, 0.6});
    CHECK(spinning.coefficients()[3] == Approx(-50.26548246 + 113 * 0.6 / 3).epsilon(1e-8));
    CHECK(spinning.coefficients()[4] == Approx(30.10315295 - 405 * 0.36 / 8).epsilon(1e-8));
}

TEST_CASE("at equal masses the coefficients are the published table's") {
    // By hand of table I at eta = 1/4, chi = 0: x1/4 + x4/16 + x6/64 on top of the constants.
    const Waveform wave({30, 30, 0});
    CHECK(wave.coefficients()[2] == Approx(4.914021164 - 230.2275 + 421.36875 - 209.328125).epsilon(1e-9));
    CHECK(wave.coefficients()[3] == Approx(-50.26548246 + 4255.5 - 7585.625 + 3727.96875).epsilon(1e-9));
    CHECK(wave.coefficients()[4] == Approx(30.10315295 - 31360 + 54596.25 - 26462.5).epsilon(1e-9));
    CHECK(wave.coefficients()[6] == Approx(-222442.5 + 373800 - 176250).epsilon(1e-9));
    CHECK(wave.coefficients()[7] == Approx(217400 - 364868.75 + 170171.875).epsilon(1e-9));
}

TEST_CASE("the ringdown is about that of the hole which is left") {
    // Equal masses leave a hole of 0.952 M and spin 0.686, whose mode l = m = 2 has M_f omega = 0.527.
    const Waveform wave({30, 30, 0});
    const double expected = 0.527 / (2 * pi * 0.952 * 60 * kSolarMass);
    CHECK(wave.ringdown_frequency() == Approx(expected).epsilon(0.1));
    CHECK(Waveform({30, 30, 0.8}).ringdown_frequency() > wave.ringdown_frequency());
}

TEST_CASE("low frequencies chirp as Newton's binary") {
    for (const Binary& binary : some_binaries()) {
        const Waveform wave(binary);
        const double chirp = binary.chirp_mass() * kSolarMass;
        const double newton = std::sqrt(5.0 / 24) * std::pow(pi, -2.0 / 3) * std::pow(chirp, 5.0 / 6) *
                              std::pow(kEarly, -7.0 / 6) / kMegaparsec;
        CHECK(wave.amplitude(kEarly) == Approx(newton).epsilon(0.01));
        CHECK(-wave.arrival(kEarly) == Approx(duration(binary, kEarly)).epsilon(0.01));
    }
}

TEST_CASE("the amplitude is continuous, and ends") {
    for (const Binary& binary : some_binaries()) {
        const Waveform wave(binary);
        REQUIRE(wave.merger_frequency() < wave.ringdown_frequency());
        REQUIRE(wave.ringdown_frequency() < wave.highest_frequency());
        for (const double f : {wave.merger_frequency(), wave.ringdown_frequency()})
            CHECK(wave.amplitude(f * (1 - 1e-9)) == Approx(wave.amplitude(f * (1 + 1e-9))).epsilon(1e-6));
        CHECK(wave.amplitude(wave.highest_frequency() * 1.001) == 0);
        CHECK(wave.amplitude(0) == 0);
    }
}

TEST_CASE("the arrival is the phase's derivative, and the merger at zero") {
    for (const Binary& binary : some_binaries()) {
        const Waveform wave(binary);
        CHECK(wave.arrival(wave.ringdown_frequency()) == Approx(0).margin(1e-12));
        for (const double f : {20.0, 50.0, 100.0}) {
            const double slope = (wave.phase(f * 1.0001) - wave.phase(f * 0.9999)) / (f * 0.0002) / (2 * pi);
            CHECK(wave.arrival(f) == Approx(slope).epsilon(1e-4).margin(1e-6));
        }
        CHECK(wave.arrival(20) < wave.arrival(30));
    }
}

TEST_CASE("in the time domain the loudest sample is the merger") {
    for (const Binary& binary : some_binaries()) {
        const Waveform wave(binary);
        const std::vector<float> series = time_domain(wave, 4096, 1U << 16U, 12, 20);
        std::size_t loudest = 0;
        for (std::size_t i = 0; i < series.size(); ++i)
            if (std::abs(series[i]) > std::abs(series[loudest])) loudest = i;
        // The frequency f2 is reached a little after the peak.
        CHECK(static_cast<double>(loudest) / 4096 == Approx(12).margin(25 * binary.total() * kSolarMass * 4));
        // Parseval: the energy in either domain.
        double time = 0;
        for (const float sample : series) time += std::pow(static_cast<double>(sample) * 1e21, 2) / 4096;
        double frequency = 0;
        for (int k = 20 * 16; k < 2048 * 16; ++k)
            frequency += 2 * std::pow(wave.amplitude(k / 16.0) * 1e21, 2) / 16;
        CHECK(time == Approx(frequency).epsilon(0.02));
    }
}

TEST_CASE("chirp mass and ratio determine the masses") {
    const Binary binary = Binary::of_chirp_mass(28, 0.8, 0.1);
    CHECK(binary.chirp_mass() == Approx(28));
    CHECK(binary.mass2 / binary.mass1 == Approx(0.8));
    CHECK(Binary{30, 30}.chirp_mass() == Approx(26.1165));
}

TEST_CASE("two neutron stars are heard as far as the design says") {
    // 1.4 and 1.4 solar masses at SNR 8, best oriented: 445 Mpc (Abadie and others,
    // Class. Quantum Grav. 27, 173001 (2010)).
    const Waveform wave({1.4, 1.4, 0});
    double sum = 0;
    for (int k = 10 * 20; k < 2048 * 20; ++k)
        sum += 4 * std::pow(wave.amplitude(k / 20.0), 2) / design_psd(k / 20.0) / 20;
    CHECK(std::sqrt(sum) / 8 == Approx(445).epsilon(0.05));
}

TEST_CASE("a detector hears no more than all of a wave, and on average 2/5 of its power") {
    CHECK(light_time() == Approx(0.010012).epsilon(1e-3));
    const RandomStream stream(5, 0);
    double sum = 0;
    constexpr std::uint64_t kDraws = 4000;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
        Source source = Source::random(stream, 5 * i);
        source.inclination = 0;
        const Response h = response_of(detectors()[0], source);
        const Response l = response_of(detectors()[1], source);
        REQUIRE(std::abs(h.factor) <= 1.001);
        REQUIRE(std::abs(h.delay - l.delay) <= light_time());
        sum += std::norm(h.factor) / kDraws;
    }
    CHECK(sum == Approx(0.4).epsilon(0.05));
}

TEST_CASE("right above, a detector hears what its arms lie along") {
    for (const Detector& detector : detectors()) {
        Source source;
        const double radius = std::hypot(detector.vertex[0], detector.vertex[1], detector.vertex[2]);
        source.polar = std::acos(detector.vertex[2] / radius);
        source.azimuth = std::atan2(detector.vertex[1], detector.vertex[0]);
        CHECK(std::abs(response_of(detector, source).factor) ==
              Approx(1).epsilon(0.01));  // circular: all of it
        source.inclination = pi / 2;     // plus alone, and half of it; turned by an eighth: nothing
        double most = 0;
        double least = 1;
        for (int i = 0; i < 360; ++i) {
            source.polarization = i * pi / 360;
            const double heard = std::abs(response_of(detector, source).factor);
            most = std::max(most, heard);
            least = std::min(least, heard);
        }
        CHECK(most == Approx(0.5).epsilon(0.01));
        CHECK(least == Approx(0).margin(0.01));
        CHECK(response_of(detector, source).delay == Approx(-radius / 299792458).epsilon(1e-6));
    }
}
