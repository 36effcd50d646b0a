// IMRPhenomB (waveform.h).
#include "scientific/ligo/strain/waveform.h"

#include "scientific/ligo/strain/fft.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

using std::numbers::pi;

// A row of table I: what multiplies eta, eta chi, eta chi^2, eta^2, eta^2 chi and eta^3.
using Row = std::array<double, 6>;

constexpr Row kPsi2 = {-920.91, 492.13, 135.03, 6741.9, -1053.4, -13397};
constexpr Row kPsi3 = {17022, -9565.9, -2182.1, -121370, 20752, 238590};
constexpr Row kPsi4 = {-125440, 75066, 13382, 873540, -165730, -1693600};
constexpr Row kPsi6 = {-889770, 631020, 50676, 5980800, -1414800, -11280000};
constexpr Row kPsi7 = {869600, -670980, -30082, -5837900, 1514500, 10891000};
constexpr Row kF1 = {0.64365, 0.82696, -0.27063, -0.058218, -3.9346, -7.0916};
constexpr Row kF2 = {0.14690, -0.12281, -0.026091, -0.024900, 0.17013, 2.3252};
constexpr Row kSigma = {-0.40979, -0.035226, 0.10082, 1.8286, -0.020169, -2.8698};
constexpr Row kF3 = {-0.13313, -0.081719, 0.14512, -0.27140, 0.12788, 4.9220};

[[nodiscard]] double sum_of(const Row& row, double eta, double chi) {
    return eta * (row[0] + row[1] * chi + row[2] * chi * chi + row[3] * eta + row[4] * eta * chi +
                  row[5] * eta * eta);
}

[[nodiscard]] double lorentzian(double frequency, double centre, double width) {
    const double away = frequency - centre;
    return width / (2 * pi) / (away * away + width * width / 4);
}

}  // namespace

double Binary::chirp_mass() const {
    return std::pow(mass1 * mass2, 0.6) / std::pow(total(), 0.2);
}

Binary Binary::of_chirp_mass(double chirp_mass, double ratio, double spin) {
    const double mass1 = chirp_mass * std::pow(1 + ratio, 0.2) / std::pow(ratio, 0.6);
    return {mass1, mass1 * ratio, spin};
}

Waveform::Waveform(const Binary& binary) : eta_(binary.eta()), pi_m_(pi * binary.total() * kSolarMass) {
    const double eta = eta_;
    const double chi = binary.spin;
    psi_ = {1,
            0,
            3715.0 / 756 + sum_of(kPsi2, eta, chi),
            -16 * pi + 113 * chi / 3 + sum_of(kPsi3, eta, chi),
            15293365.0 / 508032 - 405 * chi * chi / 8 + sum_of(kPsi4, eta, chi),
            0,
            sum_of(kPsi6, eta, chi),
            sum_of(kPsi7, eta, chi)};
    const double ringing = 1 - 0.63 * std::pow(1 - chi, 0.3);
    f1_ = (1 - 4.4547 * std::pow(1 - chi, 0.217) + 3.521 * std::pow(1 - chi, 0.26) + sum_of(kF1, eta, chi)) /
          pi_m_;
    f2_ = (ringing / 2 + sum_of(kF2, eta, chi)) / pi_m_;
    sigma_ = (ringing * std::pow(1 - chi, 0.45) / 4 + sum_of(kSigma, eta, chi)) / pi_m_;
    f3_ = (0.32361 + 0.048935 * chi + 0.013463 * chi * chi + sum_of(kF3, eta, chi)) / pi_m_;

    alpha2_ = -323.0 / 224 + 451 * eta / 168;
    alpha3_ = (27.0 / 8 - 11 * eta / 6) * chi;
    epsilon1_ = 1.4547 * chi - 1.8897;
    epsilon2_ = -1.8153 * chi + 1.6557;
    scale_ = std::pow(pi_m_ / pi, 5.0 / 6) * std::pow(f1_, -7.0 / 6) / std::pow(pi, 2.0 / 3) *
             std::sqrt(5 * eta / 24) / kMegaparsec;
    merging_ = ringing_ = 1;
    const double v1 = velocity(f1_);
    const double v2 = velocity(f2_);
    merging_ = (1 + alpha2_ * v1 * v1 + alpha3_ * v1 * v1 * v1) / (1 + epsilon1_ * v1 + epsilon2_ * v1 * v1);
    ringing_ = merging_ * std::pow(f2_ / f1_, -2.0 / 3) * (1 + epsilon1_ * v2 + epsilon2_ * v2 * v2) /
               lorentzian(f2_, f2_, sigma_);
    merger_ = delay(f2_);
}

double Waveform::velocity(double frequency) const {
    return std::cbrt(pi_m_ * frequency);
}

double Waveform::amplitude(double frequency) const {
    if (!(frequency > 0) || frequency > f3_) return 0;
    const double v = velocity(frequency);
    const double x = frequency / f1_;
    if (frequency < f1_) return scale_ * std::pow(x, -7.0 / 6) * (1 + alpha2_ * v * v + alpha3_ * v * v * v);
    if (frequency < f2_)
        return scale_ * merging_ * std::pow(x, -2.0 / 3) * (1 + epsilon1_ * v + epsilon2_ * v * v);
    return scale_ * ringing_ * lorentzian(frequency, f2_, sigma_);
}

double Waveform::phase(double frequency) const {
    const double v = velocity(frequency);
    double sum = 0;
    for (std::size_t k = psi_.size(); k-- > 0;) sum = sum * v + psi_[k];
    return 3 / (128 * eta_) * sum / std::pow(v, 5) - 2 * pi * frequency * merger_;
}

double Waveform::delay(double frequency) const {
    const double v = velocity(frequency);
    double sum = 0;
    for (std::size_t k = psi_.size(); k-- > 0;) sum = sum * v + (static_cast<double>(k) - 5) * psi_[k];
    // d Psi / d v is 3 / (128 eta) sum / v^6, and dv / df is v / (3 f).
    return 3 / (128 * eta_) * sum / std::pow(v, 5) / (3 * frequency) / (2 * pi);
}

std::vector<float> time_domain(const Waveform& waveform, double rate, std::size_t size, double merger,
                               double low) {
    RealFft fft(size);
    const double step = rate / static_cast<double>(size);
    // Brought to about 1 for single precision, and back.
    const double scale = waveform.amplitude(std::max(low, step)) * rate / static_cast<double>(size);
    for (std::size_t k = 0; k < fft.bins(); ++k) {
        const double f = static_cast<double>(k) * step;
        const bool kept = f >= low && k > 0 && f <= waveform.highest_frequency();
        const double shape = kept ? waveform.amplitude(f) / waveform.amplitude(std::max(low, step)) : 0;
        fft.spectrum()[k] =
            kept ? Complex(std::polar(shape, -waveform.phase(f) - 2 * pi * f * merger)) : Complex();
    }
    fft.inverse();
    std::vector<float> series(size);
    for (std::size_t i = 0; i < size; ++i)
        series[i] = static_cast<float>(scale * static_cast<double>(fft.series()[i]));
    return series;
}

double duration(const Binary& binary, double from_frequency) {
    const double chirp = binary.chirp_mass() * kSolarMass;
    return 5.0 / 256 * chirp * std::pow(pi * chirp * from_frequency, -8.0 / 3);
}

}  // namespace memo::ligo
