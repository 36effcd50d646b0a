// The two detectors (network.h).
#include "scientific/ligo/strain/network.h"

#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

constexpr double kLight = 299792458;  // m/s

[[nodiscard]] double dot(const Vector& a, const Vector& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// What an arm does to a tensor x x - y y, and to x y + y x.
[[nodiscard]] double plus(const Vector& arm, const Vector& x, const Vector& y) {
    return dot(arm, x) * dot(arm, x) - dot(arm, y) * dot(arm, y);
}
[[nodiscard]] double cross(const Vector& arm, const Vector& x, const Vector& y) {
    return 2 * dot(arm, x) * dot(arm, y);
}

}  // namespace

const std::array<Detector, kDetectors>& detectors() {
    static const std::array<Detector, kDetectors> both = {
        Detector{"H1",
                 {-2.16141492636e6, -3.83469517889e6, 4.60035022664e6},
                 {-0.22389266154, 0.79983062746, 0.55690487831},
                 {-0.91397818574, 0.02609403989, -0.40492342125}},
        Detector{"L1",
                 {-7.42760447238e4, -5.49628371971e6, 3.22425701744e6},
                 {-0.95457412153, -0.14158077340, -0.26218911324},
                 {0.29774156894, -0.48791033647, -0.82054461286}}};
    return both;
}

double light_time() {
    const Vector& a = detectors()[0].vertex;
    const Vector& b = detectors()[1].vertex;
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / kLight;
}

Source Source::random(const RandomStream& stream, std::uint64_t first) {
    Source source;
    source.polar = std::acos(stream.between(first, -1, 1));
    source.azimuth = stream.between(first + 1, 0, 2 * std::numbers::pi);
    source.polarization = stream.between(first + 2, 0, std::numbers::pi);
    source.inclination = std::acos(stream.between(first + 3, -1, 1));
    source.phase = stream.between(first + 4, 0, 2 * std::numbers::pi);
    return source;
}

Response response_of(const Detector& detector, const Source& source) {
    const double ct = std::cos(source.polar);
    const double st = std::sin(source.polar);
    const double cp = std::cos(source.azimuth);
    const double sp = std::sin(source.azimuth);
    const double c = std::cos(source.polarization);
    const double s = std::sin(source.polarization);
    const Vector towards = {st * cp, st * sp, ct};
    const Vector south = {ct * cp, ct * sp, -st};
    const Vector east = {-sp, cp, 0};
    Vector x{};
    Vector y{};
    for (std::size_t i = 0; i < 3; ++i) {
        x[i] = c * east[i] + s * south[i];
        y[i] = -s * east[i] + c * south[i];
    }
    const double f_plus = 0.5 * (plus(detector.arm_x, x, y) - plus(detector.arm_y, x, y));
    const double f_cross = 0.5 * (cross(detector.arm_x, x, y) - cross(detector.arm_y, x, y));
    const double tilt = std::cos(source.inclination);
    const std::complex<double> heard(f_plus * (1 + tilt * tilt) / 2, f_cross * tilt);
    return {heard * std::polar(1.0, -source.phase), -dot(towards, detector.vertex) / kLight};
}

}  // namespace memo::ligo
