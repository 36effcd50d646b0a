// The image with a circle about every detection. Thread safety: pure function.
#pragma once

#include "scientific/imaging/detections.h"
#include "scientific/imaging/image_file.h"

#include <vector>

namespace memo::dog {

// Grey levels are stretched so that the image's least is black and its greatest white.
[[nodiscard]] imaging::ColourImage overlay(const imaging::Image& image,
                                           const std::vector<imaging::Blob>& blobs);

}  // namespace memo::dog
