// In a program that was built without CUDA (cuda_backend.h).
#include "scientific/imaging/cuda_backend.h"

namespace memo::imaging {

std::unique_ptr<WholeDetector> make_cuda(int, int, const DetectorOptions&) {
    return nullptr;
}

std::unique_ptr<CudaFeatures> make_cuda_features(int, int, const Scales&) {
    return nullptr;
}

std::string cuda_status() {
    return "built without CUDA";
}

}  // namespace memo::imaging
