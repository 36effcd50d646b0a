// From maxima to blobs, and pruning of those that overlap. Thread safety: pure functions.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <vector>

namespace memo::imaging {

// A disc found in an image. Pixels count from the centre of the first one.
struct Blob {
    float x = 0;
    float y = 0;
    float sigma = 0;
    float radius = 0;
    float response = 0;
};

enum class RadiusRule {
    paper,    // r = sqrt(2) sigma_i
    refined,  // between the bins, and for what was really compared; see below
};

// The refined rule takes the top of the parabola through three bins, at the Gaussians' mean sigma m. The
// centre of a disc of radius r, smoothed with s, answers there with (m - step/2) m exp(-q) q / t^2, where t^2
// = m^2 + s^2 and q = r^2 / 2 t^2. This is greatest for
//   q = 2 - t^2 / (2 m) (1 / (m - step/2) + 1 / m)    and so    r = sqrt(2 q) t
// which is the paper's sqrt(2) sigma for a fine step and no smoothing. The blob's sigma is t.
[[nodiscard]] Blob blob_of(const Maximum& maximum, const Scales& scales, double smoothing, RadiusRule rule);

// The area common to two discs over the area of the smaller one: 0 apart, 1 one within the other.
[[nodiscard]] double normalised_overlap(const Blob& a, const Blob& b);

// The blobs of which none overlaps another by more than `most`, strongest response first: a blob stays if it
// overlaps no stronger one that stays. Equal responses go by radius, then y, then x. Uses a grid: near linear
// for discs of like sizes.
[[nodiscard]] std::vector<Blob> pruned(std::vector<Blob> blobs, double most);

}  // namespace memo::imaging
