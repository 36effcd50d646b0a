// Pruning on the device: of blobs that overlap, the stronger one stays (detections.h says which exactly).
#pragma once

#include "scientific/imaging/detections.h"

#include <cuda_runtime.h>

namespace memo::imaging {

// More are left to the host: what is done here grows with the square of their number.
inline constexpr unsigned kMostPruned = 1U << 13U;

// What pruning works in, on the device.
struct PruningRoom {
    Blob* unordered = nullptr;         // kMostPruned each
    Blob* ordered = nullptr;
    unsigned char* states = nullptr;
};

// kept[0, kept_count) = the blobs of `maxima` that stay, strongest first. Nothing is done, and kept_count is 0, where
// there are more than kMostPruned maxima. Pointers are the device's.
void prune(const Maximum* maxima, const unsigned* count, const Scales& scales, double smoothing, RadiusRule rule,
           double most, PruningRoom room, Blob* kept, unsigned* kept_count, cudaStream_t stream);

}  // namespace memo::imaging
