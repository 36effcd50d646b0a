// Making the back ends. All compute the maxima of the same scale space (scale_space.h); docs/dog.md states
// how closely they agree, and tests/scientific holds them to it.
//
//   direct     every Gaussian from the image, separably, with the paper's kernels
//   recursive  every Gaussian from the last: G(sqrt(b^2 - a^2)) * G(a) = G(b). Kernels are small, and a few
//              images are held at a time
//   pyramid    the same, and an image blurred enough to be held by every other point is: what lies between is
//              interpolated where a maximum is looked for
//   fft        one forward cosine transform; a slice is a product with a spectrum and one transform back. The
//              transform continues an image by its mirror image, which is our border; on request by itself
//   cuda       recursive on a GPU, maxima too (cuda_backend.h)
//
// Thread safety: fft must be made by one thread at a time, since FFTW plans so.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <memory>

namespace memo::imaging {

// What an image is continued by.
enum class Border { mirrored, circular };

[[nodiscard]] std::unique_ptr<SliceSource> make_direct(int width, int height, const Scales& scales,
                                                       unsigned threads);
[[nodiscard]] std::unique_ptr<SliceSource> make_recursive(int width, int height, const Scales& scales,
                                                          unsigned threads);
[[nodiscard]] std::unique_ptr<SliceSource> make_fft(int width, int height, const Scales& scales,
                                                    unsigned threads, Border border = Border::mirrored);
[[nodiscard]] std::unique_ptr<MaximumSource> make_pyramid(int width, int height, const Scales& scales,
                                                          unsigned threads);

}  // namespace memo::imaging
