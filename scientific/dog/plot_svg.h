// The size distribution as a picture: a self-contained SVG. Thread safety: pure function.
#pragma once

#include "scientific/dog/histogram.h"

#include <string>

namespace memo::dog {

// Two panels over the radius: droplets, and share of the volume. With a pixel size above 0 the axis is in
// `unit`, else in pixels.
[[nodiscard]] std::string plot_svg(const Histogram& histogram, double pixel_size, const std::string& unit);

}  // namespace memo::dog
