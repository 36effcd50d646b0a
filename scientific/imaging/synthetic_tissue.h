// Synthetic electron micrographs of nervous tissue: cells with dark membranes, vesicles, mitochondria and a
// grainy inside, blurred as if out of focus before the detector adds its noise. Only as true to life as a
// test of focus needs: structure of every size, down to two pixels. Thread safety: pure functions.
#pragma once

#include "scientific/imaging/image.h"

#include <cstdint>

namespace memo::imaging {

struct TissueOptions {
    int width = 1024;
    int height = 1024;
    double cell = 70;      // pixels across, about
    double membrane = 2;   // sigma of a membrane's profile, pixels
    double vesicles = 12;  // a cell of the kind that has them
    double blur = 0;       // sigma of the defocus, pixels
    double noise = 0.03;   // sigma of the detector's, of full brightness
    std::uint64_t seed = 1;
};

// [0, 1] and a little beyond. The same options give the same image everywhere; another blur or noise the same
// tissue.
[[nodiscard]] Image synthesise_tissue(const TissueOptions& options);

}  // namespace memo::imaging
