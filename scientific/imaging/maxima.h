// Maxima of the 3 x 3 x 3 neighbourhood, in three slices at a time. Thread safety: pure functions.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <vector>

namespace memo::imaging {

// Appends the maxima of `middle`, slice `bin`, in rows [begin, end): pixels above the threshold that no
// neighbour in the three slices, which have one size, exceeds.
void find_maxima(const Image& below, const Image& middle, const Image& above, int bin, float threshold,
                 int begin, int end, std::vector<Maximum>& found);

// The same of all rows, on so many threads.
void find_maxima(const Image& below, const Image& middle, const Image& above, int bin, float threshold,
                 unsigned threads, std::vector<Maximum>& found);

// The pixels above the threshold that none of their eight neighbours in the slice exceeds: bin, x, y and
// response are set.
void find_flat_maxima(const Image& slice, int bin, float threshold, std::vector<Maximum>& found);

// DoG: slice = sigma (narrow - wide), in rows [begin, end).
void subtract(const Image& narrow, const Image& wide, double sigma, Image& slice, int begin, int end);

}  // namespace memo::imaging
