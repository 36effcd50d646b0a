// The two formulas of blobs, for the CPU and the GPU alike: from a maximum to a blob, and what two discs
// share. detections.h says what they mean. Thread safety: pure functions.
#pragma once

#include "scientific/imaging/detections.h"

#include <cmath>
#include <numbers>

// nvcc wants to be told what runs on both sides; there is no other way to say it.
#ifdef __CUDACC__
#define MEMO_HOST_AND_DEVICE __host__ __device__
#else
#define MEMO_HOST_AND_DEVICE
#endif

namespace memo::imaging::rules {

inline constexpr double kLeastQ = 0.25;  // blobs about as wide as the smoothing, of which nothing is known

[[nodiscard]] MEMO_HOST_AND_DEVICE inline double between(double value, double least, double most) {
    return value < least ? least : value > most ? most : value;
}

// Where between its neighbours, in bins, the parabola through a maximum has its top.
[[nodiscard]] MEMO_HOST_AND_DEVICE inline double sub_bin(const Maximum& maximum) {
    const double before = maximum.below;
    const double after = maximum.above;
    const double curvature = before - 2.0 * maximum.response + after;
    return curvature < 0 ? between(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
}

[[nodiscard]] MEMO_HOST_AND_DEVICE inline Blob blob_of(const Maximum& maximum, const Scales& scales,
                                                       double smoothing, RadiusRule rule) {
    const auto made = [&](double sigma, double radius) {
        return Blob{static_cast<float>(maximum.x), static_cast<float>(maximum.y), static_cast<float>(sigma),
                    static_cast<float>(radius), maximum.response};
    };
    const double narrow =
        scales.sigma(maximum.bin) + (rule == RadiusRule::refined ? sub_bin(maximum) * scales.step() : 0.0);
    if (rule == RadiusRule::paper) return made(narrow, std::numbers::sqrt2 * narrow);
    const double mean = narrow + 0.5 * scales.step();
    const double total = std::sqrt(mean * mean + smoothing * smoothing);
    const double q = 2.0 - total * total / (2.0 * mean) * (1.0 / narrow + 1.0 / mean);
    return made(total, std::numbers::sqrt2 * total * std::sqrt(q > kLeastQ ? q : kLeastQ));
}

// Half of the lens that two crossing circles share: the segment of the circle of `radius` beyond the line
// through the crossings, which lies `to_line` from its centre.
[[nodiscard]] MEMO_HOST_AND_DEVICE inline double segment(double radius, double to_line) {
    const double cosine = between(to_line / radius, -1.0, 1.0);
    return radius * radius * (std::acos(cosine) - cosine * std::sqrt(1 - cosine * cosine));
}

[[nodiscard]] MEMO_HOST_AND_DEVICE inline double normalised_overlap(const Blob& a, const Blob& b) {
    const double dx = static_cast<double>(a.x) - b.x;
    const double dy = static_cast<double>(a.y) - b.y;
    const double distance = std::sqrt(dx * dx + dy * dy);
    const double r = a.radius < b.radius ? a.radius : b.radius;
    const double R = a.radius < b.radius ? b.radius : a.radius;
    if (distance >= r + R) return 0;
    if (distance <= R - r) return 1;
    const double to_small = (distance * distance + r * r - R * R) / (2 * distance);
    const double to_large = distance - to_small;
    return (segment(r, to_small) + segment(R, to_large)) / (std::numbers::pi * r * r);
}

// Whether `a` is asked before `b`: the stronger one, of equals the wider, then the one further up, then left.
[[nodiscard]] MEMO_HOST_AND_DEVICE inline bool goes_before(const Blob& a, const Blob& b) {
    if (a.response != b.response) return a.response > b.response;
    if (a.radius != b.radius) return a.radius > b.radius;
    if (a.y != b.y) return a.y < b.y;
    return a.x < b.x;
}

}  // namespace memo::imaging::rules
