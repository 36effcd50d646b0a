// IMRPhenomB: the gravitational wave of a binary black hole with aligned spins, in the frequency domain
// (Ajith and others, Phys. Rev. Lett. 106, 241101 (2011), arXiv:0909.2867: equations 1 and 2, table I).
//
// Fourier convention of fft.h: h~ = A exp(-i Psi). The phase is shifted so that the frequency of the
// ringdown, f2, arrives at time 0: the merger. Table I's psi8 is a shift in time as well and has no part in
// it. Thread safety: pure functions.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace memo::ligo {

inline constexpr double kSolarMass = 4.925490947641267e-6;    // s: G M / c^3 (IAU 2015)
inline constexpr double kMegaparsec = 1.0292712503794876e14;  // s: Mpc / c

// As the detector sees it: masses are (1 + redshift) times the source's.
struct Binary {
    double mass1 = 30;  // solar masses
    double mass2 = 30;
    double spin = 0;  // effective: (m1 s1 + m2 s2) / M along the orbit's axis, within (-1, 1)

    [[nodiscard]] double total() const { return mass1 + mass2; }
    [[nodiscard]] double eta() const { return mass1 * mass2 / (total() * total()); }
    [[nodiscard]] double chirp_mass() const;
    // Of a chirp mass, and mass2 / mass1 in (0, 1].
    [[nodiscard]] static Binary of_chirp_mass(double chirp_mass, double ratio, double spin = 0);
};

class Waveform {
  public:
    explicit Waveform(const Binary& binary);

    // Of a source at 1 Mpc right above the detector, its orbit face on. 1 / Hz.
    [[nodiscard]] double amplitude(double frequency) const;
    [[nodiscard]] double phase(double frequency) const;  // radians
    [[nodiscard]] std::complex<double> at(double frequency) const {
        return std::polar(amplitude(frequency), -phase(frequency));
    }
    // When a frequency arrives, in seconds: negative before the merger. By the stationary phase.
    [[nodiscard]] double arrival(double frequency) const { return delay(frequency) - merger_; }

    [[nodiscard]] double merger_frequency() const { return f1_; }                   // Hz: the inspiral's end
    [[nodiscard]] double ringdown_frequency() const { return f2_; }                 // Hz
    [[nodiscard]] double ringdown_width() const { return sigma_; }                  // Hz
    [[nodiscard]] double highest_frequency() const { return f3_; }                  // Hz: 0 above
    [[nodiscard]] const std::vector<double>& coefficients() const { return psi_; }  // psi0 to psi7

  private:
    [[nodiscard]] double delay(double frequency) const;  // the derivative of the unshifted phase over 2 pi
    [[nodiscard]] double velocity(double frequency) const;

    double eta_;
    double pi_m_;  // pi M, seconds
    std::vector<double> psi_;
    double f1_, f2_, f3_, sigma_;
    double scale_;                // of the amplitude, at f1
    double alpha2_, alpha3_;      // the inspiral's corrections
    double epsilon1_, epsilon2_;  // the merger's
    double merging_, ringing_;    // weights, by continuity
    double merger_;               // s
};

// Of a source at 1 Mpc, right above and face on, in the time domain: `size` samples, the merger at `merger`
// seconds. What would begin before sample 0 is wrapped to the end: give it room (`duration`). Frequencies
// below `low` are left out.
[[nodiscard]] std::vector<float> time_domain(const Waveform& waveform, double rate, std::size_t size,
                                             double merger, double low);

// Newtonian: from a frequency to the merger, in seconds.
[[nodiscard]] double duration(const Binary& binary, double from_frequency);

}  // namespace memo::ligo
