// Rows of responses, and the features in them (features.h): what the CPU's back ends share.
// Thread safety: pure functions.
#pragma once

#include <cstddef>

namespace memo::imaging {

// The features in [0, width) of `row`, between the rows `up` and `down`; at the border of the image they are
// `row` itself.
[[nodiscard]] std::size_t count_in_row(const float* up, const float* row, const float* down, int width,
                                       float threshold);

// bright = max over i of sigma[i] (blurs[i] - blurs[i + 1]), dark = the same of the negative; of `count`
// blurs. Where `onto`, both are at least what they were. `width` is a multiple of 16, and rows are that long.
void respond(const float* const* blurs, const float* sigmas, std::size_t count, bool onto, float* bright,
             float* dark, std::size_t width);

}  // namespace memo::imaging
