// A row of an image from another of half its width and height, whose point k lies at 2k + 0.5.
// Thread safety: pure function.
#pragma once

#include "scientific/imaging/image.h"

#include <vector>

namespace memo::imaging {

// Row `y` of what `half` stands for, 2 * half.width() pixels, by the cubic through four points along either
// direction; borders are mirrored. What was blurred with a sigma of two points or more comes back to 1 % of
// its height, even a single bright pixel. `scratch` is for this function to keep.
void double_row(const Image& half, int y, float* row, std::vector<float>& scratch);

}  // namespace memo::imaging
