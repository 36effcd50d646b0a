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

// The same with even and odd pixels apart, half.width() each, in rows of half.stride(): faster, where much is
// done with them before they are put together.
void double_row_apart(const Image& half, int y, float* even, float* odd, std::vector<float>& scratch);
// row[2k] is at least even[k] then, and row[2k + 1] odd[k], for k in [0, count).
void raise_to(const float* even, const float* odd, std::size_t count, float* row);

}  // namespace memo::imaging
