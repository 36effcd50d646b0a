// Synthetic PLIF images with their truth: droplets as discs in a laser sheet of Gaussian profile, with photon
// and camera noise. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/imaging/image.h"

#include <cstdint>
#include <vector>

namespace memo::imaging {

struct Droplet {
    double x = 0;  // pixels from the centre of the first one
    double y = 0;
    double radius = 0;
};

struct SyntheticOptions {
    int width = 1000;
    int height = 1000;
    int droplets = 100;
    double min_radius = 5;  // uniform between the two
    double max_radius = 30;
    bool separated = false;     // half the sum of two droplets' radii, at least, lies between their edges
    double most_overlap = 1;    // otherwise: of the area of a droplet, shared with another
    double sheet_sigma = 0.75;  // of the sheet's profile across the image, as a share of its height
    double photons = 200;       // Poisson noise: counts at full brightness; 0 leaves it out
    double noise = 0.02;        // sigma of the camera's Gaussian noise, of full brightness
    std::uint64_t seed = 1;
};

struct Synthetic {
    Image image;  // [0, 1] and a little beyond
    std::vector<Droplet> truth;
};

// The same options give the same image everywhere. The error: so many droplets find no room.
[[nodiscard]] Result<Synthetic> synthesise(const SyntheticOptions& options);

}  // namespace memo::imaging
