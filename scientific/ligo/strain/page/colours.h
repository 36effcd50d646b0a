// The page's colours: custom properties of CSS for light and dark, and a map of values to colours that works
// in both. Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/time_frequency.h"

#include <string>

namespace memo::ligo {

[[nodiscard]] const std::string& page_style();

// The map as a PNG in a data URL, the highest frequency on top; `most` and more is the brightest.
[[nodiscard]] std::string picture_of(const TimeFrequencyMap& map, double most);

// The colours from least to most as the SVG gradient `scale`, in a picture of no size: once a page.
[[nodiscard]] std::string gradient();

}  // namespace memo::ligo
