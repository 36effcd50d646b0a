// Pruning on the device (pruning.cuh).
//
// The rule is sequential: a blob stays if it overlaps no stronger one that stays. It is decided here in waves: a
// blob of which a stronger neighbour stays goes, one whose stronger neighbours have all gone stays, the others wait.
// Each wave decides at least the strongest that waits, and in images a handful of them decide all. So the result is that
// of the host's, whatever the order in which threads run.
#include "scientific/imaging/blob_rules.h"
#include "scientific/imaging/cuda/pruning.cuh"

namespace memo::imaging {

namespace {

constexpr unsigned kBlock = 128;
constexpr unsigned kWaveBlock = 1024;

enum State : unsigned char { kWaits, kStays, kGoes };

__global__ void make_blobs(const Maximum* maxima, const unsigned* count, Scales scales, double smoothing,
                           RadiusRule rule, Blob* blobs) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (*count > kMostPruned || i >= *count) return;
    blobs[i] = rules::blob_of(maxima[i], scales, smoothing, rule);
}

// By counting who goes before: maxima come in no order, blobs have one.
__global__ void put_in_order(const Blob* blobs, const unsigned* count, Blob* ordered, unsigned char* states) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (*count > kMostPruned || i >= *count) return;
    const Blob blob = blobs[i];
    unsigned rank = 0;
    for (unsigned j = 0; j < *count; ++j) {
        const Blob& other = blobs[j];
        if (rules::goes_before(other, blob) || (j < i && !rules::goes_before(blob, other))) ++rank;
    }
    ordered[rank] = blob;
    states[rank] = kWaits;
}

__device__ unsigned char decide(const Blob* blobs, const unsigned char* states, unsigned i, double most) {
    const Blob blob = blobs[i];
    unsigned char decision = kStays;
    for (unsigned j = 0; j < i; ++j) {
        const volatile unsigned char& state = states[j];
        if (state == kGoes) continue;
        const Blob& other = blobs[j];
        const double reach = static_cast<double>(blob.radius) + other.radius;
        if (fabsf(blob.x - other.x) >= reach || fabsf(blob.y - other.y) >= reach) continue;  // nearly all
        if (rules::normalised_overlap(blob, other) <= most) continue;
        if (state == kStays) return kGoes;
        decision = kWaits;
    }
    return decision;
}

// One block, which can wait for itself between waves.
__global__ void __launch_bounds__(kWaveBlock) decide_in_waves(const Blob* ordered, const unsigned* count, unsigned char* states, double most,
                                Blob* kept, unsigned* kept_count) {
    if (threadIdx.x == 0) *kept_count = 0;
    const unsigned size = *count;
    if (size > kMostPruned) return;
    bool waits = true;
    while (__syncthreads_or(waits ? 1 : 0) != 0) {
        waits = false;
        for (unsigned i = threadIdx.x; i < size; i += blockDim.x) {
            if (states[i] != kWaits) continue;
            const unsigned char decision = decide(ordered, states, i, most);
            if (decision == kWaits) waits = true;
            states[i] = decision;
        }
        __syncthreads();
    }
    // In order: each thread counts those before its own.
    for (unsigned i = threadIdx.x; i < size; i += blockDim.x) {
        if (states[i] != kStays) continue;
        unsigned place = 0;
        for (unsigned j = 0; j < i; ++j) place += states[j] == kStays ? 1 : 0;
        kept[place] = ordered[i];
        atomicAdd(kept_count, 1U);
    }
}

}  // namespace

void prune(const Maximum* maxima, const unsigned* count, const Scales& scales, double smoothing, RadiusRule rule,
           double most, PruningRoom room, Blob* kept, unsigned* kept_count, cudaStream_t stream) {
    const unsigned blocks = kMostPruned / kBlock;
    make_blobs<<<blocks, kBlock, 0, stream>>>(maxima, count, scales, smoothing, rule, room.unordered);
    put_in_order<<<blocks, kBlock, 0, stream>>>(room.unordered, count, room.ordered, room.states);
    decide_in_waves<<<1, kWaveBlock, 0, stream>>>(room.ordered, count, room.states, most, kept, kept_count);
}

}  // namespace memo::imaging
