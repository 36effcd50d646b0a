// The back end on a GPU, behind plain C++: there is always something to link with, a GPU or not.
// Thread safety: as the other back ends.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <memory>
#include <string>

namespace memo::imaging {

// Null where the program was built without CUDA, or no GPU answers.
[[nodiscard]] std::unique_ptr<MaximumSource> make_cuda(int width, int height, const Scales& scales);

// Why make_cuda gives nothing, as a few words; empty if it does.
[[nodiscard]] std::string cuda_status();

}  // namespace memo::imaging
