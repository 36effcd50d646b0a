// The two detectors: where they are, what they hear of a source, and when.
//
// Simplified: the Earth does not turn while a signal passes, and a source's position is given relative to the
// Earth (a random one has the same distribution in either frame). The long-wavelength limit; the dominant
// mode alone. Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/random.h"

#include <array>
#include <complex>
#include <string_view>

namespace memo::ligo {

using Vector = std::array<double, 3>;

struct Detector {
    std::string_view name;
    Vector vertex;  // metres, Earth-centred Earth-fixed
    Vector arm_x;   // unit vectors
    Vector arm_y;
};

// LIGO Hanford and LIGO Livingston (LIGO-T980044, as in LALDetectors.h).
inline constexpr std::size_t kDetectors = 2;
[[nodiscard]] const std::array<Detector, kDetectors>& detectors();

// Light's way between the two, in seconds: signals differ by no more.
[[nodiscard]] double light_time();

struct Source {
    double polar = 0;         // radians from the Earth's axis
    double azimuth = 0;       // from Greenwich eastwards
    double polarization = 0;  // radians
    double inclination = 0;   // of the orbit to the line of sight; 0 is face on
    double phase = 0;         // radians

    // Uniform over the sphere, over orientations and phases. Uses numbers [first, first + 5) of the stream.
    [[nodiscard]] static Source random(const RandomStream& stream, std::uint64_t first);
};

// What a detector hears: the waveform of a source right above and face on, times `factor`, later by `delay`.
struct Response {
    std::complex<double> factor;  // (F+ (1 + cos^2 i) / 2 + i Fx cos i) exp(-i phase)
    double delay = 0;             // s, after the Earth's centre
};

[[nodiscard]] Response response_of(const Detector& detector, const Source& source);

}  // namespace memo::ligo
