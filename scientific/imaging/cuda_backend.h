// The back ends on a GPU, behind plain C++: there is always something to link with, a GPU or not.
// Thread safety: as the other back ends.
#pragma once

#include "scientific/imaging/detector.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/scale_space.h"

#include <memory>
#include <string>

namespace memo::imaging {

// A back end that does not stop at maxima: smoothing, contrast stretch and pruning are done on the device
// too, so that an image goes over once and blobs come back.
class WholeDetector : public MaximumSource {
  public:
    // The blobs of an image as it was read, strongest first, with the times of its parts as the device saw
    // them.
    [[nodiscard]] virtual Detections detect(const Image& image) = 0;
};

// Null where the program was built without CUDA, or no GPU answers.
[[nodiscard]] std::unique_ptr<WholeDetector> make_cuda(int width, int height, const DetectorOptions& options);

// What one image took, by the device's clock.
struct CudaTimes {
    double to_device_ms = 0;  // the image
    double compute_ms = 0;
    double back_ms = 0;  // the counts, or the responses
};

class CudaFeatures : public FeatureSource {
  public:
    [[nodiscard]] virtual CudaTimes last() const = 0;  // of the last call
};

// The same of features (features.h).
[[nodiscard]] std::unique_ptr<CudaFeatures> make_cuda_features(int width, int height, const Scales& scales);

// Why these give nothing, as a few words; empty if it does.
[[nodiscard]] std::string cuda_status();

}  // namespace memo::imaging
